// One conversation: what was said so far, and the next turn.
//
// Owner: one thread, the one that owns the Session behind it. The history only grows between clear() and clear(), so
// the session's cache keeps its value from turn to turn.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "generate/generate.h"
#include "model/model.h"
#include "policy/policy.h"

namespace favilla {

// favilla::generate with its session and tokenizer bound, or a stand-in for it.
using GenerateFunction =
    std::function<Result<GenerateResult>(std::span<const TokenId> prompt, const GenerateOptions& options,
                                         const std::function<void(const TokenEvent&)>& on_token)>;

// What a conversation needs of a model. The references outlive the conversation.
struct ConversationModel {
  const Tokenizer& tokenizer;
  const ChatFormat* format;  // nullptr: a base model, whose turns are plain continuations of the text so far
  int context_tokens;
  GenerateFunction generate;
};

// What stands before the rendered text: BOS, once and as an id, whether the file asks for it or only the family's
// template does. An EOS that a file asks for is left out: it would tell the model that the conversation is over.
std::vector<TokenId> first_ids(const Tokenizer& tokenizer, const ChatFormat* format);

ConversationModel session_model(Session& session, const Tokenizer& tokenizer, const ChatFormat* format);

// A model that takes the messages themselves, because its tokens are a server's own matter.
struct ServerModel {
  std::string name;          // of the server, for sentences
  Confidentiality may_read;  // the most private thing that may be sent there
  // RemoteModel::chat, or a stand-in for it.
  std::function<Result<GenerateResult>(std::span<const ChatMessage> messages, const GenerateOptions& options,
                                       const std::function<void(const ChatDelta&)>& on_delta)>
      answer;
};

struct ConversationOptions {
  GenerateOptions generation;  // its stop strings are added to the family's own; its cancel flag is ignored, see send()
  bool enable_thinking = true;  // for families that can do without
  std::string system;           // empty: the family's default
};

struct TurnEvent {
  enum class Kind {
    kThinking,  // text: more of the reasoning
    kText,      // text: more of the answer
    kDone,      // result: why it ended and how long it took; the last event of a turn
  };
  Kind kind = Kind::kText;
  std::string text;
  GenerateResult result;
};

using TurnObserver = std::function<void(const TurnEvent&)>;

struct TurnResult {
  std::string text;
  std::string thinking;
  GenerateResult generation;
};

class Conversation {
 public:
  Conversation(ConversationModel model, ConversationOptions options);
  Conversation(ServerModel model, ConversationOptions options);

  // Says `text` and streams the answer to `on_event` in this thread; both join the history when the turn ends. A
  // cancelled turn (StopReason::kCancelled) keeps what was said, and leaves no trace when nothing was. After an error
  // the history is as before: kExhausted, naming both figures, when the conversation does not fit into the window;
  // kInvalidArgument when the family cannot express it (a system text for a base model); kPermission when the history
  // holds what the model may not read. `aside` is for this turn alone: the model reads it behind `text`, if it may, and
  // the history does not have it.
  Result<TurnResult> send(std::string_view text, const TurnObserver& on_event, const CancelFlag* cancel = nullptr,
                          const LabelledText& aside = {});

  // Whether something with this label may be sent to where the model is. In this process everything may.
  bool may_read(const Label& label) const;

  // Of all that the history was made of: an answer may repeat an aside.
  const Label& label() const { return label_; }

  // Replaces the system text from the next turn on. Empty: the family's default.
  void set_system(std::string text);

  // Forgets all turns. The system text stays.
  void clear();

  // Takes the last question and its answer out of the history and returns the question; nullopt when there is none.
  std::optional<std::string> take_back();

  // Takes over what was said elsewhere, for example with another model.
  void continue_from(const Conversation& other);

  // The ids with which the next turn's prompt begins when its text begins with `text`, however that goes on. A guess:
  // nothing may depend on it but speed. Empty when the history cannot be rendered, and for a server's model.
  std::vector<TokenId> beginning_with(std::string_view text) const;

  // The same for the first turn of any conversation with this system text: up to where the first message would stand.
  // Empty for a base model and for a server's.
  std::vector<TokenId> stable_prefix() const;

  const std::vector<ChatMessage>& messages() const { return messages_; }
  // False for a base model.
  bool has_chat_format() const { return std::holds_alternative<ServerModel>(model_) || local().format != nullptr; }

 private:
  struct Prompt {
    std::string text;  // as rendered
    std::vector<TokenId> ids;
  };

  Result<Prompt> make_prompt(std::span<const ChatMessage> messages) const;
  Result<Prompt> make_prompt_within_window() const;
  std::vector<TokenId> ids_before_continuation(std::vector<ChatMessage> messages, std::string_view text) const;
  Result<TurnResult> answer(const TurnObserver& on_event, const CancelFlag* cancel);
  Result<TurnResult> answer_locally(const TurnObserver& on_event, const CancelFlag* cancel);
  Result<TurnResult> answer_from(const ServerModel& server, const TurnObserver& on_event, const CancelFlag* cancel);
  void remember(Prompt prompt, std::vector<TokenId> answer_ids, std::string_view answer_text);

  // Requires that the model is none of a server.
  const ConversationModel& local() const { return *std::get_if<ConversationModel>(&model_); }

  std::variant<ConversationModel, ServerModel> model_;
  ConversationOptions options_;
  std::vector<ChatMessage> messages_;  // a system message, if any, stands first
  Label label_ = kOwnersWords;

  // The last prompt with the answer as the model wrote it. While a new prompt continues this text, its ids continue
  // these ids: an answer's own tokens need not be the ones that the tokenizer would choose for its text.
  Prompt spoken_;
};

}  // namespace favilla

// The turn without tools: render, tokenize, generate, parse, remember.
#include "assistant/conversation.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace favilla {
namespace {

// A base model reads one running text: what the owner wrote, its continuation, a new line, and so on.
Result<std::vector<ChatPart>> render_plain(std::span<const ChatMessage> messages) {
  std::string text;
  for (const ChatMessage& message : messages) {
    if (message.role == Role::kSystem) {
      return Error{ErrorKind::kInvalidArgument,
                   "a base model knows no system text; it only continues what it is given"};
    }
    text += message.content;
    if (message.role == Role::kAssistant && !text.ends_with('\n')) text += '\n';
  }
  return std::vector<ChatPart>{{.text = std::move(text), .control = ControlTokens::kAsText}};
}

// The parts from byte `offset` of their joined text on.
std::vector<TextPart> parts_after(std::span<const ChatPart> parts, size_t offset) {
  std::vector<TextPart> rest;
  for (const ChatPart& part : parts) {
    const size_t skipped = std::min(offset, part.text.size());
    offset -= skipped;
    if (skipped < part.text.size()) rest.push_back({std::string_view(part.text).substr(skipped), part.control});
  }
  return rest;
}

TurnEvent::Kind kind_of(const ChatDelta& delta) {
  return delta.kind == ChatDelta::Kind::kThinking ? TurnEvent::Kind::kThinking : TurnEvent::Kind::kText;
}

}  // namespace

std::vector<TokenId> first_ids(const Tokenizer& tokenizer, const ChatFormat* format) {
  const SpecialTokens& special = tokenizer.special();
  const bool wanted = special.add_bos || (format != nullptr && format->begins_with_bos);
  if (wanted && special.bos) return {*special.bos};
  return {};
}

ConversationModel session_model(Session& session, const Tokenizer& tokenizer, const ChatFormat* format) {
  return {.tokenizer = tokenizer,
          .format = format,
          .context_tokens = session.context_tokens(),
          .generate = [&session, &tokenizer](std::span<const TokenId> prompt, const GenerateOptions& options,
                                             const std::function<void(const TokenEvent&)>& on_token) {
            return generate(session, tokenizer, prompt, options, on_token);
          }};
}

Conversation::Conversation(ConversationModel model, ConversationOptions options)
    : model_(std::move(model)), options_(std::move(options)) {
  if (model_.format != nullptr) {
    const std::span<const char* const> stops = model_.format->stop_strings;
    std::copy(stops.begin(), stops.end(), std::back_inserter(options_.generation.stop_strings));
  }
  set_system(options_.system);
}

Result<TurnResult> Conversation::send(std::string_view text, const TurnObserver& on_event, const CancelFlag* cancel,
                                      std::string_view aside) {
  // The question joins the history for the time of the turn, and leaves it again if there is no answer.
  messages_.push_back({.role = Role::kUser, .content = std::string(text), .thinking = {}});
  if (!aside.empty()) messages_.back().content += "\n\n" + std::string(aside);
  Result<Prompt> prompt = make_prompt_within_window();
  messages_.back().content = text;
  Result<TurnResult> turn = prompt ? answer(*prompt, on_event, cancel) : Result<TurnResult>(std::move(prompt).error());
  const bool nothing_said =
      turn && turn->generation.reason == StopReason::kCancelled && turn->text.empty() && turn->thinking.empty();
  if (!turn || nothing_said) {
    messages_.pop_back();
  } else {
    messages_.push_back({.role = Role::kAssistant, .content = turn->text, .thinking = turn->thinking});
  }
  return turn;
}

Result<Conversation::Prompt> Conversation::make_prompt(std::span<const ChatMessage> messages) const {
  const RenderOptions render_options{.add_generation_prompt = true, .enable_thinking = options_.enable_thinking};
  const std::vector<ChatPart> parts =
      TRY(model_.format != nullptr ? model_.format->render(messages, render_options) : render_plain(messages));
  Prompt prompt;
  for (const ChatPart& part : parts) prompt.text += part.text;

  // Only what is new is tokenized. The seam is safe: it stands before a control token, which no merge crosses.
  const bool continues = !spoken_.text.empty() && prompt.text.starts_with(spoken_.text);
  prompt.ids = continues ? spoken_.ids : first_ids(model_.tokenizer, model_.format);
  const std::vector<TokenId> new_ids = model_.tokenizer.encode(parts_after(parts, continues ? spoken_.text.size() : 0));
  prompt.ids.insert(prompt.ids.end(), new_ids.begin(), new_ids.end());
  return prompt;
}

Result<Conversation::Prompt> Conversation::make_prompt_within_window() const {
  Prompt prompt = TRY(make_prompt(messages_));
  if (prompt.ids.empty()) return Error{ErrorKind::kInvalidArgument, "there is nothing to continue: the text is empty"};
  // One position stays free: a prompt that fills the window leaves no room for a single token of the answer.
  if (std::cmp_greater_equal(prompt.ids.size(), model_.context_tokens)) {
    return Error{ErrorKind::kExhausted, fmt::format("the prompt is {} tokens long and the window holds {}",
                                                    prompt.ids.size(), model_.context_tokens)};
  }
  return prompt;
}

Result<TurnResult> Conversation::answer(const Prompt& prompt, const TurnObserver& on_event, const CancelFlag* cancel) {
  TurnResult turn;
  std::string raw_text;
  std::vector<TokenId> ids;
  const std::unique_ptr<ChatParser> parser =
      model_.format != nullptr ? model_.format->make_parser() : find_chat_format_by_name("chatml")->make_parser();
  const auto pass_on = [&](const std::vector<ChatDelta>& deltas) {
    for (const ChatDelta& delta : deltas) {
      (delta.kind == ChatDelta::Kind::kThinking ? turn.thinking : turn.text) += delta.text;
      on_event({.kind = kind_of(delta), .text = delta.text, .result = {}});
    }
  };

  // The parser sees every piece as it comes, and what it holds back at the end.
  GenerateOptions options = options_.generation;
  options.cancel = cancel;
  turn.generation = TRY(model_.generate(prompt.ids, options, [&](const TokenEvent& event) {
    if (event.id >= 0) ids.push_back(event.id);  // the last event may be text without a token
    raw_text += event.text;
    pass_on(parser->feed(event.text));
  }));
  pass_on(parser->finish());
  remember(prompt, std::move(ids), raw_text);
  on_event({.kind = TurnEvent::Kind::kDone, .text = {}, .result = turn.generation});
  return turn;
}

void Conversation::remember(Prompt prompt, std::vector<TokenId> answer_ids, std::string_view answer_text) {
  spoken_ = {};
  if (model_.format == nullptr)
    return;  // plain text goes on without a control token in between: merges may cross the seam
  while (!answer_ids.empty() && model_.tokenizer.ends_generation(answer_ids.back())) answer_ids.pop_back();
  // The ids are worth keeping only if they say exactly what the history will say: not where a stop string cut the text,
  // and never with a control token that the model slipped into its answer.
  const bool has_control =
      std::any_of(answer_ids.begin(), answer_ids.end(), [&](TokenId id) { return model_.tokenizer.is_control(id); });
  if (has_control || model_.tokenizer.decode(answer_ids) != answer_text) return;
  spoken_ = std::move(prompt);
  spoken_.text += answer_text;
  spoken_.ids.insert(spoken_.ids.end(), answer_ids.begin(), answer_ids.end());
}

std::vector<TokenId> Conversation::beginning_with(std::string_view text) const {
  return ids_before_continuation(messages_, text);
}

std::vector<TokenId> Conversation::stable_prefix() const {
  if (model_.format == nullptr) return {};
  std::vector<ChatMessage> messages = messages_;
  std::erase_if(messages, [](const ChatMessage& message) { return message.role != Role::kSystem; });
  return ids_before_continuation(std::move(messages), {});
}

// A tokenizer may join the end of `text` with what follows. So the text goes on in two ways that begin with different
// tokens, and what both prompts have in common is its own.
std::vector<TokenId> Conversation::ids_before_continuation(std::vector<ChatMessage> messages,
                                                           std::string_view text) const {
  messages.push_back({.role = Role::kUser, .content = std::string(text) + " a", .thinking = {}});
  Result<Prompt> prompt = make_prompt(messages);
  messages.back().content = std::string(text) + ".";
  const Result<Prompt> other = make_prompt(messages);
  if (!prompt || !other) return {};
  std::vector<TokenId> ids = std::move(prompt->ids);
  ids.erase(std::mismatch(ids.begin(), ids.end(), other->ids.begin(), other->ids.end()).first, ids.end());
  return ids;
}

void Conversation::set_system(std::string text) {
  if (!messages_.empty() && messages_.front().role == Role::kSystem) messages_.erase(messages_.begin());
  if (!text.empty()) {
    messages_.insert(messages_.begin(), {.role = Role::kSystem, .content = std::move(text), .thinking = {}});
  }
}

void Conversation::clear() {
  const bool has_system = !messages_.empty() && messages_.front().role == Role::kSystem;
  messages_.resize(has_system ? 1 : 0);
  spoken_ = {};
}

std::optional<std::string> Conversation::take_back() {
  if (messages_.size() < 2 || messages_.back().role != Role::kAssistant) return std::nullopt;
  messages_.pop_back();
  std::string question = std::move(messages_.back().content);
  messages_.pop_back();
  return question;
}

// The new model has read nothing yet, so nothing of the old one's tokens is kept.
void Conversation::set_messages(std::vector<ChatMessage> messages) {
  messages_ = std::move(messages);
  spoken_ = {};
}

}  // namespace favilla

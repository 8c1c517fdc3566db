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

// Adds a piece of an answer to the turn and passes it on.
void take_delta(const ChatDelta& delta, TurnResult& turn, const TurnObserver& on_event) {
  const bool is_thinking = delta.kind == ChatDelta::Kind::kThinking;
  (is_thinking ? turn.thinking : turn.text) += delta.text;
  on_event(
      {.kind = is_thinking ? TurnEvent::Kind::kThinking : TurnEvent::Kind::kText, .text = delta.text, .result = {}});
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
  if (local().format != nullptr) {
    const std::span<const char* const> stops = local().format->stop_strings;
    std::copy(stops.begin(), stops.end(), std::back_inserter(options_.generation.stop_strings));
  }
  set_system(options_.system);
}

Conversation::Conversation(ServerModel model, ConversationOptions options)
    : model_(std::move(model)), options_(std::move(options)) {
  set_system(options_.system);
}

Result<TurnResult> Conversation::send(std::string_view text, const TurnObserver& on_event, const CancelFlag* cancel,
                                      const LabelledText& aside) {
  if (const ServerModel* server = std::get_if<ServerModel>(&model_); server != nullptr && !may_read(label_)) {
    return Error{ErrorKind::kPermission, fmt::format("the conversation holds {} things, which {} may not read",
                                                     name_of(label_.confidentiality), server->name)};
  }
  const bool with_aside = !aside.text.empty() && may_read(aside.label);
  // The question joins the history for the time of the turn, and leaves it again if there is no answer.
  messages_.push_back({.role = Role::kUser, .content = std::string(text), .thinking = {}});
  if (with_aside) messages_.back().content += "\n\n" + aside.text;
  Result<TurnResult> turn = answer(on_event, cancel);
  messages_.back().content = text;
  const bool nothing_said =
      turn && turn->generation.reason == StopReason::kCancelled && turn->text.empty() && turn->thinking.empty();
  if (!turn || nothing_said) {
    messages_.pop_back();
    return turn;
  }
  messages_.push_back({.role = Role::kAssistant, .content = turn->text, .thinking = turn->thinking});
  if (with_aside) label_ = join(label_, aside.label);
  return turn;
}

bool Conversation::may_read(const Label& label) const {
  const ServerModel* server = std::get_if<ServerModel>(&model_);
  return server == nullptr || label.confidentiality <= server->may_read;
}

Result<Conversation::Prompt> Conversation::make_prompt(std::span<const ChatMessage> messages) const {
  const RenderOptions render_options{.add_generation_prompt = true, .enable_thinking = options_.enable_thinking};
  const std::vector<ChatPart> parts =
      TRY(local().format != nullptr ? local().format->render(messages, render_options) : render_plain(messages));
  Prompt prompt;
  for (const ChatPart& part : parts) prompt.text += part.text;

  // Only what is new is tokenized. The seam is safe: it stands before a control token, which no merge crosses.
  const bool continues = !spoken_.text.empty() && prompt.text.starts_with(spoken_.text);
  prompt.ids = continues ? spoken_.ids : first_ids(local().tokenizer, local().format);
  const std::vector<TokenId> new_ids =
      local().tokenizer.encode(parts_after(parts, continues ? spoken_.text.size() : 0));
  prompt.ids.insert(prompt.ids.end(), new_ids.begin(), new_ids.end());
  return prompt;
}

Result<Conversation::Prompt> Conversation::make_prompt_within_window() const {
  Prompt prompt = TRY(make_prompt(messages_));
  if (prompt.ids.empty()) return Error{ErrorKind::kInvalidArgument, "there is nothing to continue: the text is empty"};
  // One position stays free: a prompt that fills the window leaves no room for a single token of the answer.
  if (std::cmp_greater_equal(prompt.ids.size(), local().context_tokens)) {
    return Error{ErrorKind::kExhausted, fmt::format("the prompt is {} tokens long and the window holds {}",
                                                    prompt.ids.size(), local().context_tokens)};
  }
  return prompt;
}

Result<TurnResult> Conversation::answer(const TurnObserver& on_event, const CancelFlag* cancel) {
  const ServerModel* server = std::get_if<ServerModel>(&model_);
  TurnResult turn = TRY(server != nullptr ? answer_from(*server, on_event, cancel) : answer_locally(on_event, cancel));
  on_event({.kind = TurnEvent::Kind::kDone, .text = {}, .result = turn.generation});
  return turn;
}

Result<TurnResult> Conversation::answer_from(const ServerModel& server, const TurnObserver& on_event,
                                             const CancelFlag* cancel) {
  TurnResult turn;
  GenerateOptions options = options_.generation;
  options.cancel = cancel;
  turn.generation =
      TRY(server.answer(messages_, options, [&](const ChatDelta& delta) { take_delta(delta, turn, on_event); }));
  return turn;
}

Result<TurnResult> Conversation::answer_locally(const TurnObserver& on_event, const CancelFlag* cancel) {
  Prompt prompt = TRY(make_prompt_within_window());
  TurnResult turn;
  std::string raw_text;
  std::vector<TokenId> ids;
  const std::unique_ptr<ChatParser> parser =
      local().format != nullptr ? local().format->make_parser() : find_chat_format_by_name("chatml")->make_parser();
  const auto pass_on = [&](const std::vector<ChatDelta>& deltas) {
    for (const ChatDelta& delta : deltas) take_delta(delta, turn, on_event);
  };

  // The parser sees every piece as it comes, and what it holds back at the end.
  GenerateOptions options = options_.generation;
  options.cancel = cancel;
  turn.generation = TRY(local().generate(prompt.ids, options, [&](const TokenEvent& event) {
    if (event.id >= 0) ids.push_back(event.id);  // the last event may be text without a token
    raw_text += event.text;
    pass_on(parser->feed(event.text));
  }));
  pass_on(parser->finish());
  remember(std::move(prompt), std::move(ids), raw_text);
  return turn;
}

void Conversation::remember(Prompt prompt, std::vector<TokenId> answer_ids, std::string_view answer_text) {
  spoken_ = {};
  if (local().format == nullptr)
    return;  // plain text goes on without a control token in between: merges may cross the seam
  while (!answer_ids.empty() && local().tokenizer.ends_generation(answer_ids.back())) answer_ids.pop_back();
  // The ids are worth keeping only if they say exactly what the history will say: not where a stop string cut the text,
  // and never with a control token that the model slipped into its answer.
  const bool has_control =
      std::any_of(answer_ids.begin(), answer_ids.end(), [&](TokenId id) { return local().tokenizer.is_control(id); });
  if (has_control || local().tokenizer.decode(answer_ids) != answer_text) return;
  spoken_ = std::move(prompt);
  spoken_.text += answer_text;
  spoken_.ids.insert(spoken_.ids.end(), answer_ids.begin(), answer_ids.end());
}

std::vector<TokenId> Conversation::beginning_with(std::string_view text) const {
  return ids_before_continuation(messages_, text);
}

std::vector<TokenId> Conversation::stable_prefix() const {
  if (!has_chat_format()) return {};
  std::vector<ChatMessage> messages = messages_;
  std::erase_if(messages, [](const ChatMessage& message) { return message.role != Role::kSystem; });
  return ids_before_continuation(std::move(messages), {});
}

// A tokenizer may join the end of `text` with what follows. So the text goes on in two ways that begin with different
// tokens, and what both prompts have in common is its own.
std::vector<TokenId> Conversation::ids_before_continuation(std::vector<ChatMessage> messages,
                                                           std::string_view text) const {
  if (std::holds_alternative<ServerModel>(model_)) return {};
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
  label_ = kOwnersWords;
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
void Conversation::continue_from(const Conversation& other) {
  messages_ = other.messages_;
  label_ = other.label_;
  spoken_ = {};
}

}  // namespace favilla

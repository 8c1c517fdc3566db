// See chat_model.h.
#include "api/openai/chat_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "assistant/assistant.h"
#include "base/sha256.h"

namespace favilla {
namespace {

constexpr int kStatusStopped = 499;
constexpr size_t kIdDigits = 24;
constexpr size_t kMaxStrictCalls = 16;
constexpr const char* kBetweenCalls = " \t\r\n,;";

std::string regex_escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '.' || c == '-') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

SamplingOptions sampling_of(const ChatRequest& request) {
  return {.temperature = static_cast<float>(request.temperature),
          .top_k = 0,
          .top_p = std::max(static_cast<float>(request.top_p), 1e-6F),  // 0 is the likeliest alone
          .min_p = 0,
          .seed = request.seed};
}

// The schema as grammars take it.
std::string schema_text(const ResponseFormat& format) {
  return format.kind == ResponseFormat::Kind::kJsonSchema ? to_json_text(format.schema) : R"({"type": "object"})";
}

ApiError stopped() {
  return {.status = kStatusStopped, .message = "stopped", .type = "server_error"};
}

}  // namespace

std::string call_id(const ChatRequest& request, std::string_view text, size_t index) {
  Sha256 hash;
  const std::string all =
      fmt::format("{} {} {} {}", request.messages.size(), request.messages.back().content, text, index);
  hash.update(std::as_bytes(std::span(all)));
  return "call_" + hash.hex().substr(0, kIdDigits);
}

// One request.
class ChatModel::Run {
 public:
  Run(ChatModel& model, const ChatRequest& request, const AnswerOptions& options)
      : model_(model), request_(request), options_(options), tools_(request.offered_tools()) {}

  ApiResult<ChatAnswer> run() {
    using Kind = ToolChoice::Kind;
    const bool must_call = request_.tool_choice.kind == Kind::kRequired || request_.tool_choice.kind == Kind::kNamed;
    const bool has_format = request_.response_format.kind != ResponseFormat::Kind::kText;
    Result<std::vector<ChatPart>> parts = render_with_tools(
        model_.format_, request_.messages, {.enable_thinking = !must_call && !has_format, .tools = tools_});
    if (!parts) return api_error(parts.error(), "messages");
    parts_ = std::move(*parts);
    answer_.fingerprint = model_.fingerprint_;
    answer_.prompt_tokens = static_cast<int>(prompt_ids().size());
    if (answer_.prompt_tokens >= model_.session_.context_tokens()) return too_long();
    std::optional<ApiError> error = check_strict_tools();
    if (!error) error = must_call ? call() : has_format ? speak_under_schema() : speak_freely();
    if (error) return *error;
    settle();
    return answer_;
  }

 private:
  std::vector<TokenId> prompt_ids() const {
    std::vector<TokenId> ids = first_ids(model_.tokenizer_, model_.is_base_ ? nullptr : &model_.format_);
    std::vector<TextPart> texts;
    for (const ChatPart& part : parts_) texts.push_back({part.text, part.control});
    const std::vector<TokenId> rest = model_.tokenizer_.encode(texts);
    ids.insert(ids.end(), rest.begin(), rest.end());
    return ids;
  }

  ApiError too_long() const {
    return {.message = fmt::format("messages: are {} tokens long, and the window holds {}", answer_.prompt_tokens,
                                   model_.session_.context_tokens()),
            .param = "messages",
            .code = "context_length_exceeded"};
  }

  GenerateOptions generate_options(Constraint* constraint) const {
    GenerateOptions options{.sampling = sampling_of(request_)};
    options.max_tokens = request_.max_tokens.value_or(model_.session_.context_tokens()) - answer_.completion_tokens;
    options.logprobs = request_.logprobs;
    options.top_logprobs = request_.top_logprobs;
    options.constraint = constraint;
    options.jump_ahead = !request_.logprobs;  // text that is jumped over has no tokens
    options.cancel = options_.cancel;
    return options;
  }

  // A schema that cannot be kept to is an error whether its function is called or not.
  std::optional<ApiError> check_strict_tools() {
    for (size_t i = 0; i < tools_.size(); ++i) {
      if (!request_.tools[i].strict) continue;
      has_strict_tools_ = true;
      const Result<Grammar> grammar = Grammar::from_json_schema(to_json_text(tools_[i].parameters));
      if (!grammar) return api_error(grammar.error(), parameters_path(i));
    }
    return std::nullopt;
  }

  // As the model likes; where a function is strict, calls are held to their schemas from their first bracket on.
  std::optional<ApiError> speak_freely() {
    if (!has_strict_tools_) return speak(nullptr);
    const bool is_tagged = model_.format_.tools.kind == ToolSyntax::Kind::kTagged;
    const std::string trigger = is_tagged ? "<tool_call>" : "{";
    while (answer_.calls.size() < kMaxStrictCalls) {
      const size_t before = raw_text_.size();
      if (std::optional<ApiError> error = speak(nullptr, trigger)) return error;
      if (stopped_at_ != trigger) return std::nullopt;
      const std::string said = raw_text_.substr(before);
      parts_.push_back({.text = said, .control = ControlTokens::kAsText});
      if (!is_tagged && said.find_first_not_of(kBetweenCalls) != std::string::npos) {
        // A bracket among words is only a bracket.
        parts_.back().text += trigger;
        raw_text_ += trigger;
        take({{.kind = ChatDelta::Kind::kText, .text = trigger}});
        return speak(nullptr);
      }
      answer_.text.erase(answer_.text.find_last_not_of(kBetweenCalls) + 1);
      if (std::optional<ApiError> error = call()) return error;
      if (!request_.parallel_tool_calls || answer_.finish == ChatAnswer::Finish::kLength) return std::nullopt;
      parts_.push_back({.text = model_.format_.tools.close, .control = ControlTokens::kParse});
    }
    return std::nullopt;
  }

  // The whole answer, or what comes before `trigger`, free or held to a grammar.
  std::optional<ApiError> speak(Constraint* constraint, const std::string& trigger = {}) {
    GenerateOptions options = generate_options(constraint);
    options.stop_strings = request_.stop;
    if (!trigger.empty()) options.stop_strings.push_back(trigger);
    std::copy(model_.format_.stop_strings.begin(), model_.format_.stop_strings.end(),
              std::back_inserter(options.stop_strings));
    const std::unique_ptr<ChatParser> parser = make_parser(trigger.empty());
    Result<GenerateResult> result =
        generate(model_.session_, model_.tokenizer_, prompt_ids(), options, [&](const TokenEvent& event) {
          note_token(event);
          raw_text_ += event.text;
          take(parser->feed(event.text));
        });
    if (!result) return api_error(result.error());
    if (result->reason == StopReason::kCancelled) return stopped();
    take(parser->finish());
    answer_.completion_tokens += result->generated_tokens;
    const bool cut = result->reason == StopReason::kMaxTokens || result->reason == StopReason::kContextFull;
    if (cut) answer_.finish = ChatAnswer::Finish::kLength;
    stopped_at_ = result->stopped_at;
    return std::nullopt;
  }

  std::optional<ApiError> speak_under_schema() {
    Result<Grammar> grammar = Grammar::from_json_schema(schema_text(request_.response_format));
    if (!grammar) return api_error(grammar.error(), "response_format.json_schema.schema");
    Constraint constraint(*grammar, model_.trie());
    return speak(&constraint);
  }

  // One call, of which the model only writes the name, where there is a choice, and the arguments.
  std::optional<ApiError> call() {
    const ToolSyntax& syntax = model_.format_.tools;
    parts_.push_back({.text = syntax.open, .control = ControlTokens::kParse});
    size_t chosen = 0;
    if (std::optional<ApiError> error = choose_tool(chosen)) return error;
    const ToolDefinition& tool = tools_[chosen];
    Result<Grammar> grammar = Grammar::from_json_schema(to_json_text(tool.parameters));
    if (!grammar) return api_error(grammar.error(), parameters_path(chosen));
    parts_.push_back({.text = tool.name, .control = ControlTokens::kAsText});
    parts_.push_back({.text = syntax.middle, .control = ControlTokens::kAsText});
    std::string arguments;
    if (std::optional<ApiError> error = write(*grammar, arguments)) return error;
    parts_.push_back({.text = arguments, .control = ControlTokens::kAsText});
    // All of the call is the answer, whether the model had a choice or not.
    answer_.completion_tokens = static_cast<int>(prompt_ids().size()) - answer_.prompt_tokens;
    Result<Json> json = parse_json(arguments);
    if (!json || !json->is_object()) {
      // Cut short. What there is of it is told as text.
      answer_.text = arguments;
      answer_.finish = ChatAnswer::Finish::kLength;
      return std::nullopt;
    }
    take({{.kind = ChatDelta::Kind::kCall, .text = {}, .call = {.id = {}, .name = tool.name, .arguments = *json}}});
    return std::nullopt;
  }

  std::optional<ApiError> choose_tool(size_t& chosen) {
    if (request_.tool_choice.kind == ToolChoice::Kind::kNamed) {
      while (tools_[chosen].name != request_.tool_choice.name) ++chosen;
      return std::nullopt;
    }
    if (tools_.size() == 1) return std::nullopt;
    std::string names;
    for (const ToolDefinition& tool : tools_) names += (names.empty() ? "" : "|") + regex_escaped(tool.name);
    // With the quotation mark behind it: one name may be the beginning of another.
    Result<Grammar> grammar = Grammar::from_regex("(" + names + ")\"");
    if (!grammar) return api_error(grammar.error(), "tools");
    std::string name;
    if (std::optional<ApiError> error = write(*grammar, name)) return error;
    const auto found =
        std::find_if(tools_.begin(), tools_.end(), [&](const ToolDefinition& tool) { return tool.name + '"' == name; });
    if (found == tools_.end()) return ApiError{.message = "max_tokens: are too few for a call", .param = "max_tokens"};
    chosen = static_cast<size_t>(found - tools_.begin());
    return std::nullopt;
  }

  // Text of a grammar that goes on from the parts so far.
  std::optional<ApiError> write(const Grammar& grammar, std::string& text) {
    Constraint constraint(grammar, model_.trie());
    Result<GenerateResult> result =
        generate(model_.session_, model_.tokenizer_, prompt_ids(), generate_options(&constraint),
                 [&](const TokenEvent& event) { text += event.text; });
    if (!result) return api_error(result.error());
    if (result->reason == StopReason::kCancelled) return stopped();
    answer_.completion_tokens += result->generated_tokens;
    return std::nullopt;
  }

  static std::string parameters_path(size_t tool) { return fmt::format("tools[{}].function.parameters", tool); }

  std::unique_ptr<ChatParser> make_parser(bool reads_calls) const {
    if (tools_.empty() || !reads_calls) return model_.format_.make_parser();
    std::vector<std::string> names;
    for (const ToolDefinition& tool : tools_) names.push_back(tool.name);
    return make_tool_parser(model_.format_, std::move(names));
  }

  void take(std::vector<ChatDelta> deltas) {
    for (ChatDelta& delta : deltas) {
      if (delta.kind == ChatDelta::Kind::kCall) {
        if (!request_.parallel_tool_calls && !answer_.calls.empty()) continue;
        delta.call.id = call_id(request_, delta.call.name + to_json_text(delta.call.arguments), answer_.calls.size());
        answer_.calls.push_back(delta.call);
      } else {
        (delta.kind == ChatDelta::Kind::kThinking ? answer_.thinking : answer_.text) += delta.text;
      }
      if (options_.on_delta) options_.on_delta(delta);
    }
  }

  void note_token(const TokenEvent& event) {
    if (!request_.logprobs || event.id < 0) return;
    AnswerToken token{.bytes = model_.tokenizer_.piece(event.id), .logprob = event.logprob};
    for (const TokenLogprob& other : event.top) {
      token.top.push_back({model_.tokenizer_.piece(other.id), other.logprob});
    }
    answer_.tokens.push_back(std::move(token));
  }

  void settle() {
    if (!answer_.calls.empty()) {
      answer_.finish = ChatAnswer::Finish::kToolCalls;
      answer_.text.erase(answer_.text.find_last_not_of(kBetweenCalls) + 1);
    }
    keep_tokens_of_text();
  }

  // Thinking, calls and what a stop string cut off have no log-probabilities.
  void keep_tokens_of_text() {
    const size_t begin = answer_.text.empty() ? std::string::npos : raw_text_.rfind(answer_.text);
    const size_t end = begin == std::string::npos ? 0 : begin + answer_.text.size();
    size_t at = 0;
    std::erase_if(answer_.tokens, [&](const AnswerToken& token) {
      const size_t start = std::exchange(at, at + token.bytes.size());
      return begin == std::string::npos || start < begin || start >= end || token.bytes.empty();
    });
  }

  ChatModel& model_;
  const ChatRequest& request_;
  const AnswerOptions& options_;
  const std::vector<ToolDefinition> tools_;
  std::vector<ChatPart> parts_;
  std::string raw_text_;
  std::string stopped_at_;
  bool has_strict_tools_ = false;
  ChatAnswer answer_;
};

ChatModel::ChatModel(Session& session, const Tokenizer& tokenizer, const ChatFormat* format, std::string fingerprint)
    : session_(session),
      tokenizer_(tokenizer),
      format_(format == nullptr ? plain_chat_format() : *format),
      is_base_(format == nullptr),
      fingerprint_(std::move(fingerprint)) {}

const grammar::TokenTrie& ChatModel::trie() {
  if (!trie_) trie_ = std::make_unique<const grammar::TokenTrie>(grammar::TokenTrie::build(tokenizer_));
  return *trie_;
}

ApiResult<ChatAnswer> ChatModel::answer(const ChatRequest& request, const AnswerOptions& options) {
  return Run(*this, request, options).run();
}

}  // namespace favilla

// See wire.h.
#include "generate/remote/wire.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "base/foreign_text.h"

namespace favilla {
namespace {

constexpr size_t kMaxWords_bytes = 4096;
constexpr size_t kMaxNames = 10'000;

const char* role_name(Role role) {
  switch (role) {
    case Role::kSystem:
      return "system";
    case Role::kUser:
      return "user";
    case Role::kAssistant:
      return "assistant";
    case Role::kTool:
      return "tool";
  }
  return "user";
}

// Null where there is none.
const SortedJson& member(const SortedJson& value, const char* name) {
  static const SortedJson kNone;
  if (!value.is_object()) return kNone;
  const auto found = value.find(name);
  return found == value.end() ? kNone : *found;
}

const SortedJson& first(const SortedJson& value) {
  static const SortedJson kNone;
  return value.is_array() && !value.empty() ? value.front() : kNone;
}

std::string text_of(const SortedJson& value) {
  return value.is_string() ? value.get<std::string>() : "";
}

int count_of(const SortedJson& value) {
  constexpr int64_t kMost = std::numeric_limits<int>::max();
  if (!value.is_number_integer() || value < 0 || value > kMost) return 0;
  return value.get<int>();
}

std::string words_of_error(const SortedJson& json) {
  const SortedJson& error = member(json, "error");
  for (const SortedJson* words :
       {&member(error, "message"), &error, &member(json, "message"), &member(json, "detail")}) {
    if (words->is_string()) return shown_line(text_of(*words), kMaxWords_bytes);
  }
  return error.is_null() ? "" : "an error without words";
}

Result<SortedJson> parse_reply(std::string_view text) {
  Result<SortedJson> json = parse_sorted_json(text);
  if (!json || !json->is_object()) return Error{ErrorKind::kNetwork, "its answer is not the JSON that was asked for"};
  return json;
}

// Of length 1; empty for what is no vector.
std::vector<float> vector_of(const SortedJson& list) {
  std::vector<float> vector;
  double squares = 0;
  if (!list.is_array()) return {};
  vector.reserve(list.size());
  for (const SortedJson& number : list) {
    if (!number.is_number()) return {};
    vector.push_back(number.get<float>());
    squares += static_cast<double>(vector.back()) * vector.back();
  }
  if (!std::isfinite(squares) || squares <= 0) return {};
  for (float& value : vector) value = static_cast<float>(value / std::sqrt(squares));
  return vector;
}

}  // namespace

std::string chat_request_body(const std::string& model, std::span<const ChatMessage> messages,
                              const GenerateOptions& options) {
  Json body{{"model", model}, {"messages", Json::array()}};
  for (const ChatMessage& message : messages) {
    body["messages"].push_back({{"role", role_name(message.role)}, {"content", message.content}});
  }
  body["stream"] = true;
  body["stream_options"] = {{"include_usage", true}};
  body["temperature"] = options.sampling.temperature;
  body["top_p"] = options.sampling.top_p;
  if (options.sampling.seed) body["seed"] = *options.sampling.seed;
  body["max_tokens"] = options.max_tokens;
  if (!options.stop_strings.empty()) body["stop"] = options.stop_strings;
  return to_json_text(body);
}

std::string embedding_request_body(const std::string& model, std::span<const std::string> texts) {
  return to_json_text({{"model", model}, {"input", Json(texts)}, {"encoding_format", "float"}});
}

Result<AnswerPiece> parse_answer_piece(std::string_view text) {
  const SortedJson json = TRY(parse_reply(text));
  const SortedJson& choice = first(member(json, "choices"));
  if (choice.is_null()) {
    if (std::string words = words_of_error(json); !words.empty()) return Error{ErrorKind::kNetwork, std::move(words)};
  }
  const bool streams = choice.is_object() && choice.contains("delta");
  const SortedJson& said = member(choice, streams ? "delta" : "message");
  AnswerPiece piece;
  piece.thinking = text_of(member(said, "reasoning_content"));                      // llama-server, vLLM
  if (piece.thinking.empty()) piece.thinking = text_of(member(said, "reasoning"));  // Ollama
  piece.text = text_of(member(said, "content"));
  piece.finish_reason = text_of(member(choice, "finish_reason"));
  if (const SortedJson& usage = member(json, "usage"); usage.is_object()) {
    piece.usage = {.prompt_tokens = count_of(member(usage, "prompt_tokens")),
                   .cached_tokens = count_of(member(member(usage, "prompt_tokens_details"), "cached_tokens")),
                   .completion_tokens = count_of(member(usage, "completion_tokens"))};
  }
  return piece;
}

Result<RemoteEmbeddings> parse_embeddings(std::string_view text, size_t count) {
  const SortedJson json = TRY(parse_reply(text));
  RemoteEmbeddings result{.vectors = std::vector<std::vector<float>>(count),
                          .prompt_tokens = count_of(member(member(json, "usage"), "prompt_tokens"))};
  const SortedJson& data = member(json, "data");
  for (const SortedJson& row : data.is_array() ? data : SortedJson::array()) {
    const auto index = static_cast<size_t>(count_of(member(row, "index")));
    if (index < count) result.vectors[index] = vector_of(member(row, "embedding"));
  }
  for (const std::vector<float>& vector : result.vectors) {
    if (!vector.empty() && vector.size() == result.vectors.front().size()) continue;
    return Error{ErrorKind::kNetwork, fmt::format("its answer does not have {} vectors of one size", count)};
  }
  return result;
}

Result<std::vector<std::string>> parse_model_names(std::string_view text) {
  const SortedJson json = TRY(parse_reply(text));
  const SortedJson& data = member(json, "data");
  if (!data.is_array()) return Error{ErrorKind::kNetwork, "its list of models is none"};
  std::vector<std::string> names;
  for (const SortedJson& row : data) {
    if (names.size() < kMaxNames && member(row, "id").is_string()) names.push_back(text_of(member(row, "id")));
  }
  return names;
}

std::string error_words(std::string_view body) {
  const Result<SortedJson> json = parse_sorted_json(body);
  return json ? words_of_error(*json) : "";
}

}  // namespace favilla

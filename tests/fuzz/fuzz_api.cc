// Fuzzes the validation of requests: any bytes are taken or refused with one sentence that names a member; and the
// parsers of calls: what they read does not depend on where the text is cut.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "api/api.h"

namespace favilla {
namespace {

void require(bool condition) {
  if (!condition) __builtin_trap();
}

template <class T>
void check(const ApiResult<T>& result) {
  if (result.value) return;
  require(!result.error.message.empty() && result.error.message.find('\n') == std::string::npos);
  require(result.error.status >= 400 && !to_json_text(to_json(result.error)).empty());
}

void validate(std::string_view text) {
  const ApiResult<Json> body = parse_object(text);
  check(body);
  if (!body.value) return;
  const ApiResult<ChatRequest> chat = parse_chat_request(*body.value);
  check(chat);
  check(parse_embedding_request(*body.value));
  if (!chat.value) return;
  // What was taken can be rendered, or is refused by the family with a reason.
  const std::vector<ToolDefinition> tools = chat.value->offered_tools();
  for (const char* family : {"qwen3", "llama3.1", "gemma", "smollm2"}) {
    const auto parts = render_with_tools(*find_chat_format_by_name(family), chat.value->messages, {.tools = tools});
    require(parts.has_value() || !parts.error().message.empty());
  }
}

std::string parsed(const char* family, std::string_view text, size_t piece_bytes) {
  const std::unique_ptr<ChatParser> parser = make_tool_parser(*find_chat_format_by_name(family), {"f", "get_weather"});
  std::string all;
  const auto add = [&](const std::vector<ChatDelta>& deltas) {
    for (const ChatDelta& delta : deltas) {
      all += delta.kind == ChatDelta::Kind::kCall ? "CALL " + delta.call.name + to_json_text(delta.call.arguments)
                                                  : delta.text;
    }
  };
  for (size_t at = 0; at < text.size(); at += piece_bytes) add(parser->feed(text.substr(at, piece_bytes)));
  add(parser->finish());
  return all;
}

}  // namespace
}  // namespace favilla

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
  std::string input(size_bytes, '\0');
  for (size_t i = 0; i < size_bytes; ++i) input[i] = static_cast<char>(data[i]);
  favilla::validate(input);
  const std::string_view text = std::string_view(input).substr(0, 2000);
  for (const char* family : {"qwen3", "llama3.1"}) {
    favilla::require(favilla::parsed(family, text, 1) == favilla::parsed(family, text, 2000));
  }
  return 0;
}

// What all renderers share: see chat_writer.h.
#include "model/chat/chat_writer.h"

#include <algorithm>
#include <iterator>

#include "base/utf8.h"

namespace favilla {
namespace {

// The code points for which Python's str.isspace holds (Unicode's White_Space plus the information separators 1C..1F):
// Jinja templates trim by that set, and a renderer that trims less tokenizes differently.
bool is_white_space(char32_t c) {
  if (c <= 0x20) return c == 0x20 || (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x1F);
  static constexpr char32_t kOthers[] = {0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000};
  return (c >= 0x2000 && c <= 0x200A) || std::find(std::begin(kOthers), std::end(kOthers), c) != std::end(kOthers);
}

}  // namespace

ChatWriter& ChatWriter::append(std::string_view text, ControlTokens control) {
  if (text.empty()) return *this;
  if (parts_.empty() || parts_.back().control != control) parts_.push_back({.text = {}, .control = control});
  parts_.back().text += text;
  return *this;
}

std::string_view role_name(Role role) {
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

std::string to_spaced_json(const Json& value) {
  if (!value.is_structured() || value.empty()) return to_json_text(value);
  std::string text(1, value.is_object() ? '{' : '[');
  for (const auto& [key, member] : value.items()) {
    if (text.size() > 1) text += ", ";
    if (value.is_object()) text += to_json_text(key) + ": ";
    text += to_spaced_json(member);
  }
  return text + (value.is_object() ? '}' : ']');
}

std::string call_json(const ToolCall& call, std::string_view member) {
  return "{\"name\": \"" + call.name + "\", \"" + std::string(member) + "\": " + to_spaced_json(call.arguments) + "}";
}

std::string_view trim_white_space(std::string_view text) {
  // UTF-8 cannot be decoded backwards cheaply, so one forward pass notes where the first and the last visible character
  // are.
  size_t begin = text.size();
  size_t end = 0;
  for (size_t offset = 0; offset < text.size();) {
    const CodePoint point = decode_utf8(text.substr(offset));
    const size_t next = offset + static_cast<size_t>(point.length);
    if (!point.valid || !is_white_space(point.value)) {
      begin = std::min(begin, offset);
      end = next;
    }
    offset = next;
  }
  return begin < end ? text.substr(begin, end - begin) : std::string_view{};
}

std::string_view trim_leading_newlines(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of('\n'), text.size()));
  return text;
}

std::string_view trim_newlines(std::string_view text) {
  text = trim_leading_newlines(text);
  while (text.ends_with('\n')) text.remove_suffix(1);
  return text;
}

}  // namespace favilla

// One pass over the code points; see the header.
#include "base/foreign_text.h"

#include "base/unicode.h"
#include "base/utf8.h"

namespace favilla {
namespace {

constexpr std::string_view kCut = "...";

bool is_break(char32_t c) {
  return c == '\n' || c == U'\u2028' || c == U'\u2029';
}

}  // namespace

std::string shown_text(std::string_view text, size_t limit_bytes) {
  std::string shown;
  while (!text.empty()) {
    const CodePoint point = decode_utf8(text);
    text.remove_prefix(static_cast<size_t>(point.length));
    const size_t before = shown.size();
    if (is_break(point.value)) {
      shown += '\n';
    } else if (point.value == '\t' || !is_control_or_format(point.value)) {
      append_utf8(shown, point.value);
    }
    if (shown.size() > limit_bytes) {
      shown.resize(before);
      break;
    }
  }
  while (!shown.empty() && (shown.back() == '\n' || shown.back() == ' ' || shown.back() == '\t')) shown.pop_back();
  return shown;
}

std::string shown_line(std::string_view text, size_t limit_bytes) {
  std::string line;
  bool space = false;
  while (!text.empty()) {
    const CodePoint point = decode_utf8(text);
    text.remove_prefix(static_cast<size_t>(point.length));
    if (is_break(point.value) || is_white_space(point.value)) {
      space = !line.empty();
      continue;
    }
    if (is_control_or_format(point.value)) continue;
    const size_t before = line.size();
    if (space) line += ' ';
    append_utf8(line, point.value);
    space = false;
    if (line.size() > limit_bytes) {
      line.resize(before);
      return line + std::string(kCut);
    }
  }
  return line;
}

}  // namespace favilla

// UTF-8 by the table of the Unicode standard (3-7, well-formed byte sequences).
#include "base/utf8.h"

namespace favilla {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

struct LeadByte {
  int length;                             // 0: never starts a sequence
  unsigned char second_low, second_high;  // the second byte's range excludes overlong forms and surrogates
};

LeadByte classify(unsigned char lead) {
  if (lead < 0x80) return {1, 0, 0};
  if (lead < 0xC2) return {0, 0, 0};
  if (lead < 0xE0) return {2, 0x80, 0xBF};
  if (lead == 0xE0) return {3, 0xA0, 0xBF};
  if (lead == 0xED) return {3, 0x80, 0x9F};
  if (lead < 0xF0) return {3, 0x80, 0xBF};
  if (lead == 0xF0) return {4, 0x90, 0xBF};
  if (lead < 0xF4) return {4, 0x80, 0xBF};
  if (lead == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

unsigned char byte_at(std::string_view text, size_t index) {
  return static_cast<unsigned char>(text[index]);
}

// How many of the text's first bytes fit a well-formed sequence that the text ends too early to finish; 0 if none.
size_t unfinished_length(std::string_view text) {
  const LeadByte lead = classify(byte_at(text, 0));
  if (lead.length <= static_cast<int>(text.size())) return 0;
  for (size_t i = 1; i < text.size(); ++i) {
    const unsigned char low = i == 1 ? lead.second_low : 0x80;
    const unsigned char high = i == 1 ? lead.second_high : 0xBF;
    if (byte_at(text, i) < low || byte_at(text, i) > high) return 0;
  }
  return text.size();
}

}  // namespace

CodePoint decode_utf8(std::string_view text) {
  const unsigned char first = byte_at(text, 0);
  const LeadByte lead = classify(first);
  if (lead.length == 1) return {first, 1, true};
  if (lead.length == 0 || static_cast<size_t>(lead.length) > text.size()) return {kReplacement, 1, false};
  char32_t value = first & (0x7FU >> lead.length);
  for (int i = 1; i < lead.length; ++i) {
    const unsigned char next = byte_at(text, static_cast<size_t>(i));
    const unsigned char low = i == 1 ? lead.second_low : 0x80;
    const unsigned char high = i == 1 ? lead.second_high : 0xBF;
    if (next < low || next > high) return {kReplacement, 1, false};
    value = (value << 6) | (next & 0x3FU);
  }
  return {value, lead.length, true};
}

void append_utf8(std::string& out, char32_t code_point) {
  const auto put = [&out](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0 | (code_point >> 6));
    put(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    put(0xE0 | (code_point >> 12));
    put(0x80 | ((code_point >> 6) & 0x3F));
    put(0x80 | (code_point & 0x3F));
  } else {
    put(0xF0 | (code_point >> 18));
    put(0x80 | ((code_point >> 12) & 0x3F));
    put(0x80 | ((code_point >> 6) & 0x3F));
    put(0x80 | (code_point & 0x3F));
  }
}

size_t find_invalid_utf8(std::string_view text) {
  size_t position = 0;
  while (position < text.size()) {
    const CodePoint point = decode_utf8(text.substr(position));
    if (!point.valid) return position;
    position += static_cast<size_t>(point.length);
  }
  return text.size();
}

bool is_valid_utf8(std::string_view text) {
  return find_invalid_utf8(text) == text.size();
}

std::string to_valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    if (static_cast<unsigned char>(text.front()) < 0x80) {
      out += text.front();
      text.remove_prefix(1);
      continue;
    }
    const CodePoint point = decode_utf8(text);
    append_utf8(out, point.value);
    text.remove_prefix(static_cast<size_t>(point.length));
  }
  return out;
}

std::string Utf8Assembler::feed(std::string_view bytes) {
  held_ += bytes;
  std::string out;
  std::string_view rest = held_;
  while (!rest.empty() && unfinished_length(rest) == 0) {
    const CodePoint point = decode_utf8(rest);
    append_utf8(out, point.value);
    rest.remove_prefix(static_cast<size_t>(point.length));
  }
  held_ = std::string(rest);
  return out;
}

std::string Utf8Assembler::finish() {
  std::string out = to_valid_utf8(held_);
  held_.clear();
  return out;
}

}  // namespace favilla

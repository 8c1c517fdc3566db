// UTF-8: decoding one code point at a time, checking, and assembling from a stream of arbitrary byte splits.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace favilla {

struct CodePoint {
  char32_t value = 0;  // 0xFFFD when !valid
  int length = 0;      // bytes consumed, >= 1; for an invalid sequence always 1
  bool valid =
      false;  // false: the byte is not part of a well-formed sequence (RFC 3629: no surrogates, no overlong forms)
};

// Requires a non-empty text.
CodePoint decode_utf8(std::string_view text);

void append_utf8(std::string& out, char32_t code_point);

bool is_valid_utf8(std::string_view text);

// Byte offset of the first ill-formed sequence, or text.size().
size_t find_invalid_utf8(std::string_view text);

// Replaces every ill-formed byte by U+FFFD.
std::string to_valid_utf8(std::string_view text);

// Turns bytes that arrive in arbitrary pieces (tokens) into whole code points: feed() returns what is complete,
// holding back at most three bytes of an unfinished sequence. Ill-formed bytes come out as U+FFFD.
class Utf8Assembler {
 public:
  std::string feed(std::string_view bytes);
  std::string finish();  // what was held back, as U+FFFD

 private:
  std::string held_;
};

}  // namespace favilla

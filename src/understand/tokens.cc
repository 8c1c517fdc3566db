// Tokens: see tokens.h. One pass, one code point of look-ahead.
#include "understand/tokens.h"

#include <charconv>

#include "base/utf8.h"

namespace favilla {
namespace {

enum class Class { kSpace, kLetter, kDigit, kApostrophe, kDash, kSign };

constexpr char32_t kNoBreakSpace = 0xA0;
constexpr char32_t kMicro = 0xB5;
constexpr char32_t kTypographicApostrophe = 0x2019;

bool is_dash(char32_t c) {
  return c == '-' || (c >= 0x2010 && c <= 0x2015) || c == 0x2212;
}

// Scripts that put spaces between words. Everything else (currency signs, fractions, emoji, Chinese) is a sign each.
bool is_foreign_letter(char32_t c) {
  if (c == kMicro) return true;
  if (c == 0xD7 || c == 0xF7) return false;                                        // multiplication and division
  return (c >= 0xC0 && c <= 0x2AF) || (c >= 0x370 && c <= 0x1FFF && c != 0x0E3F);  // U+0E3F is the baht sign
}

Class classify(char32_t c) {
  if (c <= ' ' || c == kNoBreakSpace || (c >= 0x2000 && c <= 0x200B) || c == 0x202F) return Class::kSpace;
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return Class::kLetter;
  if (c >= '0' && c <= '9') return Class::kDigit;
  if (c == '\'' || c == '`' || c == kTypographicApostrophe || c == 0x2BB || c == 0x2BC) return Class::kApostrophe;
  if (is_dash(c)) return Class::kDash;
  return is_foreign_letter(c) ? Class::kLetter : Class::kSign;
}

struct Point {
  Class kind = Class::kSpace;
  int length = 0;
};

Point point_at(std::string_view text, size_t at) {
  if (at >= text.size()) return {};
  const CodePoint code = decode_utf8(text.substr(at));
  return {code.valid ? classify(code.value) : Class::kSign, code.length};
}

// End of the word that starts at `at`: letters, with single apostrophes between letters.
size_t word_end(std::string_view text, size_t at, std::string& lower) {
  while (at < text.size()) {
    const Point point = point_at(text, at);
    if (point.kind == Class::kLetter) {
      for (int k = 0; k < point.length; ++k) {
        const char byte = text[at + static_cast<size_t>(k)];
        lower += byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
      }
    } else if (point.kind == Class::kApostrophe && !lower.empty()) {
      const size_t next = at + static_cast<size_t>(point.length);
      if (point_at(text, next).kind != Class::kLetter) break;
      const char letter = text[next];
      const bool is_last = point_at(text, next + 1).kind != Class::kLetter;
      if ((letter == 's' || letter == 'S') && is_last) break;  // "year's": two tokens
      lower += '\'';
    } else {
      break;
    }
    at += static_cast<size_t>(point.length);
  }
  return at;
}

size_t number_end(std::string_view text, size_t at, Token& token) {
  while (at < text.size() && text[at] >= '0' && text[at] <= '9') token.text += text[at++];
  token.is_number = true;
  token.value = -1;
  if (token.text.size() <= 18) {
    std::from_chars(token.text.data(), token.text.data() + token.text.size(), token.value);
  }
  return at;
}

}  // namespace

std::vector<Token> tokenize(std::string_view text) {
  std::vector<Token> tokens;
  bool space = true;
  for (size_t at = 0; at < text.size();) {
    const Point point = point_at(text, at);
    if (point.kind == Class::kSpace) {
      space = true;
      at += static_cast<size_t>(point.length);
      continue;
    }
    Token token;
    token.from = at;
    token.space_before = space;
    space = false;
    const size_t next = at + static_cast<size_t>(point.length);
    switch (point.kind) {
      case Class::kLetter:
        at = word_end(text, at, token.text);
        break;
      case Class::kDigit:
        at = number_end(text, at, token);
        break;
      case Class::kApostrophe: {
        const bool is_s = next < text.size() && (text[next] == 's' || text[next] == 'S') &&
                          point_at(text, next + 1).kind != Class::kLetter && !tokens.empty() && !token.space_before;
        token.text = is_s ? "'s" : "'";
        at = is_s ? next + 1 : next;
        break;
      }
      default:
        token.text = point.kind == Class::kDash ? "-" : std::string(text.substr(at, next - at));
        at = next;
    }
    token.to = at;
    tokens.push_back(std::move(token));
  }
  return tokens;
}

}  // namespace favilla

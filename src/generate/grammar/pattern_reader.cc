// See pattern_reader.h.
#include "generate/grammar/pattern_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/utf8.h"

namespace favilla::grammar {
namespace {

struct Escape {
  char letter;
  char32_t character;
};
constexpr std::array kEscapes = {Escape{'n', '\n'}, Escape{'r', '\r'}, Escape{'t', '\t'},
                                 Escape{'f', '\f'}, Escape{'v', '\v'}, Escape{'0', '\0'}};

CharacterSet digits() {
  CharacterSet set;
  set.add('0', '9');
  return set;
}

CharacterSet word_characters() {
  CharacterSet set = digits();
  set.add('A', 'Z');
  set.add('_', '_');
  set.add('a', 'z');
  return set;
}

CharacterSet blanks() {
  CharacterSet set;
  set.add('\t', '\r');
  set.add(' ', ' ');
  return set;
}

// \S must not mean a blank of any script.
CharacterSet not_blanks() {
  CharacterSet set = blanks();
  for (const char32_t c :
       {U'\x85', U'\xA0', U'\u1680', U'\u2028', U'\u2029', U'\u202F', U'\u205F', U'\u3000', U'\uFEFF'})
    set.add(c, c);
  set.add(0x1C, 0x1F);
  set.add(0x2000, 0x200A);
  return set.complement();
}

}  // namespace

Error PatternReader::fail(std::string_view what) const {
  return {ErrorKind::kInvalidArgument, fmt::format("{}: {} at byte {}", what_, what, at_)};
}

Error PatternReader::refuse(std::string_view what) const {
  return {ErrorKind::kUnsupported, fmt::format("{}: {} at byte {}", what_, what, at_)};
}

bool PatternReader::take(std::string_view expected) {
  if (!rest().starts_with(expected)) return false;
  at_ += expected.size();
  return true;
}

char32_t PatternReader::next() {
  const CodePoint point = decode_utf8(rest());
  at_ += static_cast<size_t>(point.length);
  return point.value;
}

Result<char32_t> PatternReader::hex_digits(size_t count) {
  uint32_t value = 0;
  const std::string_view digits = rest().substr(0, count);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (digits.size() < count || count == 0 || error != std::errc() || end != digits.data() + count) {
    return fail("hexadecimal digits are missing");
  }
  at_ += count;
  if (value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return fail("this is not a character");
  return char32_t{value};
}

Result<char32_t> PatternReader::escaped_character() {
  if (done()) return fail("nothing follows the backslash");
  const char c = peek();
  for (const Escape& escape : kEscapes) {
    if (c != escape.letter) continue;
    ++at_;
    return escape.character;
  }
  if (take("x")) return hex_digits(2);
  if (take("u{")) {
    const size_t end = rest().find('}');
    if (end == std::string_view::npos || end > 6) return fail("\\u{ needs one to six digits and }");
    const char32_t value = TRY(hex_digits(end));
    ++at_;
    return value;
  }
  if (take("u")) return hex_digits(4);
  const bool is_word = word_characters().contains(static_cast<unsigned char>(c));
  if (is_word) return refuse(fmt::format("\\{} is not supported", c));
  return next();
}

bool PatternReader::take_shorthand(CharacterSet& set) {
  switch (peek()) {
    case 'd':
      set.add(digits());
      break;
    case 'D':
      set.add(digits().complement());
      break;
    case 'w':
      set.add(word_characters());
      break;
    case 'W':
      set.add(word_characters().complement());
      break;
    case 's':
      set.add(blanks());
      break;
    case 'S':
      set.add(not_blanks());
      break;
    default:
      return false;
  }
  ++at_;
  return true;
}

Result<char32_t> PatternReader::class_character() {
  if (done()) return fail("] is missing");
  return take("\\") ? escaped_character() : Result<char32_t>(next());
}

Result<CharacterSet> PatternReader::bracket_class() {
  const bool negated = take("^");
  CharacterSet set;
  while (!take("]")) {
    if (done()) return fail("] is missing");
    if (rest().starts_with("[:")) return refuse("a named class is not supported");
    if (rest().size() > 1 && peek() == '\\') {
      ++at_;
      if (take_shorthand(set)) continue;
      --at_;
    }
    const char32_t low = TRY(class_character());
    char32_t high = low;
    if (rest().size() > 1 && peek() == '-' && rest()[1] != ']') {
      ++at_;
      high = TRY(class_character());
      if (high < low) return fail("a range of characters runs backwards");
    }
    set.add(low, high);
  }
  return negated ? set.complement() : set;
}

bool PatternReader::take_number(uint32_t& number) {
  const char* begin = rest().data();
  const auto [end, error] = std::from_chars(begin, begin + rest().size(), number);
  if (end == begin) return false;
  if (error != std::errc()) number = kUnlimited;
  at_ += static_cast<size_t>(end - begin);
  return true;
}

Result<PatternReader::Times> PatternReader::times() {
  if (take("*")) return Times{true, 0, kUnlimited};
  if (take("+")) return Times{true, 1, kUnlimited};
  if (take("?")) return Times{true, 0, 1};
  if (peek() != '{') return Times{};
  ++at_;
  Times times{.present = true};
  const bool has_least = take_number(times.least);
  if (!has_least) times.least = 0;
  times.most = times.least;
  bool has_most = has_least;
  if (take(",")) {
    has_most = take_number(times.most);
    if (!has_most) times.most = kUnlimited;
  }
  if (!take("}") || (!has_least && !has_most)) return fail("{ is not followed by numbers and }; write \\{ for itself");
  const bool too_many = times.least > kMaxTimes || (has_most && times.most > kMaxTimes);
  if (too_many) {
    return Error{ErrorKind::kExhausted,
                 fmt::format("{}: a repetition of more than {} times ends at byte {}", what_, kMaxTimes, at_)};
  }
  if (times.most < times.least) return fail("the numbers in {} run backwards");
  return times;
}

}  // namespace favilla::grammar

// Character sets, and expressions into networks: UTF-8 by ranges of bytes, JSON strings by their one spelling.
#include "generate/grammar/expression.h"

#include <algorithm>
#include <array>

#include "base/utf8.h"

namespace favilla::grammar {
namespace {

constexpr char32_t kLastCodePoint = 0x10FFFF;
constexpr char32_t kFirstSurrogate = 0xD800;
constexpr char32_t kAfterSurrogates = 0xE000;

// Above this many states the copies of a repeated expression become a rule with a counter.
constexpr uint32_t kCopiedTimes = 16;

uint32_t saturating_add(uint32_t a, uint32_t b) {
  return a == kUnlimited || b == kUnlimited || a > kUnlimited - b ? kUnlimited : a + b;
}

uint32_t saturating_multiply(uint32_t a, uint32_t b) {
  if (a == 0 || b == 0) return 0;
  if (a == kUnlimited || b == kUnlimited) return kUnlimited;
  return static_cast<uint32_t>(std::min<uint64_t>(uint64_t{a} * b, kUnlimited));
}

struct ShortEscape {
  char32_t character;
  char letter;
};
constexpr std::array kShortEscapes = {ShortEscape{'"', '"'},  ShortEscape{'\\', '\\'}, ShortEscape{'\b', 'b'},
                                      ShortEscape{'\f', 'f'}, ShortEscape{'\n', 'n'},  ShortEscape{'\r', 'r'},
                                      ShortEscape{'\t', 't'}};

}  // namespace

void CharacterSet::add(char32_t low, char32_t high) {
  Range added{low, high};
  // Ranges that touch the new one melt into it.
  const auto first = std::find_if(ranges_.begin(), ranges_.end(), [&](const Range& r) { return r.high + 1 >= low; });
  auto last = first;
  for (; last != ranges_.end() && last->low <= high + 1; ++last) {
    added.low = std::min(added.low, last->low);
    added.high = std::max(added.high, last->high);
  }
  ranges_.insert(ranges_.erase(first, last), added);
}

void CharacterSet::add(const CharacterSet& other) {
  for (const Range& range : other.ranges_) add(range.low, range.high);
}

CharacterSet CharacterSet::complement() const {
  CharacterSet rest;
  char32_t next = 0;
  const auto add_gap = [&](char32_t low, char32_t end) {  // [low, end)
    if (low < std::min(end, kFirstSurrogate)) rest.add(low, std::min(end, kFirstSurrogate) - 1);
    if (std::max(low, kAfterSurrogates) < end) rest.add(std::max(low, kAfterSurrogates), end - 1);
  };
  for (const Range& range : ranges_) {
    add_gap(next, range.low);
    next = range.high + 1;
  }
  add_gap(next, kLastCodePoint + 1);
  return rest;
}

CharacterSet CharacterSet::folded() const {
  CharacterSet set = *this;
  for (char32_t c = 'a'; c <= 'z'; ++c) {
    const char32_t upper = c - 'a' + 'A';
    if (contains(c)) set.add(upper, upper);
    if (contains(upper)) set.add(c, c);
  }
  return set;
}

bool CharacterSet::contains(char32_t c) const {
  return std::any_of(ranges_.begin(), ranges_.end(), [&](const Range& r) { return r.low <= c && c <= r.high; });
}

CharacterSet CharacterSet::all() {
  return CharacterSet().complement();
}

CharacterSet CharacterSet::of(char32_t c) {
  CharacterSet set;
  set.add(c, c);
  return set;
}

CharacterSet plain_characters() {
  CharacterSet special;
  special.add(0, 0x1F);
  special.add('"', '"');
  special.add('\\', '\\');
  return special.complement();
}

Expression Expression::sequence(std::vector<Expression> parts) {
  return {.kind = Kind::kSequence, .parts = std::move(parts)};
}

Expression Expression::choice(std::vector<Expression> parts) {
  return {.kind = Kind::kChoice, .parts = std::move(parts)};
}

Expression Expression::repeat(Expression part, uint32_t least, uint32_t most) {
  Expression expression{.kind = Kind::kRepeat, .least = least, .most = most};
  expression.parts.push_back(std::move(part));
  return expression;
}

Expression Expression::one_of(CharacterSet characters) {
  return {.kind = Kind::kCharacters, .characters = std::move(characters)};
}

Expression Expression::text(std::string_view utf8) {
  std::vector<Expression> parts;
  while (!utf8.empty()) {
    const CodePoint point = decode_utf8(utf8);
    parts.push_back(one_of(CharacterSet::of(point.value)));
    utf8.remove_prefix(static_cast<size_t>(point.length));
  }
  return sequence(std::move(parts));
}

LengthRange length_of(const Expression& expression) {
  LengthRange total;
  switch (expression.kind) {
    case Expression::Kind::kCharacters:
      return {1, 1};
    case Expression::Kind::kRule:
      return {0, kUnlimited};
    case Expression::Kind::kSequence:
      for (const Expression& part : expression.parts) {
        const LengthRange one = length_of(part);
        total = {saturating_add(total.least, one.least), saturating_add(total.most, one.most)};
      }
      return total;
    case Expression::Kind::kChoice:
      total.least = kUnlimited;
      for (const Expression& part : expression.parts) {
        const LengthRange one = length_of(part);
        total = {std::min(total.least, one.least), std::max(total.most, one.most)};
      }
      return total;
    case Expression::Kind::kRepeat: {
      const LengthRange one = length_of(expression.parts.front());
      return {saturating_multiply(one.least, expression.least), saturating_multiply(one.most, expression.most)};
    }
  }
  return total;
}

bool limit_length(Expression& expression, const LengthRange& wanted) {
  const LengthRange has = length_of(expression);
  if (has.least >= wanted.least && has.most <= wanted.most) return true;
  if (expression.kind == Expression::Kind::kRepeat) {
    if (expression.parts.front().kind != Expression::Kind::kCharacters) return false;
    const LengthRange both{std::max(expression.least, wanted.least), std::min(expression.most, wanted.most)};
    if (both.least > both.most) return false;
    expression.least = both.least;
    expression.most = both.most;
    return true;
  }
  if (expression.kind != Expression::Kind::kSequence) return false;
  Expression* variable = nullptr;
  uint32_t fixed = 0;
  for (Expression& part : expression.parts) {
    const LengthRange one = length_of(part);
    if (one.least == one.most) {
      fixed = saturating_add(fixed, one.least);
    } else if (variable != nullptr) {
      return false;
    } else {
      variable = &part;
    }
  }
  if (variable == nullptr || fixed > wanted.most) return false;
  const uint32_t most = wanted.most == kUnlimited ? kUnlimited : wanted.most - fixed;
  return limit_length(*variable, {wanted.least > fixed ? wanted.least - fixed : 0, most});
}

StateId ExpressionWriter::write(const Expression& expression, StateId from) {
  if (builder_.full()) return from;
  switch (expression.kind) {
    case Expression::Kind::kSequence:
      for (const Expression& part : expression.parts) from = write(part, from);
      return from;
    case Expression::Kind::kChoice: {
      const StateId end = builder_.new_state();
      for (const Expression& part : expression.parts) {
        const StateId start = builder_.new_state();
        builder_.epsilon(from, start);
        builder_.epsilon(write(part, start), end);
      }
      return end;
    }
    case Expression::Kind::kCharacters: {
      const StateId end = builder_.new_state();
      characters(expression.characters, from, end);
      return end;
    }
    case Expression::Kind::kRule:
      return builder_.call(from, expression.rule);
    case Expression::Kind::kRepeat:
      return write_repeat(expression, from);
  }
  return from;
}

// Few turns are copies; many, and loops over characters, are a rule that the stack counts.
StateId ExpressionWriter::write_repeat(const Expression& expression, StateId from) {
  const Expression& part = expression.parts.front();
  const bool unlimited = expression.most == kUnlimited;
  const bool one_character = part.kind == Expression::Kind::kCharacters;
  const bool plain = one_character && [&] {
    const auto wanted = plain_characters().ranges();
    return std::all_of(wanted.begin(), wanted.end(), [&](const CharacterSet::Range& range) {
      return std::any_of(part.characters.ranges().begin(), part.characters.ranges().end(),
                         [&](const CharacterSet::Range& r) { return r.low <= range.low && range.high <= r.high; });
    });
  }();
  const uint32_t copies = unlimited ? expression.least : expression.most;
  if (plain || copies > kCopiedTimes) {
    const RuleId body = builder_.new_rule();
    if (builder_.full()) return from;
    builder_.epsilon(write(part, builder_.start(body)), builder_.end(body));
    return builder_.repeat(from, body, expression.least, expression.most,
                           plain ? RepeatOf::kPlain : RepeatOf::kAnything);
  }
  for (uint32_t i = 0; i < expression.least && !builder_.full(); ++i) from = write(part, from);
  const StateId end = builder_.new_state();
  if (unlimited) {  // a loop
    builder_.epsilon(from, end);
    const StateId turn = builder_.new_state();
    builder_.epsilon(end, turn);
    builder_.epsilon(write(part, turn), end);
    const StateId after = builder_.new_state();  // nothing that follows may enter the loop's start again
    builder_.epsilon(end, after);
    return after;
  }
  for (uint32_t i = expression.least; i < expression.most && !builder_.full(); ++i) {
    builder_.epsilon(from, end);
    from = write(part, from);
  }
  builder_.epsilon(from, end);
  return end;
}

void ExpressionWriter::characters(const CharacterSet& set, StateId from, StateId to) {
  const CharacterSet without_surrogates = set.complement().complement();
  for (const CharacterSet::Range& range : without_surrogates.ranges()) {
    if (spelling_ == Spelling::kUtf8) {
      utf8(range, from, to);
    } else {
      json(range, from, to);
    }
  }
}

// Splits the range where the number of bytes changes and where leading bytes differ, so that each piece is a product of
// byte ranges.
void ExpressionWriter::utf8(CharacterSet::Range range, StateId from, StateId to) {
  constexpr std::array<char32_t, 4> kLastOfLength = {0x7F, 0x7FF, 0xFFFF, kLastCodePoint};
  for (const char32_t last : kLastOfLength) {
    if (range.low > last || range.low > range.high) continue;
    const CharacterSet::Range piece{range.low, std::min(range.high, last)};
    range.low = piece.high + 1;
    if (piece.high < 0x80) {
      builder_.bytes(from, static_cast<uint8_t>(piece.low), static_cast<uint8_t>(piece.high), to);
      continue;
    }
    // From the last byte on: a low end that is not at the start of a block of 64^i, or a high end that is not at the
    // end of one, is cut off and treated by itself.
    CharacterSet::Range rest = piece;
    bool split = false;
    for (char32_t block = 64; block <= 64 * 64 * 64 && !split; block *= 64) {
      const char32_t mask = block - 1;
      if ((rest.low & ~mask) == (rest.high & ~mask)) break;
      if ((rest.low & mask) != 0) {
        utf8({rest.low, rest.low | mask}, from, to);
        utf8({(rest.low | mask) + 1, rest.high}, from, to);
        split = true;
      } else if ((rest.high & mask) != mask) {
        utf8({rest.low, (rest.high & ~mask) - 1}, from, to);
        utf8({rest.high & ~mask, rest.high}, from, to);
        split = true;
      }
    }
    if (split) continue;
    std::string low, high;
    append_utf8(low, rest.low);
    append_utf8(high, rest.high);
    StateId at = from;
    for (size_t i = 0; i < low.size(); ++i) {
      const StateId next = i + 1 == low.size() ? to : builder_.new_state();
      builder_.bytes(at, static_cast<uint8_t>(low[i]), static_cast<uint8_t>(high[i]), next);
      at = next;
    }
  }
}

void ExpressionWriter::json(CharacterSet::Range range, StateId from, StateId to) {
  CharacterSet literal;
  char32_t next = range.low;
  const auto cut = [&](char32_t c) {  // c is not written as it is
    if (next < c) literal.add(next, c - 1);
    next = c + 1;
  };
  const char32_t last_special = std::min(range.high, U'\\');
  for (char32_t c = range.low; c <= last_special; ++c) {
    const auto* escape = std::find_if(kShortEscapes.begin(), kShortEscapes.end(),
                                      [&](const ShortEscape& e) { return e.character == c; });
    const bool is_short = escape != kShortEscapes.end();
    if (!is_short && c >= 0x20) continue;
    cut(c);
    const StateId after = builder_.literal(from, "\\");
    if (is_short) {
      builder_.bytes(after, static_cast<uint8_t>(escape->letter), static_cast<uint8_t>(escape->letter), to);
    } else {
      constexpr std::string_view kHex = "0123456789abcdef";
      builder_.epsilon(builder_.literal(after, std::string("u00") + kHex[c >> 4] + kHex[c & 15]), to);
    }
  }
  if (next <= range.high) literal.add(next, range.high);
  for (const CharacterSet::Range& piece : literal.ranges()) utf8(piece, from, to);
}

}  // namespace favilla::grammar

#include "tools/builtin/calculator/tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>

namespace favilla {
namespace {

using Token = CalculatorToken;
using Kind = CalculatorToken::Kind;

// Longer phrases stand before their own beginnings. `number` is a degree or a value.
struct Phrase {
  std::string_view words;
  Kind kind;
  int64_t number = 0;
};
constexpr Phrase kPhrases[] = {
    {"raised to the power of", Kind::kPower},
    {"to the power of", Kind::kPower},
    {"to the power", Kind::kPower},
    {"raised to", Kind::kPower},
    {"square root of", Kind::kRootOf, 2},
    {"cube root of", Kind::kRootOf, 3},
    {"cubic root of", Kind::kRootOf, 3},
    {"fourth root of", Kind::kRootOf, 4},
    {"fifth root of", Kind::kRootOf, 5},
    {"root of", Kind::kRootOf, 2},
    {"sqrt of", Kind::kRootOf, 2},
    {"sqrt", Kind::kRootOf, 2},
    {"cbrt of", Kind::kRootOf, 3},
    {"cbrt", Kind::kRootOf, 3},
    {"factorial of", Kind::kFactorialOf},
    {"factorial", Kind::kFactorial},
    {"multiplied by", Kind::kTimes},
    {"times", Kind::kTimes},
    {"x", Kind::kTimes},
    {"divided by", Kind::kDivide},
    {"over", Kind::kDivide},
    {"plus", Kind::kPlus},
    {"minus", Kind::kMinus},
    {"less", Kind::kMinus},
    {"take away", Kind::kMinus},
    {"per cent", Kind::kPercent},
    {"percent", Kind::kPercent},
    {"pct", Kind::kPercent},
    {"modulo", Kind::kModulo},
    {"mod", Kind::kModulo},
    {"of", Kind::kOf},
    {"off", Kind::kOff},
};

// Signs, some of them UTF-8.
struct Sign {
  std::string_view bytes;
  Kind kind;
  int64_t number = 0;
};
constexpr Sign kSigns[] = {
    {"**", Kind::kPower},        {"+", Kind::kPlus},
    {"-", Kind::kMinus},         {"\xE2\x88\x92", Kind::kMinus},
    {"*", Kind::kTimes},         {"\xC3\x97", Kind::kTimes},
    {"\xC2\xB7", Kind::kTimes},  {"/", Kind::kDivide},
    {"\xC3\xB7", Kind::kDivide}, {":", Kind::kDivide},
    {"^", Kind::kPower},         {"%", Kind::kPercent},
    {"(", Kind::kOpen},          {")", Kind::kClose},
    {"!", Kind::kFactorial},     {"\xE2\x88\x9A", Kind::kRootOf, 2},
};

struct Named {
  std::string_view word;
  int64_t value;
};
constexpr Named kSmallNumbers[] = {
    {"zero", 0},      {"one", 1},       {"two", 2},       {"three", 3},    {"four", 4},     {"five", 5},
    {"six", 6},       {"seven", 7},     {"eight", 8},     {"nine", 9},     {"ten", 10},     {"eleven", 11},
    {"twelve", 12},   {"thirteen", 13}, {"fourteen", 14}, {"fifteen", 15}, {"sixteen", 16}, {"seventeen", 17},
    {"eighteen", 18}, {"nineteen", 19}, {"twenty", 20},   {"thirty", 30},  {"forty", 40},   {"fifty", 50},
    {"sixty", 60},    {"seventy", 70},  {"eighty", 80},   {"ninety", 90},
};
constexpr Named kMagnitudes[] = {
    {"dozen", 12},          {"hundred", 100},           {"thousand", 1'000},
    {"million", 1'000'000}, {"billion", 1'000'000'000}, {"trillion", 1'000'000'000'000},
};
constexpr Named kParts[] = {
    {"half", 2},    {"halves", 2},  {"third", 3},  {"thirds", 3}, {"quarter", 4}, {"quarters", 4}, {"fourth", 4},
    {"fourths", 4}, {"fifth", 5},   {"fifths", 5}, {"sixth", 6},  {"sixths", 6},  {"seventh", 7},  {"sevenths", 7},
    {"eighth", 8},  {"eighths", 8}, {"ninth", 9},  {"ninths", 9}, {"tenth", 10},  {"tenths", 10},
};
constexpr Named kOrdinals[] = {{"second", 2},  {"third", 3},  {"fourth", 4}, {"fifth", 5}, {"sixth", 6},
                               {"seventh", 7}, {"eighth", 8}, {"ninth", 9},  {"tenth", 10}};
constexpr Named kMultiples[] = {{"double", 2}, {"twice", 2}, {"triple", 3}};
// UTF-8 fractions as quarters.
constexpr Named kVulgarFractions[] = {{"\xC2\xBC", 1}, {"\xC2\xBD", 2}, {"\xC2\xBE", 3}};
// They may stand before a number of money or a word, and change nothing.
constexpr std::string_view kIgnored[] = {"$", "\xC2\xA3", "\xE2\x82\xAC", "=", "?", ","};
constexpr std::string_view kPi = "3.141592653589793238462643383279502884197169399";

template <size_t N>
std::optional<int64_t> find(const Named (&table)[N], std::string_view word) {
  const auto* found =
      std::find_if(std::begin(table), std::end(table), [&](const Named& row) { return row.word == word; });
  return found == std::end(table) ? std::nullopt : std::optional(found->value);
}

bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {
    std::transform(text_.begin(), text_.end(), text_.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  }

  Result<std::vector<Token>> run() {
    while (true) {
      skip_blanks();
      if (at_ == text_.size()) break;
      TRY(read_one());
    }
    tokens_.push_back({});
    return std::move(tokens_);
  }

 private:
  void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }
  std::string_view rest() const { return std::string_view(text_).substr(at_); }
  void push(Kind kind, int64_t number = 0) { tokens_.push_back({kind, Exact(number), true}); }
  void push_number(const Exact& number, bool exact = true) { tokens_.push_back({Kind::kNumber, number, exact}); }

  // The letters from `from` on.
  std::string_view word_at(size_t from) const {
    size_t end = from;
    while (end < text_.size() && is_letter(text_[end])) ++end;
    return std::string_view(text_).substr(from, end - from);
  }

  // The word behind blanks, or behind one hyphen.
  std::string_view next_word(size_t& from) const {
    from = at_;
    if (from < text_.size() && text_[from] == '-') {
      ++from;
    } else {
      from = std::min(text_.find_first_not_of(' ', from), text_.size());
    }
    return word_at(from);
  }

  bool take_word(std::string_view wanted) {
    size_t from = 0;
    if (next_word(from) != wanted) return false;
    at_ = from + wanted.size();
    return true;
  }

  template <size_t N>
  std::optional<int64_t> take_word_of(const Named (&table)[N]) {
    size_t from = 0;
    const std::string_view word = next_word(from);
    const std::optional<int64_t> value = find(table, word);
    if (value) at_ = from + word.size();
    return value;
  }

  // Whether the words of a phrase stand here, each with any blanks between; takes them.
  bool take_phrase(std::string_view phrase) {
    size_t from = at_;
    while (!phrase.empty()) {
      const size_t length = std::min(phrase.find(' '), phrase.size());
      from = std::min(text_.find_first_not_of(' ', from), text_.size());
      if (word_at(from) != phrase.substr(0, length)) return false;
      from += length;
      phrase.remove_prefix(std::min(length + 1, phrase.size()));
    }
    at_ = from;
    return true;
  }

  Result<void> read_one() {
    if (is_digit(text_[at_]) || (text_[at_] == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]))) {
      return read_digits();
    }
    if (is_letter(text_[at_])) return read_word();
    for (const Sign& sign : kSigns) {
      if (!rest().starts_with(sign.bytes)) continue;
      at_ += sign.bytes.size();
      push(sign.kind, sign.number);
      return {};
    }
    for (const Named& fraction : kVulgarFractions) {
      if (!rest().starts_with(fraction.word)) continue;
      at_ += fraction.word.size();
      Exact value = Exact(fraction.value) / Exact(4);
      if (!tokens_.empty() && tokens_.back().kind == Kind::kNumber) {  // 2 1/2 as one sign
        value = value + tokens_.back().number;
        tokens_.pop_back();
      }
      push_number(value);
      return {};
    }
    for (const std::string_view small : {"\xC2\xB2", "\xC2\xB3"}) {  // squared, cubed
      if (!rest().starts_with(small)) continue;
      at_ += small.size();
      push(Kind::kPower);
      push_number(Exact(small == "\xC2\xB2" ? 2 : 3));
      return {};
    }
    if (rest().starts_with("\xCF\x80")) {
      at_ += 2;
      push_number(*Exact::parse(kPi), false);
      return {};
    }
    for (const std::string_view ignored : kIgnored) {
      if (!rest().starts_with(ignored)) continue;
      at_ += ignored.size();
      return {};
    }
    size_t end = at_ + 1;
    while (end < text_.size() && (static_cast<unsigned char>(text_[end]) & 0xC0) == 0x80) ++end;
    return unknown(std::string_view(text_).substr(at_, end - at_));
  }

  static Error unknown(std::string_view what) {
    return {ErrorKind::kInvalidArgument, fmt::format("\"{}\" is not part of a calculation I know", what)};
  }

  Result<void> read_digits() {
    std::string digits;
    bool grouped = false;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == ',' && digits.find('.') == std::string::npos && is_group(at_ + 1) && (grouped || digits.size() <= 3)) {
        grouped = true;
      } else if (c == ',' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1])) {
        return Error{ErrorKind::kInvalidArgument,
                     fmt::format("\"{},{}\" is unclear: write a point before decimals", digits, text_[at_ + 1])};
      } else if (is_digit(c) || (c == '.' && digits.find('.') == std::string::npos)) {
        digits += c;
      } else {
        break;
      }
      ++at_;
    }
    if (const size_t exponent = exponent_length(); exponent > 0) {
      digits += text_.substr(at_, exponent);
      at_ += exponent;
    }
    const std::optional<Exact> value = Exact::parse(digits);
    if (!value) return Error{ErrorKind::kInvalidArgument, fmt::format("the number {} is too long", digits)};
    for (const std::string_view ending : {"th", "st", "nd", "rd"}) {  // "to the 4th power"
      if (word_at(at_) == ending) at_ += ending.size();
    }
    finish_number(*value);
    return {};
  }

  // Three digits, and no fourth.
  bool is_group(size_t from) const {
    for (size_t i = from; i < from + 3; ++i) {
      if (i >= text_.size() || !is_digit(text_[i])) return false;
    }
    return from + 3 >= text_.size() || !is_digit(text_[from + 3]);
  }

  // "e5", "e-5"
  size_t exponent_length() const {
    if (at_ >= text_.size() || text_[at_] != 'e') return 0;
    size_t end = at_ + 1;
    if (end < text_.size() && (text_[end] == '-' || text_[end] == '+')) ++end;
    const size_t first = end;
    while (end < text_.size() && is_digit(text_[end])) ++end;
    return end > first ? end - at_ : 0;
  }

  // What may follow a number: "million", "and a half", "quarters".
  void finish_number(Exact value) {
    while (const std::optional<int64_t> magnitude = take_word_of(kMagnitudes)) value = value * Exact(*magnitude);
    const size_t before = at_;
    if (take_word("and") && (take_word("a") || take_word("one"))) {
      if (const std::optional<int64_t> part = take_word_of(kParts)) return push_number(value + Exact(1) / Exact(*part));
    }
    at_ = before;
    if (const std::optional<int64_t> part = take_word_of(kParts)) {
      if (!take_phrase("root of")) return push_number(value / Exact(*part));
      at_ = before;
    }
    push_number(value);
  }

  Result<void> read_word() {
    for (const Phrase& phrase : kPhrases) {
      if (!take_phrase(phrase.words)) continue;
      push(phrase.kind, phrase.number);
      return {};
    }
    for (const auto& [word, exponent] : {std::pair<std::string_view, int64_t>{"squared", 2}, {"cubed", 3}}) {
      if (!take_phrase(word)) continue;
      push(Kind::kPower);
      push_number(Exact(exponent));
      return {};
    }
    if (take_phrase("to the")) return read_ordinal_power();
    if (take_phrase("the")) return {};
    if (take_phrase("pi")) {
      push_number(*Exact::parse(kPi), false);
      return {};
    }
    if (const std::optional<int64_t> multiple = take_word_of(kMultiples)) {
      push_number(Exact(*multiple));
      push(Kind::kTimes);
      return {};
    }
    return read_number_words();
  }

  // "to the fourth power", "to the 4th"
  Result<void> read_ordinal_power() {
    push(Kind::kPower);
    skip_blanks();
    if (const std::optional<int64_t> ordinal = take_word_of(kOrdinals)) {
      push_number(Exact(*ordinal));
    } else if (at_ < text_.size() && is_digit(text_[at_])) {
      TRY(read_digits());
    } else {
      return unknown("to the");
    }
    (void)take_word("power");
    return {};
  }

  Result<void> read_number_words() {
    const size_t begin = at_;
    const bool article = take_word("a") || take_word("an");
    if (const std::optional<int64_t> part = article ? take_word_of(kParts) : std::nullopt) {
      push_number(Exact(1) / Exact(*part));
      return {};
    }
    std::optional<Exact> total;
    Exact group(article ? 1 : 0);
    int64_t last = 0;  // of kSmallNumbers, with no magnitude behind it
    bool any = false;
    while (true) {
      const size_t before = at_;
      // "and" joins only what is one number: "a hundred and five".
      if (any && take_word("and")) {
        size_t from = 0;
        if (!find(kSmallNumbers, next_word(from))) {
          at_ = before;
          break;
        }
      }
      if (const std::optional<int64_t> small = take_word_of(kSmallNumbers)) {
        // "twenty one", "one eighty" (180); "one two" may be anything.
        const bool is_hundreds = last >= 1 && last <= 9 && *small >= 10;
        if (last != 0 && !is_hundreds && (last < 20 || *small > 9)) {
          return Error{ErrorKind::kInvalidArgument,
                       fmt::format("the number \"{}\" is unclear", text_.substr(begin, at_ - begin))};
        }
        group = (is_hundreds ? group * Exact(100) : group) + Exact(*small);
        last = *small;
      } else if (const std::optional<int64_t> magnitude = take_word_of(kMagnitudes)) {
        last = 0;
        if (*magnitude <= 100) {
          group = group * Exact(*magnitude);
        } else {
          total = total.value_or(Exact(0)) + group * Exact(*magnitude);
          group = Exact(0);
        }
      } else {
        break;
      }
      any = true;
    }
    if (!any) {
      at_ = begin;
      if (const std::optional<int64_t> part = take_word_of(kParts)) {
        push_number(Exact(1) / Exact(*part));
        return {};
      }
      return unknown(word_at(begin));
    }
    finish_number(total.value_or(Exact(0)) + group + decimals_in_words());
    return {};
  }

  // "point two five"
  Exact decimals_in_words() {
    Exact value(0);
    const size_t before = at_;
    if (!take_word("point")) return value;
    Exact place(1);
    bool any = false;
    while (const std::optional<int64_t> digit = take_word_of(kSmallNumbers)) {
      place = place / Exact(10);
      value = value + Exact(*digit) * place;
      any = true;
    }
    if (!any) at_ = before;
    return value;
  }

  std::string text_;
  size_t at_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

Result<std::vector<CalculatorToken>> read_tokens(std::string_view expression) {
  if (expression.size() > kMaxExpressionBytes) {
    return Error{ErrorKind::kInvalidArgument,
                 fmt::format("the calculation is longer than {} characters", kMaxExpressionBytes)};
  }
  return Lexer(expression).run();
}

}  // namespace favilla

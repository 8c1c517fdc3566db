// Numbers in digits: see numbers.h; and the actions that put number words together.
#include "understand/numbers.h"

#include <cmath>

#include "understand/decimal.h"

namespace favilla {

NumberCategories::NumberCategories(const Grammar& grammar)
    : number(grammar.category("numeral")),
      integer(grammar.category("figures")),
      hour(grammar.category("hour")),
      minute(grammar.category("minute")),
      month_day(grammar.category("month_day")),
      month(grammar.category("month_number")),
      year(grammar.category("year4")),
      short_year(grammar.category("year2")),
      clock(grammar.category("hhmm")),
      date(grammar.category("yyyymmdd")) {}

namespace {

// Reads one number written in digits, its groups and its fraction.
class NumberReader {
 public:
  NumberReader(const std::vector<Token>& tokens, size_t from) : tokens_(tokens), at_(from) {}

  // One past the last token; the digits without separators are in `text`.
  size_t read(std::string& text) {
    const size_t from = at_;
    text = tokens_[at_++].text;
    const size_t first = text.size();
    if (first <= 3 && read_groups(",", text)) {
      read_fraction(".", text);
      return at_;
    }
    if (first <= 3 && grouped_by_points(from)) {
      text = tokens_[from].text;
      at_ = from + 1;
      read_groups(".", text);
      read_fraction(",", text);
      return at_;
    }
    if (first <= 3 && tokens_[from].text[0] != '0' && read_spaced_groups(text)) {
      read_fraction(".", text);
      return at_;
    }
    if (!read_fraction(".", text)) read_short_comma_fraction(text);
    return at_;
  }

 private:
  bool number_follows(size_t at, std::string_view sign) const {
    return at + 1 < tokens_.size() && tokens_[at].text == sign && !tokens_[at].space_before &&
           tokens_[at + 1].is_number && !tokens_[at + 1].space_before;
  }

  // ",234,567", or ",34,567" as written in India.
  bool read_groups(std::string_view sign, std::string& text) {
    size_t at = at_;
    std::string groups;
    size_t last = 0;
    while (number_follows(at, sign)) {
      last = tokens_[at + 1].text.size();
      if (last != 3 && last != 2) return false;
      groups += tokens_[at + 1].text;
      at += 2;
    }
    if (last != 3) return false;
    text += groups;
    at_ = at;
    return true;
  }

  // "1.111,11": points between groups are sure only when a comma follows.
  bool grouped_by_points(size_t from) const {
    size_t at = from + 1;
    int groups = 0;
    while (number_follows(at, ".") && tokens_[at + 1].text.size() == 3) {
      at += 2;
      ++groups;
    }
    return groups > 0 && number_follows(at, ",");
  }

  bool read_spaced_groups(std::string& text) {
    size_t at = at_;
    std::string groups;
    while (at < tokens_.size() && tokens_[at].is_number && tokens_[at].space_before &&
           tokens_[at].from <= tokens_[at - 1].to + 3 && tokens_[at].text.size() == 3) {
      groups += tokens_[at++].text;
    }
    const bool more_digits = at < tokens_.size() && tokens_[at].is_number;
    if (groups.empty() || more_digits) return false;
    text += groups;
    at_ = at;
    return true;
  }

  bool read_fraction(std::string_view sign, std::string& text) {
    if (!number_follows(at_, sign)) return false;
    // "192.168.1.2"
    const bool goes_on = number_follows(at_ + 2, sign);
    const bool has_begun = at_ >= 3 && tokens_[at_ - 3].is_number && number_follows(at_ - 2, sign);
    if (goes_on || has_begun) return false;
    text += "." + tokens_[at_ + 1].text;
    at_ += 2;
    return true;
  }

  // "1,3" is 1.3, "22,24,26" are three numbers.
  void read_short_comma_fraction(std::string& text) {
    const bool is_list = at_ >= 2 && tokens_[at_ - 2].text == "," && !tokens_[at_ - 1].space_before;
    if (is_list || !number_follows(at_, ",") || number_follows(at_ + 2, ",")) return;
    if (tokens_[at_ + 1].text.size() > 2) return;
    text += "." + tokens_[at_ + 1].text;
    at_ += 2;
  }

  const std::vector<Token>& tokens_;
  size_t at_;
};

void seed_one(Chart& chart, int category, size_t from, size_t to, const Value& value) {
  if (category < 0) return;
  Item item;
  item.category = category;
  item.from = static_cast<int>(from);
  item.to = static_cast<int>(to);
  item.value = value;
  chart.seed(std::move(item));
}

void seed_digits(const Token& token, size_t at, const NumberCategories& categories, Chart& chart) {
  if (token.value < 0) return;
  const int digits = static_cast<int>(token.text.size());
  Value value;
  value.number = make_decimal(token.value);
  value.integer = to_int(value.number).value_or(-1);
  value.digits = digits;
  const auto seed = [&](int category) { seed_one(chart, category, at, at + 1, value); };
  seed(categories.integer);
  const int number = value.integer;
  if (number < 0) return;
  if (digits <= 2 && number <= 24) seed(categories.hour);
  if (digits == 2 && number < 60) seed(categories.minute);
  if (digits <= 2 && number >= 1 && number <= 31) {
    value.spec.day = number;
    seed(categories.month_day);
    value.spec = {};
  }
  if (digits <= 2 && number >= 1 && number <= 12) {
    value.spec.month = number;
    seed(categories.month);
    value.spec = {};
  }
  if (digits == 2) {
    value.spec.year = number < 40 ? 2000 + number : 1900 + number;
    seed(categories.short_year);
  }
  if (digits == 4 && number >= 1100 && number < 3000) {
    value.spec.year = number;
    seed(categories.year);
  }
  value.spec = {};
  if ((digits == 3 || digits == 4) && number / 100 < 24 && number % 100 < 60) seed(categories.clock);
  if (digits == 8) seed(categories.date);
}

}  // namespace

void seed_numbers(const std::vector<Token>& tokens, const NumberCategories& categories, Chart& chart) {
  for (size_t at = 0; at < tokens.size(); ++at) {
    if (!tokens[at].is_number) continue;
    seed_digits(tokens[at], at, categories, chart);
    std::string text;
    const size_t end = NumberReader(tokens, at).read(text);
    const std::optional<Decimal> number = parse_decimal(text);
    if (!number) continue;
    Value value;
    value.number = *number;
    value.integer = to_int(*number).value_or(-1);
    value.digits = static_cast<int>(text.size());
    seed_one(chart, categories.number, at, end, value);
  }
}

namespace {

void set_number(Value& out, const Decimal& number) {
  out.number = number;
  out.integer = to_int(number).value_or(-1);
}

// integer N: a word with that number.
bool integer(const ActionInput& input, Value& out) {
  set_number(out, make_decimal(input.argument(0)));
  return true;
}

bool copy(const ActionInput& input, Value& out) {
  out = input.last();
  out.latent = false;
  return true;
}

// For words that only have to be marked.
bool copy_nothing(const ActionInput&, Value& out) {
  out.flag = true;
  return true;
}

bool sum(const ActionInput& input, Value& out) {
  Decimal total;
  for (int k = 0; k < input.count; ++k) total = add(total, input.at(k).number);
  set_number(out, total);
  return true;
}

// scale N: times 10^N.
bool scale(const ActionInput& input, Value& out) {
  const Decimal base = input.count > 0 ? input.at(0).number : make_decimal(1);
  set_number(out, multiply(base, make_decimal(1, input.argument(0))));
  return true;
}

// times: the product of all parts ("three dozen", "2 million", "half a million").
bool times(const ActionInput& input, Value& out) {
  Decimal product = make_decimal(1);
  for (int k = 0; k < input.count; ++k) product = multiply(product, input.at(k).number);
  set_number(out, product);
  return true;
}

// descending: a sum whose second part is smaller than the last place of the first ("two thousand and five").
bool descending(const ActionInput& input, Value& out) {
  const Decimal& large = input.at(0).number;
  const Decimal& small = input.last().number;
  if (!large.exact || !small.exact || small.exponent < 0) return false;
  if (to_double(small) >= std::pow(10.0, large.exponent)) return false;
  set_number(out, add(large, small));
  return true;
}

// limit LOW HIGH: a whole number in that range; also as hour, minute and day of the month.
bool limit(const ActionInput& input, Value& out) {
  const int number = input.at(0).integer;
  if (number < input.argument(0) || number > input.argument(1)) return false;
  set_number(out, input.at(0).number);
  out.digits = input.at(0).digits;
  return true;
}

// plus N: "twenty-firsts".
bool plus(const ActionInput& input, Value& out) {
  set_number(out, add(input.at(0).number, make_decimal(input.argument(0))));
  return true;
}

bool fraction(const ActionInput& input, Value& out) {
  const Decimal top = input.count > 1 ? input.at(0).number : make_decimal(1);
  const Decimal& bottom = input.last().number;
  if (bottom.mantissa == 0) return false;
  set_number(out, divide(top, bottom));
  return true;
}

// As above, less than one: "1 in 20", but not "8 in 5".
bool proper_fraction(const ActionInput& input, Value& out) {
  if (to_double(input.at(0).number) >= to_double(input.last().number)) return false;
  return fraction(input, out);
}

// part_of N D: N/D.
bool part_of(const ActionInput& input, Value& out) {
  set_number(out, divide(make_decimal(input.argument(0, 1)), make_decimal(input.argument(1, 1))));
  return true;
}

// Digits after "point", said one by one or as a number: `digits` counts them, so that zeros in front are kept.
bool spoken_digits(const ActionInput& input, Value& out) {
  std::string text;
  for (int k = 0; k < input.count; ++k) {
    const Value& part = input.at(k);
    std::string piece = to_text(part.number);
    if (k + 1 == input.count && part.digits > static_cast<int>(piece.size())) {
      piece.insert(0, static_cast<size_t>(part.digits) - piece.size(), '0');
    }
    text += piece;
  }
  const std::optional<Decimal> number = parse_decimal(text);
  if (!number) return false;
  out.number = *number;
  out.digits = static_cast<int>(text.size());
  return true;
}

bool point(const ActionInput& input, Value& out) {
  const Decimal places = make_decimal(1, -input.last().digits);
  set_number(out, add(input.at(0).number, multiply(input.last().number, places)));
  return true;
}

// ".25"
bool leading_point(const ActionInput& input, Value& out) {
  if (input.from > 0 && !input.situation.tokens[static_cast<size_t>(input.from)].space_before) return false;
  set_number(out, multiply(input.at(0).number, make_decimal(1, -input.at(0).digits)));
  return true;
}

// The last two numbers as a fraction, after a whole one if there are three: "1 4/5". Dates look alike: no third number.
bool slash(const ActionInput& input, Value& out) {
  const std::vector<Token>& tokens = input.situation.tokens;
  const auto is_slash = [&](int at) {
    return at >= 0 && at < static_cast<int>(tokens.size()) && tokens[static_cast<size_t>(at)].text == "/";
  };
  if (is_slash(input.from - 1) || is_slash(input.to)) return false;
  const Decimal& bottom = input.last().number;
  if (bottom.exact && bottom.mantissa == 0) return false;
  Decimal value = divide(input.at(input.count - 2).number, bottom);
  if (input.count > 2) value = add(value, input.at(0).number);
  set_number(out, value);
  return true;
}

// "three million and a half" is half a million more, "two and a half" half of one.
bool and_fraction(const ActionInput& input, Value& out) {
  const Decimal& whole = input.at(0).number;
  if (!whole.exact) return false;
  const int exponent = whole.exponent / 3 * 3;
  set_number(out, add(whole, multiply(input.last().number, make_decimal(1, std::max(exponent, 0)))));
  return true;
}

bool minus_tight(const ActionInput& input, Value& out) {
  set_number(out, negate(input.last().number));
  return true;
}

// relative N: "next" is 1, "this" 0, "last" -1.
bool relative(const ActionInput& input, Value& out) {
  out.integer = input.argument(0);
  out.flag = true;
  return true;
}

// digits N: a number written with so many.
bool digits(const ActionInput& input, Value& out) {
  out = input.at(0);
  return out.digits == input.argument(0);
}

// A sign needs a space or nothing before it: "2-1" is no negative number.
bool minus(const ActionInput& input, Value& out) {
  const Token& sign = input.situation.tokens[static_cast<size_t>(input.from)];
  if (input.from > 0 && sign.text == "-") {
    const Token& before = input.situation.tokens[static_cast<size_t>(input.from) - 1];
    if (!sign.space_before || before.is_number) return false;
  }
  set_number(out, negate(input.last().number));
  return true;
}

bool raise(const ActionInput& input, Value& out) {
  set_number(out, power(input.at(0).number, to_double(input.last().number)));
  return std::isfinite(out.number.approximate);
}

// "1.3x10^6", "1e10": the last part is the power of ten.
bool scientific(const ActionInput& input, Value& out) {
  const std::optional<int> exponent = to_int(input.last().number);
  if (!exponent || std::abs(*exponent) > 40) return false;
  set_number(out, multiply(input.at(0).number, make_decimal(1, *exponent)));
  return true;
}

bool ordinal(const ActionInput& input, Value& out) {
  const Value& number = input.at(0);
  if (!number.number.exact || number.number.exponent < 0) return false;
  out.number = number.number;
  out.integer = number.integer;
  out.digits = number.digits;
  return true;
}

// relative_ordinal OFFSET, then "start", "end" or "current".
bool relative_ordinal(const ActionInput& input, Value& out) {
  int offset = input.argument(0);
  if (input.count > 0) offset += 1 - input.at(0).integer;
  out.number = make_decimal(offset);
  out.integer = offset;
  out.text = input.rule.text;
  return true;
}

bool percentage(const ActionInput& input, Value& out) {
  set_number(out, input.at(0).number);
  return true;
}

// boolean 0|1
bool boolean(const ActionInput& input, Value& out) {
  out.integer = input.argument(0);
  return true;
}

constexpr NamedAction kNumberActions[] = {
    {"integer", integer},
    {"copy", copy},
    {"copy_nothing", copy_nothing},
    {"sum", sum},
    {"scale", scale},
    {"times", times},
    {"descending", descending},
    {"limit", limit},
    {"fraction", fraction},
    {"part_of", part_of},
    {"plus", plus},
    {"proper_fraction", proper_fraction},
    {"point", point},
    {"spoken_digits", spoken_digits},
    {"leading_point", leading_point},
    {"slash", slash},
    {"and_fraction", and_fraction},
    {"minus_tight", minus_tight},
    {"relative", relative},
    {"digits", digits},
    {"minus", minus},
    {"raise", raise},
    {"scientific", scientific},
    {"ordinal", ordinal},
    {"relative_ordinal", relative_ordinal},
    {"percentage", percentage},
    {"boolean", boolean},
};

}  // namespace

std::span<const NamedAction> number_actions() {
  return kNumberActions;
}

}  // namespace favilla

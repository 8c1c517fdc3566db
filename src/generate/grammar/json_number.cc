// A number is compared with its bounds from the first digit on: while its digits equal those of a bound it is "tight",
// and its next digit is limited by the bound's.
#include "generate/grammar/json_number.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <tuple>

namespace favilla::grammar {
namespace {

constexpr size_t kMaxDecimalDigits = 400;

void normalize(Decimal& decimal) {
  decimal.whole.erase(0, std::min(decimal.whole.find_first_not_of('0'), decimal.whole.size()));
  if (decimal.whole.empty()) decimal.whole.assign(1, '0');
  while (decimal.fraction.ends_with('0')) decimal.fraction.pop_back();
  if (decimal.is_zero()) decimal.negative = false;
}

// Without the sign.
int compare_magnitudes(const Decimal& a, const Decimal& b) {
  if (a.whole.size() != b.whole.size()) return a.whole.size() < b.whole.size() ? -1 : 1;
  const int whole = a.whole.compare(b.whole);
  const int order = whole != 0 ? whole : a.fraction.compare(b.fraction);
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

// Numbers without sign.
class MagnitudeWriter {
 public:
  MagnitudeWriter(NetworkBuilder& builder, const NumberRange& options, const NumberBound& low,
                  const std::optional<NumberBound>& high, StateId to)
      : builder_(builder), options_(options), low_(low), high_(high), to_(to) {}

  void write(StateId from) {
    const int most = options_.integer ? kMostIntegerDigits : kMostDigits;
    const int low_digits = static_cast<int>(low_.value.whole.size());
    const int high_digits = high_ ? static_cast<int>(high_->value.whole.size()) : most;
    for (int digits = low_digits; digits <= std::min(most, high_digits) && !builder_.full(); ++digits) {
      const At start{.digits = digits, .low_tight = digits == low_digits, .high_tight = high_ && digits == high_digits};
      builder_.epsilon(from, state_of(start));
    }
  }

 private:
  // What was written: `written` digits, the first `digits` of which (digits > 0) stand before the point.
  struct At {
    int digits = 0;
    int written = 0;
    bool point = false;  // the point has just been written
    bool low_tight = false, high_tight = false;
    uint32_t remainder = 0;
  };

  static char digit_of(const Decimal& bound, int index, int digits) {
    if (index < digits) return bound.whole[static_cast<size_t>(index)];
    const auto behind = static_cast<size_t>(index - digits);
    return behind < bound.fraction.size() ? bound.fraction[behind] : '0';
  }
  // Are the bound's digits from `index` on all zero?
  static bool nothing_left(const Decimal& bound, int index, int digits) {
    return static_cast<size_t>(index - digits) >= bound.fraction.size();
  }

  bool may_end(const At& at) const {
    if (at.written < at.digits || at.point || at.remainder != 0) return false;
    if (at.low_tight) {
      const bool equal = nothing_left(low_.value, at.written, at.digits);
      if (!equal || low_.exclusive) return false;
    }
    return !(at.high_tight && high_->exclusive && nothing_left(high_->value, at.written, at.digits));
  }

  bool more_digits(const At& at) const {
    if (at.written < at.digits) return true;
    if (options_.integer || (at.written == at.digits && !at.point)) return false;
    return at.written < kMostDigits && at.written - at.digits < options_.most_fraction_digits;
  }

  StateId state_of(const At& at) {
    // Integers that are not tight differ only in how many digits are left.
    const bool shared = options_.integer && !at.low_tight && !at.high_tight && at.written > 0;
    const int digits = shared ? 0 : at.digits;
    const int position = shared ? at.written - at.digits : at.written;
    const auto key = std::tuple(digits, position, at.point, at.low_tight, at.high_tight, at.remainder);
    const auto known = states_.find(key);
    if (known != states_.end()) return known->second;
    const StateId state = builder_.new_state();
    states_.emplace(key, state);
    if (!builder_.full()) fill(at, state);
    return state;
  }

  void fill(const At& at, StateId state) {
    if (may_end(at)) builder_.epsilon(state, to_);
    const bool point_next = !options_.integer && at.written == at.digits && !at.point;
    if (point_next && at.written < kMostDigits && options_.most_fraction_digits > 0) {
      At next = at;
      next.point = true;
      builder_.bytes(state, '.', '.', state_of(next));
    }
    if (!more_digits(at)) return;
    const bool first_of_many = at.written == 0 && at.digits > 1;
    const char least = at.low_tight ? digit_of(low_.value, at.written, at.digits) : '0';
    const char most = at.high_tight ? digit_of(high_->value, at.written, at.digits) : '9';
    for (char digit = std::max(least, first_of_many ? '1' : '0'); digit <= most; ++digit) {
      At next = at;
      next.point = false;
      ++next.written;
      next.low_tight = at.low_tight && digit == least;
      next.high_tight = at.high_tight && digit == most;
      next.remainder = (at.remainder * 10 + static_cast<uint32_t>(digit - '0')) % options_.multiple_of;
      builder_.bytes(state, static_cast<uint8_t>(digit), static_cast<uint8_t>(digit), state_of(next));
    }
  }

  NetworkBuilder& builder_;
  const NumberRange& options_;
  NumberBound low_;
  std::optional<NumberBound> high_;
  StateId to_;
  std::map<std::tuple<int, int, bool, bool, bool, uint32_t>, StateId> states_;
};

}  // namespace

std::optional<Decimal> to_decimal(const Json& number) {
  std::string text;
  if (number.is_number_unsigned()) {
    text = fmt::format("{}", number.get<uint64_t>());
  } else if (number.is_number_integer()) {
    text = fmt::format("{}", number.get<int64_t>());
  } else {
    const auto value = number.get<double>();
    if (!std::isfinite(value)) return std::nullopt;
    text = fmt::format("{}", value);
  }
  Decimal decimal{.negative = text.starts_with('-'), .whole = {}};
  if (decimal.negative) text.erase(0, 1);
  int exponent = 0;
  const size_t e = text.find('e');
  if (e != std::string::npos) {
    const char* digits = text.data() + e + (text[e + 1] == '+' ? 2 : 1);
    std::from_chars(digits, text.data() + text.size(), exponent);
    text.resize(e);
  }
  const size_t point = std::min(text.find('.'), text.size());
  decimal.whole = text.substr(0, point);
  decimal.fraction = point < text.size() ? text.substr(point + 1) : "";
  if (std::abs(exponent) > static_cast<int>(kMaxDecimalDigits)) return std::nullopt;
  for (; exponent > 0; --exponent) {
    decimal.whole += decimal.fraction.empty() ? '0' : decimal.fraction.front();
    if (!decimal.fraction.empty()) decimal.fraction.erase(0, 1);
  }
  for (; exponent < 0; ++exponent) {
    decimal.fraction.insert(decimal.fraction.begin(), decimal.whole.empty() ? '0' : decimal.whole.back());
    if (!decimal.whole.empty()) decimal.whole.pop_back();
  }
  normalize(decimal);
  return decimal;
}

int compare(const Decimal& a, const Decimal& b) {
  if (a.negative != b.negative) return a.negative ? -1 : 1;
  return a.negative ? compare_magnitudes(b, a) : compare_magnitudes(a, b);
}

void write_numbers(NetworkBuilder& builder, const NumberRange& range, StateId from, StateId to) {
  const Decimal zero;
  const auto negated = [](NumberBound bound) {
    bound.value.negative = false;
    return bound;
  };
  const bool empty = range.low && range.high && compare(range.low->value, range.high->value) > 0;
  if (empty) return;
  if (!range.high || !range.high->value.negative) {
    const bool from_zero = !range.low || range.low->value.negative;
    const NumberBound low = from_zero ? NumberBound{zero, false} : *range.low;
    MagnitudeWriter(builder, range, low, range.high, to).write(from);
  }
  if (!range.low || range.low->value.negative) {
    const bool up_to_zero = !range.high || !range.high->value.negative;
    const NumberBound low = up_to_zero ? NumberBound{zero, true} : negated(*range.high);
    const std::optional<NumberBound> high = range.low ? std::optional(negated(*range.low)) : std::nullopt;
    const StateId minus = builder.new_state();
    builder.bytes(from, '-', '-', minus);
    MagnitudeWriter(builder, range, low, high, to).write(minus);
  }
}

}  // namespace favilla::grammar

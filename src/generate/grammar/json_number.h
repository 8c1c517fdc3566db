// JSON numbers between bounds, exactly, digit by digit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "generate/grammar/network.h"

namespace favilla::grammar {

// A decimal number: digits before the point (at least one, no leading zeros) and behind it (no trailing zeros).
struct Decimal {
  bool negative = false;
  std::string whole = "0";
  std::string fraction = {};

  bool is_zero() const { return whole == "0" && fraction.empty(); }
};

// Requires a number. nullopt: not finite, or with more than 400 digits.
std::optional<Decimal> to_decimal(const Json& number);

// -1, 0, 1.
int compare(const Decimal& a, const Decimal& b);

struct NumberBound {
  Decimal value;
  bool exclusive = false;
};

struct NumberRange {
  bool integer = false;
  std::optional<NumberBound> low = std::nullopt, high = std::nullopt;
  uint32_t multiple_of = 1;       // integers only
  int most_fraction_digits = 15;  // of numbers that are no integers
};

// Digits that are written at most: of an integer; of another number, before and behind the point together.
inline constexpr int kMostIntegerDigits = 18;
inline constexpr int kMostDigits = 15;
inline constexpr uint32_t kMostMultiple = 100;

// Adds the numbers of the range in plain notation, without exponent, from `from` to `to`; zero has no sign. An empty
// range adds no way to `to`.
void write_numbers(NetworkBuilder& builder, const NumberRange& range, StateId from, StateId to);

}  // namespace favilla::grammar

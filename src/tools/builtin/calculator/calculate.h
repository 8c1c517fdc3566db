// Calculations as people write and say them, worked out exactly.
//
//   Calculated tip = TRY(calculate("15% of 48.60"));
//   tip.value.fraction();        // "729/100"
//   say_number(tip).text;        // "7.29"
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "tools/builtin/calculator/exact.h"

namespace favilla {

struct Calculated {
  Exact value{0};
  bool exact = true;     // false: a root that does not end, or pi; right to kResultDigits digits
  bool trivial = false;  // the text was one number, so that there was nothing to work out
};

// + - * / ^ % ! mod, brackets, roots, "20% of 85", "20% off 85", "85 plus 20%", and their words. Powers bind to the
// right and before a minus sign (-2^2 is -4); "a mod b" has the sign of b. Brackets at the ends may be missing.
// kInvalidArgument for what is no calculation or has no result (a division by zero); kExhausted when the result would
// have more than about 10,000 digits.
Result<Calculated> calculate(std::string_view expression);

// A number for people: thousands separators, and at most `significant` digits unless all digits are few.
struct SaidNumber {
  std::string text;    // "1,234.5", "2.43 x 10^18"
  bool about = false;  // rounded
};
SaidNumber say_number(const Calculated& number, int significant = 10);

// For programs: all digits when there are at most 10,000 and they end, else kResultDigits of them.
std::string number_text(const Calculated& number);

}  // namespace favilla

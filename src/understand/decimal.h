// Arithmetic on the numbers of a sentence: exact while that fits into 18 digits, else a double.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "understand/values.h"

namespace favilla {

Decimal make_decimal(int64_t mantissa, int exponent = 0);

// Digits with at most one point, no sign: "4.800". nullopt for anything else or more than 18 digits.
std::optional<Decimal> parse_decimal(std::string_view digits);

Decimal add(const Decimal& left, const Decimal& right);
Decimal multiply(const Decimal& left, const Decimal& right);
Decimal divide(const Decimal& left, const Decimal& right);  // requires right != 0
Decimal power(const Decimal& base, double exponent);
Decimal negate(const Decimal& value);

double to_double(const Decimal& value);
std::optional<int> to_int(const Decimal& value);  // nullopt: a fraction, or beyond +-1,000,000,000

// "13.45", "-1000000", "0.666666666666667" (15 significant digits when not exact).
std::string to_text(const Decimal& value);

}  // namespace favilla

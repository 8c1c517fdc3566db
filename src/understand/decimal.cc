// Decimals: see decimal.h.
#include "understand/decimal.h"

#include <fmt/format.h>

#include <cmath>

namespace favilla {
namespace {

constexpr int kMaxExponent = 60;

Decimal inexact(double value) {
  Decimal out;
  out.exact = false;
  out.approximate = value;
  return out;
}

Decimal normal(__int128 mantissa, int exponent) {
  while (mantissa != 0 && mantissa % 10 == 0) {
    mantissa /= 10;
    ++exponent;
  }
  if (mantissa == 0) exponent = 0;
  const __int128 limit = INT64_MAX;
  if (mantissa > limit || mantissa < -limit || std::abs(exponent) > kMaxExponent) {
    return inexact(static_cast<double>(mantissa) * std::pow(10.0, exponent));
  }
  Decimal out;
  out.mantissa = static_cast<int64_t>(mantissa);
  out.exponent = exponent;
  return out;
}

}  // namespace

Decimal make_decimal(int64_t mantissa, int exponent) {
  return normal(mantissa, exponent);
}

std::optional<Decimal> parse_decimal(std::string_view digits) {
  __int128 mantissa = 0;
  int exponent = 0;
  int count = 0;
  bool point = false;
  for (const char c : digits) {
    if (c == '.' && !point) {
      point = true;
    } else if (c >= '0' && c <= '9') {
      mantissa = mantissa * 10 + (c - '0');
      if (++count > 18) return std::nullopt;
      if (point) --exponent;
    } else {
      return std::nullopt;
    }
  }
  if (count == 0) return std::nullopt;
  return normal(mantissa, exponent);
}

Decimal add(const Decimal& left, const Decimal& right) {
  if (!left.exact || !right.exact) return inexact(to_double(left) + to_double(right));
  const int exponent = std::min(left.exponent, right.exponent);
  __int128 sum = 0;
  for (const Decimal* part : {&left, &right}) {
    __int128 mantissa = part->mantissa;
    if (part->exponent - exponent > 18) return inexact(to_double(left) + to_double(right));
    for (int k = exponent; k < part->exponent; ++k) mantissa *= 10;
    sum += mantissa;
  }
  return normal(sum, exponent);
}

Decimal multiply(const Decimal& left, const Decimal& right) {
  if (!left.exact || !right.exact) return inexact(to_double(left) * to_double(right));
  return normal(static_cast<__int128>(left.mantissa) * right.mantissa, left.exponent + right.exponent);
}

Decimal divide(const Decimal& left, const Decimal& right) {
  if (left.exact && right.exact) {
    __int128 mantissa = left.mantissa;
    for (int shift = 0; shift <= 18; ++shift, mantissa *= 10) {
      if (mantissa % right.mantissa == 0) {
        return normal(mantissa / right.mantissa, left.exponent - right.exponent - shift);
      }
    }
  }
  return inexact(to_double(left) / to_double(right));
}

Decimal power(const Decimal& base, double exponent) {
  return inexact(std::pow(to_double(base), exponent));
}

Decimal negate(const Decimal& value) {
  Decimal out = value;
  out.mantissa = -out.mantissa;
  out.approximate = -out.approximate;
  return out;
}

double to_double(const Decimal& value) {
  return value.exact ? static_cast<double>(value.mantissa) * std::pow(10.0, value.exponent) : value.approximate;
}

std::optional<int> to_int(const Decimal& value) {
  if (!value.exact || value.exponent < 0 || value.exponent > 9) return std::nullopt;
  __int128 whole = value.mantissa;
  for (int k = 0; k < value.exponent; ++k) whole *= 10;
  if (whole > 1'000'000'000 || whole < -1'000'000'000) return std::nullopt;
  return static_cast<int>(whole);
}

std::string to_text(const Decimal& value) {
  if (!value.exact) {
    const double magnitude = std::abs(value.approximate);
    const bool plain = magnitude >= 1e-6 && magnitude < 1e15;
    return plain ? fmt::format("{:.15g}", value.approximate) : fmt::format("{:.14e}", value.approximate);
  }
  const std::string_view sign = value.mantissa < 0 ? "-" : "";
  const int64_t magnitude = value.mantissa < 0 ? -value.mantissa : value.mantissa;
  if (value.exponent >= 0) return fmt::format("{}{}{:0<{}}", sign, magnitude, "", value.exponent);
  const size_t places = static_cast<size_t>(-value.exponent);
  const std::string digits = fmt::format("{:0>{}}", magnitude, places + 1);
  const std::string_view shown = digits;
  return fmt::format("{}{}.{}", sign, shown.substr(0, digits.size() - places), shown.substr(digits.size() - places));
}

}  // namespace favilla

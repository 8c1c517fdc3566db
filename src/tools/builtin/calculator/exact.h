// Exact numbers: fractions of whole numbers of any size, so that 0.1 + 0.2 is 0.3 and a third stays a third.
//
//   const Exact third = Exact(1) / Exact(3);
//   third.fraction();            // "1/3"
//   third.rounded(5).text();     // "0.33333"
//   *exact_decimal(Exact(1) / Exact(8));  // "0.125"
//
// Sizes are the caller's business: each operation may double the digits, and only power() and factorial() are
// guarded here.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace favilla {

// The largest numbers that the calculator works with: numerator and denominator have at most so many bits (10,000
// decimal digits).
inline constexpr size_t kMaxExactBits = 33'220;

// A number as decimal digits: 0.digits * 10^point, with a sign. Zero has the digits "0".
struct Digits {
  bool negative = false;
  std::string digits;  // no zeros at the ends
  int64_t point = 0;   // how many digits stand before the point; may be negative or more than there are

  // "-1234.5", "0.00012", or "1.2e+40" outside of 1e-15 .. 1e+`plain_places`.
  std::string text(int64_t plain_places = 40) const;
};

// A value that never changes; copies share it.
class Exact {
 public:
  explicit Exact(int64_t value = 0);

  // Decimal digits with at most one point, perhaps a sign and an exponent of ten: "12", "-.5", "1.5e-3". nullopt for
  // anything else, for more than 2,000 characters, and for exponents beyond +-9,999.
  static std::optional<Exact> parse(std::string_view text);

  friend Exact operator+(const Exact& left, const Exact& right);
  friend Exact operator-(const Exact& left, const Exact& right);
  friend Exact operator*(const Exact& left, const Exact& right);
  friend Exact operator/(const Exact& left, const Exact& right);  // requires right != 0
  friend bool operator==(const Exact& left, const Exact& right);

  int sign() const;  // -1, 0, 1
  bool is_integer() const;
  bool fits() const;  // within kMaxExactBits
  Exact floor() const;
  Exact numerator() const;                  // with the sign
  Exact denominator() const;                // > 0
  std::optional<int64_t> to_int64() const;  // nullopt: a fraction, or too large

  // Requires exponent >= 0, or this != 0. nullopt when the result would not fit.
  std::optional<Exact> power(int64_t exponent) const;

  // The root, exact when it is a fraction; otherwise cut after more than 40 significant digits. Requires degree >= 1,
  // and sign() >= 0 for even degrees.
  struct Root;
  Root root(unsigned degree) const;

  std::string fraction() const;           // "1/3", "-7"
  Digits rounded(int significant) const;  // half to even; requires significant >= 1

 private:
  struct Rational;
  explicit Exact(std::shared_ptr<const Rational> value) : value_(std::move(value)) {}
  std::shared_ptr<const Rational> value_;
};

struct Exact::Root {
  Exact value;
  bool exact = false;
};

// nullopt unless 0 <= n and the result fits.
std::optional<Exact> factorial(int64_t n);

// All digits, when the decimal fraction ends and has at most max_digits digits.
std::optional<std::string> exact_decimal(const Exact& value, size_t max_digits = 10'000);

// 34 significant digits: of constants, and how many a result has when its digits do not end.
inline constexpr int kResultDigits = 34;

}  // namespace favilla

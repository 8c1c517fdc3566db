// The only file that includes GMP. Its functions end the process when memory is short, which is why sizes are limited
// before they grow.
#include "tools/builtin/calculator/exact.h"

#include <gmp.h>

#include <algorithm>
#include <charconv>

namespace favilla {
namespace {

constexpr size_t kMaxNumberChars = 2'000;
constexpr int64_t kMaxDecimalExponent = 9'999;
// Significant digits of a root that does not end: a few more than are ever shown.
constexpr int64_t kRootDigits = 44;

class Integer {
 public:
  Integer() { mpz_init(value_); }
  explicit Integer(mpz_srcptr value) { mpz_init_set(value_, value); }
  Integer(const Integer&) = delete;
  Integer& operator=(const Integer&) = delete;
  ~Integer() { mpz_clear(value_); }
  operator mpz_ptr() { return value_; }  // NOLINT: GMP's functions take pointers
  operator mpz_srcptr() const { return value_; }

 private:
  mpz_t value_;
};

std::string to_text(mpz_srcptr value) {
  std::string text(mpz_sizeinbase(value, 10) + 2, '\0');
  mpz_get_str(text.data(), 10, value);
  text.resize(text.find('\0'));
  return text;
}

// 10^exponent
void set_power_of_ten(mpz_ptr out, uint64_t exponent) {
  mpz_ui_pow_ui(out, 10, exponent);
}

// How many decimal digits |value| has; 1 too many now and then.
int64_t digit_count(mpz_srcptr value) {
  return static_cast<int64_t>(mpz_sizeinbase(value, 10));
}

// numerator / denominator to the nearest whole number, halves to the even one. Both positive.
void divide_half_even(mpz_ptr quotient, mpz_srcptr numerator, mpz_srcptr denominator) {
  Integer rest;
  mpz_fdiv_qr(quotient, rest, numerator, denominator);
  mpz_mul_2exp(rest, rest, 1);
  const int half = mpz_cmp(rest, denominator);
  if (half > 0 || (half == 0 && mpz_odd_p(quotient))) mpz_add_ui(quotient, quotient, 1);
}

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

struct Exact::Rational {
  Rational() { mpq_init(value); }
  Rational(const Rational&) = delete;
  Rational& operator=(const Rational&) = delete;
  ~Rational() { mpq_clear(value); }
  mpq_t value;
};

Exact::Exact(int64_t value) {
  const auto made = std::make_shared<Rational>();
  mpq_set_si(made->value, value, 1);
  value_ = made;
}

std::optional<Exact> Exact::parse(std::string_view text) {
  if (text.size() > kMaxNumberChars) return std::nullopt;
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  int64_t exponent = 0;
  if (const size_t mark = text.find_first_of("eE"); mark != std::string_view::npos) {
    std::string_view written = text.substr(mark + 1);
    if (written.starts_with('+')) written.remove_prefix(1);
    const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), exponent);
    if (error != std::errc() || end != written.data() + written.size()) return std::nullopt;
    if (exponent > kMaxDecimalExponent || exponent < -kMaxDecimalExponent) return std::nullopt;
    text = text.substr(0, mark);
  }
  const size_t point = std::min(text.find('.'), text.size());
  std::string digits(text.substr(0, point));
  if (point < text.size()) {
    digits += text.substr(point + 1);
    exponent -= static_cast<int64_t>(text.size() - point - 1);
  }
  if (digits.empty() || !all_digits(digits)) return std::nullopt;
  const auto made = std::make_shared<Rational>();
  mpz_set_str(mpq_numref(made->value), digits.c_str(), 10);
  Integer scale;
  set_power_of_ten(scale, static_cast<uint64_t>(std::abs(exponent)));
  if (exponent >= 0) {
    mpz_mul(mpq_numref(made->value), mpq_numref(made->value), scale);
  } else {
    mpz_set(mpq_denref(made->value), scale);
    mpq_canonicalize(made->value);
  }
  if (negative) mpq_neg(made->value, made->value);
  return Exact(made);
}

Exact operator+(const Exact& left, const Exact& right) {
  const auto made = std::make_shared<Exact::Rational>();
  mpq_add(made->value, left.value_->value, right.value_->value);
  return Exact(made);
}

Exact operator-(const Exact& left, const Exact& right) {
  const auto made = std::make_shared<Exact::Rational>();
  mpq_sub(made->value, left.value_->value, right.value_->value);
  return Exact(made);
}

Exact operator*(const Exact& left, const Exact& right) {
  const auto made = std::make_shared<Exact::Rational>();
  mpq_mul(made->value, left.value_->value, right.value_->value);
  return Exact(made);
}

Exact operator/(const Exact& left, const Exact& right) {
  const auto made = std::make_shared<Exact::Rational>();
  mpq_div(made->value, left.value_->value, right.value_->value);
  return Exact(made);
}

bool operator==(const Exact& left, const Exact& right) {
  return mpq_equal(left.value_->value, right.value_->value) != 0;
}

int Exact::sign() const {
  return mpq_sgn(value_->value);
}

bool Exact::is_integer() const {
  return mpz_cmp_ui(mpq_denref(value_->value), 1) == 0;
}

bool Exact::fits() const {
  return mpz_sizeinbase(mpq_numref(value_->value), 2) <= kMaxExactBits &&
         mpz_sizeinbase(mpq_denref(value_->value), 2) <= kMaxExactBits;
}

Exact Exact::floor() const {
  const auto made = std::make_shared<Rational>();
  mpz_fdiv_q(mpq_numref(made->value), mpq_numref(value_->value), mpq_denref(value_->value));
  return Exact(made);
}

Exact Exact::numerator() const {
  const auto made = std::make_shared<Rational>();
  mpz_set(mpq_numref(made->value), mpq_numref(value_->value));
  return Exact(made);
}

Exact Exact::denominator() const {
  const auto made = std::make_shared<Rational>();
  mpz_set(mpq_numref(made->value), mpq_denref(value_->value));
  return Exact(made);
}

std::optional<int64_t> Exact::to_int64() const {
  if (!is_integer() || !mpz_fits_slong_p(mpq_numref(value_->value))) return std::nullopt;
  return mpz_get_si(mpq_numref(value_->value));
}

std::optional<Exact> Exact::power(int64_t exponent) const {
  const uint64_t times = exponent < 0 ? uint64_t{0} - static_cast<uint64_t>(exponent) : static_cast<uint64_t>(exponent);
  const size_t bits =
      std::max(mpz_sizeinbase(mpq_numref(value_->value), 2), mpz_sizeinbase(mpq_denref(value_->value), 2));
  // 0, 1 and -1 stay small; a number of b bits has at least (b - 1) * times bits when raised.
  if (bits > 1 && times > kMaxExactBits / (bits - 1)) return std::nullopt;
  const auto made = std::make_shared<Rational>();
  if (bits <= 1) {
    const bool one = sign() != 0 || times == 0;
    mpq_set_si(made->value, !one ? 0 : sign() < 0 && times % 2 == 1 ? -1 : 1, 1);
    return Exact(made);
  }
  mpz_pow_ui(mpq_numref(made->value), mpq_numref(value_->value), times);
  mpz_pow_ui(mpq_denref(made->value), mpq_denref(value_->value), times);
  if (exponent < 0) mpq_inv(made->value, made->value);
  const Exact raised(made);
  if (!raised.fits()) return std::nullopt;
  return raised;
}

Exact::Root Exact::root(unsigned degree) const {
  const auto made = std::make_shared<Rational>();
  const mpz_srcptr numerator = mpq_numref(value_->value);
  const mpz_srcptr denominator = mpq_denref(value_->value);
  if (mpz_root(mpq_numref(made->value), numerator, degree) != 0 &&
      mpz_root(mpq_denref(made->value), denominator, degree) != 0) {
    return {Exact(made), true};
  }
  // root(n/d) = root(n * 10^(k * degree) / d) / 10^k, with k so that the root has enough digits.
  const int64_t size = (digit_count(numerator) - digit_count(denominator)) / static_cast<int64_t>(degree);
  const auto places = static_cast<uint64_t>(std::max<int64_t>(kRootDigits - size, 0));
  Integer scaled;
  set_power_of_ten(scaled, places * degree);
  mpz_mul(scaled, scaled, numerator);
  mpz_tdiv_q(scaled, scaled, denominator);
  mpz_root(mpq_numref(made->value), scaled, degree);
  set_power_of_ten(mpq_denref(made->value), places);
  mpq_canonicalize(made->value);
  return {Exact(made), false};
}

std::string Exact::fraction() const {
  std::string text = to_text(mpq_numref(value_->value));
  if (!is_integer()) text.append("/").append(to_text(mpq_denref(value_->value)));
  return text;
}

Digits Exact::rounded(int significant) const {
  if (sign() == 0) return {false, "0", 1};
  Integer numerator(mpq_numref(value_->value));
  mpz_abs(numerator, numerator);
  const mpz_srcptr denominator = mpq_denref(value_->value);
  // The number is below 10^point, and almost always at least a tenth of that.
  int64_t point = digit_count(numerator) - digit_count(denominator) + 1;
  std::string digits;
  while (true) {
    const int64_t shift = significant - point;
    Integer scale, scaled, divisor(denominator);
    set_power_of_ten(scale, static_cast<uint64_t>(std::abs(shift)));
    mpz_mul(scaled, numerator, scale);
    if (shift < 0) {
      mpz_set(scaled, numerator);
      mpz_mul(divisor, divisor, scale);
    }
    divide_half_even(scaled, scaled, divisor);
    digits = to_text(scaled);
    const auto count = static_cast<int64_t>(digits.size());
    if (count == significant) break;
    // One digit too many only by rounding 999.. up to 1000..: that is a power of ten, and cutting its zeros is exact.
    if (count > significant && digits.find_first_not_of('0', 1) == std::string::npos) {
      point += count - significant;
      break;
    }
    point += count > significant ? 1 : -1;
  }
  digits.resize(digits.find_last_not_of('0') + 1);
  return {sign() < 0, digits, point};
}

std::string Digits::text(int64_t plain_places) const {
  std::string text = negative ? "-" : "";
  const auto count = static_cast<int64_t>(digits.size());
  if (point > plain_places || point < -14) {
    text += digits.substr(0, 1);
    if (count > 1) text.append(".").append(digits, 1);
    const int64_t exponent = point - 1;
    return text + (exponent < 0 ? "e-" : "e+") + std::to_string(std::abs(exponent));
  }
  if (point <= 0) return text + "0." + std::string(static_cast<size_t>(-point), '0') + digits;
  if (point >= count) return text + digits + std::string(static_cast<size_t>(point - count), '0');
  return text + digits.substr(0, static_cast<size_t>(point)) + "." + digits.substr(static_cast<size_t>(point));
}

std::optional<Exact> factorial(int64_t n) {
  constexpr int64_t kLargest = 3'249;  // the last whose factorial has at most 10,000 digits
  if (n < 0 || n > kLargest) return std::nullopt;
  Exact product(1);
  for (int64_t factor = 2; factor <= n; ++factor) product = product * Exact(factor);
  return product;
}

std::optional<std::string> exact_decimal(const Exact& value, size_t max_digits) {
  // The decimal ends when the denominator is 2^a * 5^b: then it divides 10^max(a, b).
  Exact rest = value.denominator();
  size_t twos = 0;
  size_t fives = 0;
  for (const auto& [prime, count] : {std::pair<int64_t, size_t*>{2, &twos}, {5, &fives}}) {
    while (true) {
      const Exact divided = rest / Exact(prime);
      if (!divided.is_integer()) break;
      rest = divided;
      if (++*count > max_digits) return std::nullopt;
    }
  }
  if (!(rest == Exact(1))) return std::nullopt;
  const size_t places = std::max(twos, fives);
  const std::optional<Exact> scale = Exact(10).power(static_cast<int64_t>(places));
  if (!scale) return std::nullopt;
  std::string digits = (value * *scale).fraction();
  if (digits.size() > max_digits + 1) return std::nullopt;
  if (places == 0) return digits;
  const size_t sign = digits.starts_with('-') ? 1 : 0;
  if (digits.size() - sign <= places) digits.insert(sign, places + 1 - (digits.size() - sign), '0');
  digits.insert(digits.size() - places, 1, '.');
  return digits;
}

}  // namespace favilla

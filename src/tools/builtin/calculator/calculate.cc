#include "tools/builtin/calculator/calculate.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "tools/builtin/calculator/tokens.h"

namespace favilla {
namespace {

using Token = CalculatorToken;
using Kind = CalculatorToken::Kind;

constexpr int kMaxDepth = 100;           // of brackets and signs
constexpr int64_t kMaxRootDegree = 100;  // also of powers such as 2^0.01
constexpr int64_t kShownWhole = 24;      // digits of whole numbers that are shown in full
constexpr size_t kShownDecimals = 6;     // decimals that are shown in full

Error invalid(std::string message) {
  return {ErrorKind::kInvalidArgument, std::move(message)};
}

// A calculation that is understood and has no answer: other words would not help.
Error no_result(std::string message) {
  return {ErrorKind::kUnsupported, std::move(message)};
}

struct Value {
  Exact number{0};
  bool exact = true;
  bool percent = false;  // "20%": added or taken away, it is a part of the other side
};

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  Result<Calculated> run() {
    const bool trivial = tokens_.size() == 2 && tokens_[0].kind == Kind::kNumber;
    const Value value = TRY(sum());
    if (here() == Kind::kClose) return invalid("there is a ')' without its '('");
    if (here() != Kind::kEnd) return invalid("two numbers stand side by side: what joins them?");
    return Calculated{value.number, value.exact, trivial};
  }

 private:
  Kind here() const { return tokens_[at_].kind; }
  bool take(Kind kind) {
    if (here() != kind) return false;
    ++at_;
    return true;
  }

  static Result<Value> checked(const Exact& number, bool exact) {
    if (!number.fits()) return too_large();
    return Value{number, exact, false};
  }
  static Error too_large() { return {ErrorKind::kExhausted, "the result would have more than 10,000 digits"}; }

  Result<Value> sum() {
    Value left = TRY(product());
    while (here() == Kind::kPlus || here() == Kind::kMinus) {
      const bool plus = tokens_[at_++].kind == Kind::kPlus;
      const Value right = TRY(product());
      const Exact amount = right.percent && !left.percent ? left.number * right.number : right.number;
      const bool percents = left.percent && right.percent;
      left = TRY(checked(plus ? left.number + amount : left.number - amount, left.exact && right.exact));
      left.percent = percents;
    }
    return left;
  }

  Result<Value> product() {
    Value left = TRY(signed_factor());
    while (true) {
      const Kind kind = here();
      if (kind == Kind::kOpen) {  // 2(3 + 4)
        const Value right = TRY(signed_factor());
        left = TRY(checked(left.number * right.number, left.exact && right.exact));
        continue;
      }
      if (kind != Kind::kTimes && kind != Kind::kDivide && kind != Kind::kModulo && kind != Kind::kOf &&
          kind != Kind::kOff) {
        return left;
      }
      ++at_;
      const Value right = TRY(signed_factor());
      left = TRY(combine(kind, left, right));
    }
  }

  static Result<Value> combine(Kind kind, const Value& left, const Value& right) {
    const bool exact = left.exact && right.exact;
    switch (kind) {
      case Kind::kDivide:
        if (right.number.sign() == 0) return no_result("dividing by zero has no result");
        return checked(left.number / right.number, exact);
      case Kind::kModulo:
        if (right.number.sign() == 0) return no_result("dividing by zero has no remainder");
        return checked(left.number - right.number * (left.number / right.number).floor(), exact);
      case Kind::kOff:
        if (!left.percent) return invalid("\"off\" needs a percentage before it, as in \"20% off 85\"");
        return checked(right.number - left.number * right.number, exact);
      default:
        return checked(left.number * right.number, exact);
    }
  }

  Result<Value> signed_factor() {
    if (++depth_ > kMaxDepth) return invalid("the brackets are nested too deeply");
    Result<Value> value = here() == Kind::kMinus || here() == Kind::kPlus ? after_sign() : power();
    --depth_;
    return value;
  }

  Result<Value> after_sign() {
    const bool minus = tokens_[at_++].kind == Kind::kMinus;
    Value value = TRY(signed_factor());
    if (minus) value.number = Exact(0) - value.number;
    return value;
  }

  Result<Value> power() {
    const Value base = TRY(postfix());
    if (!take(Kind::kPower)) return base;
    const Value exponent = TRY(signed_factor());
    return raise(base, exponent);
  }

  static Result<Value> raise(const Value& base, const Value& exponent) {
    if (base.number.sign() == 0 && exponent.number.sign() < 0) return no_result("zero has no negative power");
    const std::optional<int64_t> degree = exponent.number.denominator().to_int64();
    const std::optional<int64_t> times = exponent.number.numerator().to_int64();
    if (!exponent.exact || !degree || *degree > kMaxRootDegree) {
      return invalid("I can raise to whole numbers and simple fractions only");
    }
    if (!times) return too_large();
    if (!base.exact && *degree > 1) return invalid("I can take roots of exact numbers only");
    const std::optional<Exact> raised = base.number.power(*times);
    if (!raised) return too_large();
    return root(Value{*raised, base.exact, false}, *degree);
  }

  static Result<Value> root(const Value& of, int64_t degree) {
    if (degree == 1) return checked(of.number, of.exact);
    if (degree % 2 == 0 && of.number.sign() < 0) return no_result("a negative number has no real root of this kind");
    const Exact::Root root = of.number.root(static_cast<unsigned>(degree));
    return checked(root.value, of.exact && root.exact);
  }

  Result<Value> postfix() {
    Value value = TRY(primary());
    while (true) {
      if (take(Kind::kFactorial)) {
        value = TRY(factorial_of(value));
      } else if (here() == Kind::kPercent) {
        ++at_;
        if (starts_operand(here())) {  // 10 % 3
          tokens_[--at_].kind = Kind::kModulo;
          return value;
        }
        value.number = value.number / Exact(100);
        value.percent = true;
      } else {
        return value;
      }
    }
  }

  static bool starts_operand(Kind kind) {
    return kind == Kind::kNumber || kind == Kind::kOpen || kind == Kind::kRootOf || kind == Kind::kFactorialOf;
  }

  static Result<Value> factorial_of(const Value& value) {
    const std::optional<int64_t> n = value.number.to_int64();
    if (value.number.sign() < 0 || !value.number.is_integer()) return invalid("only whole numbers have a factorial");
    const std::optional<Exact> product = n ? factorial(*n) : std::nullopt;
    if (!product) return too_large();
    return Value{*product, value.exact, false};
  }

  Result<Value> primary() {
    switch (here()) {
      case Kind::kNumber: {
        const Token& token = tokens_[at_++];
        return checked(token.number, token.exact);
      }
      case Kind::kOpen: {
        ++at_;
        Value value = TRY(sum());
        if (!take(Kind::kClose) && here() != Kind::kEnd) return invalid("there is a '(' without its ')'");
        return value;
      }
      case Kind::kRootOf: {
        const std::optional<int64_t> degree = tokens_[at_++].number.to_int64();
        return root(TRY(operand()), degree.value_or(2));
      }
      case Kind::kFactorialOf:
        ++at_;
        return factorial_of(TRY(operand()));
      case Kind::kEnd:
        return invalid("the calculation ends too early");
      default:
        return invalid("a number is missing in the calculation");
    }
  }

  // Of a function before its number: it may be a function, too.
  Result<Value> operand() {
    if (++depth_ > kMaxDepth) return invalid("the brackets are nested too deeply");
    Result<Value> value = here() == Kind::kMinus || here() == Kind::kPlus ? after_sign() : postfix();
    --depth_;
    return value;
  }

  std::vector<Token> tokens_;
  size_t at_ = 0;
  int depth_ = 0;
};

// "1234567.5" -> "1,234,567.5"
std::string with_separators(std::string text) {
  const size_t begin = text.starts_with('-') ? 1 : 0;
  size_t at = std::min(text.find('.'), text.size());
  while (at > begin + 3) {
    at -= 3;
    text.insert(at, 1, ',');
  }
  return text;
}

}  // namespace

Result<Calculated> calculate(std::string_view expression) {
  std::vector<Token> tokens = TRY(read_tokens(expression));
  // A sentence's words lose the brackets at its ends: "(3+4)*2" arrives as "3+4)*2".
  int open = 0;
  int missing = 0;
  for (const Token& token : tokens) {
    open += token.kind == Kind::kOpen ? 1 : token.kind == Kind::kClose ? -1 : 0;
    missing = std::max(missing, -open);
  }
  tokens.insert(tokens.begin(), static_cast<size_t>(missing), Token{Kind::kOpen, Exact(0), true});
  return Parser(std::move(tokens)).run();
}

SaidNumber say_number(const Calculated& number, int significant) {
  if (number.exact) {
    const std::optional<std::string> all = exact_decimal(number.value, static_cast<size_t>(kShownWhole));
    const size_t decimals = all ? all->size() - std::min(all->find('.'), all->size() - 1) - 1 : 0;
    if (all && (all->find('.') == std::string::npos || decimals <= kShownDecimals))
      return {with_separators(*all), false};
  }
  // Never fewer digits than the whole part has, up to where they stop telling anything.
  const int64_t whole = number.value.rounded(1).point;
  const Digits digits = number.value.rounded(static_cast<int>(std::clamp<int64_t>(whole, significant, kShownWhole)));
  const std::string text = digits.text(kShownWhole);
  if (const size_t exponent = text.find('e'); exponent != std::string::npos) {
    const size_t sign = text[exponent + 1] == '+' ? 2 : 1;
    return {fmt::format("{} x 10^{}", text.substr(0, exponent), text.substr(exponent + sign)), true};
  }
  const bool rounded = !number.exact || !(*Exact::parse(text) == number.value);
  return {with_separators(text), rounded};
}

std::string number_text(const Calculated& number) {
  if (number.exact) {
    if (std::optional<std::string> all = exact_decimal(number.value)) return *all;
  }
  return number.value.rounded(kResultDigits).text();
}

}  // namespace favilla

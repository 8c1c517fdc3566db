// The words and signs of a calculation: "20% off twelve" is a number, a percent sign, "off", a number.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "tools/builtin/calculator/exact.h"

namespace favilla {

inline constexpr size_t kMaxExpressionBytes = 2'000;

struct CalculatorToken {
  enum class Kind {
    kNumber,
    kPlus,
    kMinus,
    kTimes,
    kDivide,
    kPower,
    kPercent,  // also the sign that may mean "modulo"
    kModulo,
    kOpen,
    kClose,
    kFactorial,    // behind its number
    kFactorialOf,  // before it
    kRootOf,       // `number` is the degree
    kOf,
    kOff,
    kEnd,
  };
  Kind kind = Kind::kEnd;
  Exact number{0};
  bool exact = true;  // kNumber: false for pi
};

// Ends with kEnd. Reads digits ("1,234.5", "1e-3"), number words ("two and a half", "three quarters", "2.5 million"),
// signs and their words. kInvalidArgument names what is not part of a calculation.
Result<std::vector<CalculatorToken>> read_tokens(std::string_view expression);

}  // namespace favilla

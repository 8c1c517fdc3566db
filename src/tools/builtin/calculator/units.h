// Units of measure and exact conversions between them.
//
//   Converted height = TRY(convert("5 feet 11 inches", "cm"));
//   height.text;   // "180.34 centimetres"
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "tools/builtin/calculator/calculate.h"

namespace favilla {

struct Converted {
  std::string from;  // the quantity in full words: "5 feet 11 inches"
  std::string text;  // "180.34 centimetres", "5 feet 10.8661 inches"
  std::string unit;  // singular name of the unit that `value` counts; of a pair the first
  Calculated value;
  bool about = false;  // `text` is rounded
};

// `quantity` is an amount (a calculation) with a unit, or several of one kind ("6 ft 2", "1 hour 20 minutes"). `to` is
// a unit, or two for a mixed result ("feet and inches"). kInvalidArgument: no quantity, no unit, units of different
// kinds, or currencies, for which nothing on this computer knows the rates.
Result<Converted> convert(std::string_view quantity, std::string_view to);

}  // namespace favilla

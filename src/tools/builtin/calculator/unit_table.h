// The units that the calculator knows, as data. Factors are exact: definitions of the SI brochure (9th edition), of
// NIST Special Publication 811 (US units) and of the UK Weights and Measures Act (imperial ones).
#pragma once

#include <span>
#include <string_view>

namespace favilla {

enum class Dimension {
  kLength,
  kMass,
  kTemperature,
  kArea,
  kVolume,
  kTime,
  kData,
  kEnergy,
  kPower,
  kPressure,
  kAngle,
  kSpeed,     // length by time
  kDataRate,  // data by time
};

// "length", "speed"
std::string_view dimension_name(Dimension dimension);

struct Unit {
  Dimension dimension;
  std::string_view singular;
  std::string_view plural;
  // Further names, with commas. Those of at most three letters are symbols: "MB" is not "Mb".
  std::string_view names;
  // In the base unit of the dimension: a decimal number, or a fraction of two ("5/9").
  std::string_view factor;
  std::string_view offset = "0";  // of temperatures: kelvin = value * factor + offset
};

// Of several units with one name ("ounce") the first is meant, unless only another fits the other side.
std::span<const Unit> unit_table();

}  // namespace favilla

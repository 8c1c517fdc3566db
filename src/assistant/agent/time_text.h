// A time as a parameter wants it written.
//
//   time_values(entity, parameter);   // {"2026-11-24"}; of "from Monday to Friday" start and end
#pragma once

#include <string>
#include <vector>

#include "assistant/agent/parameter.h"
#include "understand/understand.h"

namespace favilla {

struct TimeValue {
  std::string text;
  double evidence = 0;    // how well it fits the parameter
  bool is_start = false;  // of a range
  bool is_end = false;
};

// Empty: the entity is no time, or does not say what the parameter wants (a day alone says no time of day).
std::vector<TimeValue> time_values(const Entity& entity, const Parameter& parameter);

// %Y %y %m %d %H %M %S %B %b %I %p and %%; others stay as they are.
std::string format_time(LocalSeconds time, std::string_view format);

}  // namespace favilla

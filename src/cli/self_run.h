// This program, started again as a process of its own: how long its owner waits.
#pragma once

#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"

namespace favilla::cli {

// Runs `favilla ARGS` and returns the seconds from before its start to the first byte on its standard output, or to its
// end when there is none. The error of a run that fails is what it said.
Result<double> seconds_to_first_byte(const std::vector<std::string>& args, const CancelFlag& cancel);

}  // namespace favilla::cli

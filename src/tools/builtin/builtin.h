// The table of built-in tools.
#pragma once

#include <span>

#include "tools/tool.h"

namespace favilla {

std::span<const Tool> builtin_tools();

}  // namespace favilla

// The tool `calculator`: exact arithmetic, tips, and conversions between units.
#pragma once

#include "tools/tool.h"

namespace favilla {

extern const Tool kCalculatorTool;

}  // namespace favilla

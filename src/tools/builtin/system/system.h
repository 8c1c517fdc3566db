// The tool `system`: this computer: battery, volume, brightness, network, disk, memory, programs, screen.
//
// What a machine lacks is said plainly. `[system] root` of config.toml moves /proc and /sys, for tests.
#pragma once

#include "tools/tool.h"

namespace favilla {

extern const Tool kSystemTool;

}  // namespace favilla

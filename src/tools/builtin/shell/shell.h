// The tool `shell`: a command or a saved script of the owner, in a sandbox, never without approval.
//
//   [shell]
//   folders = ["~/Projects"]             # may be changed by commands; nothing else of the home is seen
//   scripts = "~/.config/favilla/scripts"
//
// The sandbox (bubblewrap) has no network, the system's programs read-only, an empty home, and ends after 30 seconds.
#pragma once

#include "tools/tool.h"

namespace favilla {

extern const Tool kShellTool;

}  // namespace favilla

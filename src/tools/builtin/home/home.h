// The tool `home`: lights, covers, locks, climate, scenes and sensors of a Home Assistant server. What there is, and
// how it is called, comes from the server each time.
//
//   [home_assistant]
//   url = "http://homeassistant.local:8123"
//   token_file = "~/.config/favilla/home_assistant.token"   # or token = "..."
#pragma once

#include "tools/tool.h"

namespace favilla {

extern const Tool kHomeTool;

}  // namespace favilla

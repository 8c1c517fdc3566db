// The tool `media`: the music and video players of this computer (MPRIS): play, pause, skip, what is playing.
#pragma once

#include "tools/tool.h"

namespace favilla {

extern const Tool kMediaTool;

}  // namespace favilla

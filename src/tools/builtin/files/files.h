// The tool `files`: the owner's home folder.
#pragma once

#include "tools/tool.h"

namespace favilla {

extern const Tool kFilesTool;

}  // namespace favilla

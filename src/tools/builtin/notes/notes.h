// The tool `notes`: a Markdown folder.
#pragma once

#include "tools/tool.h"

namespace favilla {

extern const Tool kNotesTool;

}  // namespace favilla

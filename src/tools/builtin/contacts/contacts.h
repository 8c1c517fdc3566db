// The tool `contacts`: people, in vCard files.
#pragma once

#include "tools/tool.h"

namespace favilla {

extern const Tool kContactsTool;

}  // namespace favilla

// Small tools of the harness, one for each kind of effect, beside the real ones.
#pragma once

#include <vector>

#include "tools/tools.h"

namespace favilla::adversary {

// note, web, inbox, vault, post, engine, door, disk, and the built-in tools that touch only files and records.
std::vector<Tool> harness_tools();

}  // namespace favilla::adversary

// The tool `lists`: shopping and other lists, one Markdown file each.
//
//   kListsTool.actions: add, remove, check, uncheck, show, names, find, create, rename, delete, clear
#pragma once

#include "tools/tool.h"

namespace favilla {

extern const Tool kListsTool;

}  // namespace favilla

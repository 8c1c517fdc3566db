// The tool `calendar`: the owner's events, kept as VEVENT files that khal and vdirsyncer share.
//
//   kCalendarTool.actions: add, show, next, find, free, move, change, cancel, import
#pragma once

#include "tools/tool.h"

namespace favilla {

extern const Tool kCalendarTool;

}  // namespace favilla

// The tool `reminders`: things to do, with or without a time, kept as VTODO files that other programs read and ring.
//
//   kRemindersTool.actions: add, show, find, complete, snooze, move, edit, delete
#pragma once

#include "tools/tool.h"

namespace favilla {

extern const Tool kRemindersTool;

}  // namespace favilla

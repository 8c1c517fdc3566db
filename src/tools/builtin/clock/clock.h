// The tool `clock`: what time it is here and elsewhere, timers, alarms and a stopwatch.
//
//   kClockTool.actions: now, difference, timer_start, timer_list, timer_cancel, timer_extend, timer_pause,
//   timer_resume, alarm_set, alarm_list, alarm_cancel, stopwatch_start, stopwatch_lap, stopwatch_stop, stopwatch_show
//
// Timers, alarms and the stopwatch are records; kClockTool.due tells those that ended.
#pragma once

#include "tools/tool.h"

namespace favilla {

extern const Tool kClockTool;

}  // namespace favilla

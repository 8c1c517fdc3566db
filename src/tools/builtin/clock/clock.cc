// The table of `clock`.
#include "tools/builtin/clock/clock.h"

#include "tools/builtin/clock/actions.h"

namespace favilla {

extern const char kClockSentences[];

namespace {

constexpr const char* kNow = R"({
  "type": "object",
  "properties": {
    "place": {"type": "string", "maxLength": 100, "description": "a city, a country or an IANA zone; absent: here"},
    "what": {"type": "string", "enum": ["time", "date", "week"], "default": "time"}
  },
  "required": [],
  "additionalProperties": false
})";

constexpr const char* kDifference = R"({
  "type": "object",
  "properties": {
    "place": {"type": "string", "minLength": 1, "maxLength": 100},
    "other": {"type": "string", "maxLength": 100, "description": "absent: here"}
  },
  "required": ["place"],
  "additionalProperties": false
})";

constexpr const char* kTimerStart = R"({
  "type": "object",
  "properties": {
    "duration_seconds": {"type": "integer", "minimum": 1, "maximum": 31536000, "question": "For how long?"},
    "name": {"type": "string", "maxLength": 100, "description": "what it is for: 'pasta'"}
  },
  "required": ["duration_seconds"],
  "additionalProperties": false
})";

constexpr const char* kWhichTimer = R"({
  "type": "object",
  "properties": {
    "id": {"type": "string", "maxLength": 20},
    "name": {"type": "string", "maxLength": 100},
    "duration_seconds": {"type": "integer", "minimum": 1, "description": "how long it was set for"},
    "all": {"type": "boolean"}
  },
  "required": [],
  "additionalProperties": false
})";

constexpr const char* kTimerExtend = R"({
  "type": "object",
  "properties": {
    "seconds": {"type": "integer", "minimum": -31536000, "maximum": 31536000, "description": "negative: shorter"},
    "id": {"type": "string", "maxLength": 20},
    "name": {"type": "string", "maxLength": 100},
    "duration_seconds": {"type": "integer", "minimum": 1, "description": "how long it was set for"}
  },
  "required": ["seconds"],
  "additionalProperties": false
})";

constexpr const char* kAlarmSet = R"({
  "type": "object",
  "properties": {
    "time": {"type": "string", "format": "date-or-time"},
    "name": {"type": "string", "maxLength": 100},
    "recurrence": {"type": "string", "maxLength": 1000, "description": "RRULE value: FREQ=DAILY"}
  },
  "required": [],
  "additionalProperties": false
})";

constexpr const char* kAlarmCancel = R"({
  "type": "object",
  "properties": {
    "time": {"type": "string", "format": "date-or-time"},
    "id": {"type": "string", "maxLength": 20},
    "name": {"type": "string", "maxLength": 100},
    "all": {"type": "boolean"}
  },
  "required": [],
  "additionalProperties": false
})";

constexpr const char* kStopwatchStart = R"({
  "type": "object",
  "properties": {"resume": {"type": "boolean", "description": "go on where it was stopped"}},
  "required": [],
  "additionalProperties": false
})";

constexpr const char* kNothing =
    R"({"type": "object", "properties": {}, "required": [], "additionalProperties": false})";

constexpr Action change(const char* name, const char* summary, const char* parameters,
                        Result<Outcome> (*plan)(const ToolContext&, const Json&)) {
  return {name, summary, Effect::kIdempotent, keeps(kOwnRecords), parameters, plan, nullptr};
}
constexpr Action look(const char* name, const char* summary, const char* parameters,
                      Result<Outcome> (*plan)(const ToolContext&, const Json&)) {
  return {name, summary, Effect::kPure, reads(kOwnRecords), parameters, plan, nullptr};
}

constexpr Action kActions[] = {
    look("now", "The time, the date or the week, here or in another place", kNow, clock_tool::now),
    look("difference", "How far the clocks of two places are apart", kDifference, clock_tool::difference),
    change("timer_start", "Start a timer", kTimerStart, clock_tool::timer_start),
    look("timer_list", "How long timers have left", kWhichTimer, clock_tool::timer_list),
    change("timer_cancel", "Cancel a timer, or all", kWhichTimer, clock_tool::timer_cancel),
    change("timer_extend", "Make a timer longer or shorter", kTimerExtend, clock_tool::timer_extend),
    change("timer_pause", "Pause a timer", kWhichTimer, clock_tool::timer_pause),
    change("timer_resume", "Let a paused timer go on", kWhichTimer, clock_tool::timer_resume),
    change("alarm_set", "Set an alarm, once or recurring", kAlarmSet, clock_tool::alarm_set),
    look("alarm_list", "Which alarms are set", kNothing, clock_tool::alarm_list),
    change("alarm_cancel", "Cancel an alarm, or all", kAlarmCancel, clock_tool::alarm_cancel),
    change("stopwatch_start", "Start the stopwatch from zero, or let it go on", kStopwatchStart,
           clock_tool::stopwatch_start),
    change("stopwatch_lap", "Take a lap time", kNothing, clock_tool::stopwatch_lap),
    change("stopwatch_stop", "Stop the stopwatch", kNothing, clock_tool::stopwatch_stop),
    look("stopwatch_show", "Read the stopwatch", kNothing, clock_tool::stopwatch_show),
};

Result<Outcome> due(const ToolContext& context) {
  Outcome outcome;
  TRY(clock_tool::due_timers(context, outcome));
  TRY(clock_tool::due_alarms(context, outcome));
  return outcome;
}

}  // namespace

const Tool kClockTool = {"clock", "The time anywhere, timers, alarms and a stopwatch", kActions, kClockSentences, due};

}  // namespace favilla

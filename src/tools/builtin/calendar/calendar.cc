// The table of `calendar`.
#include "tools/builtin/calendar/calendar.h"

#include <array>

#include "tools/builtin/calendar/actions.h"
#include "tools/ical/target.h"

namespace favilla {

extern const char kCalendarSentences[];

namespace {

constexpr const char* kAdd = R"({
  "type": "object",
  "properties": {
    "title": {"type": "string", "minLength": 1, "maxLength": 500, "question": "What is it called?"},
    "start": {"type": "string", "format": "date-or-time", "description": "a date (whole day), a time or a date-time"},
    "end": {"type": "string", "format": "date-or-time",
              "description": "exclusive: a time, a date-time, or the day after the last whole day"},
    "duration_seconds": {"type": "integer", "minimum": 0, "maximum": 31536000},
    "all_day": {"type": "boolean"},
    "place": {"type": "string", "maxLength": 500},
    "note": {"type": "string", "maxLength": 10000},
    "attendees": {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 300}, "maxItems": 100},
    "recurrence": {"type": "string", "description": "RRULE value; start is then the first time"},
    "alarm_seconds": {"type": "integer", "minimum": 0, "maximum": 31536000, "description": "ring so long before"},
    "calendar": {"type": "string", "maxLength": 100}
  },
  "required": ["title"],
  "additionalProperties": false
})";

constexpr const char* kShow = R"({
  "type": "object",
  "properties": {
    "which": {"type": "string", "enum": ["today", "tomorrow", "week", "month"]},
    "start": {"type": "string", "format": "date-or-time", "description": "a day alone is that day"},
    "end": {"type": "string", "format": "date-or-time", "description": "exclusive"},
    "calendar": {"type": "string", "maxLength": 100}
  },
  "required": [],
  "additionalProperties": false
})";

constexpr const char* kNext = R"({
  "type": "object",
  "properties": {
    "match": {"type": "string", "maxLength": 500},
    "calendar": {"type": "string", "maxLength": 100}
  },
  "required": [],
  "additionalProperties": false
})";

constexpr const char* kFind = R"({
  "type": "object",
  "properties": {
    "match": {"type": "string", "maxLength": 500, "description": "words of the title, place or note"},
    "person": {"type": "string", "maxLength": 300, "description": "somebody who takes part"},
    "start": {"type": "string", "format": "date-or-time", "description": "a day alone is that day"},
    "end": {"type": "string", "format": "date-or-time", "description": "exclusive"}
  },
  "required": [],
  "additionalProperties": false
})";

constexpr const char* kFree = R"({
  "type": "object",
  "properties": {
    "start": {"type": "string", "format": "date-or-time", "description": "a day; a time asks whether it is free then"},
    "end": {"type": "string", "format": "date-or-time", "description": "exclusive; absent: that day"},
    "duration_seconds": {"type": "integer", "minimum": 60, "maximum": 2592000, "description": "at least so long"},
    "from_time": {"type": "string", "format": "time", "description": "start of the working hours, such as 09:00"},
    "to_time": {"type": "string", "format": "time", "description": "end of the working hours"}
  },
  "required": [],
  "additionalProperties": false
})";

constexpr const char* kMove = R"({
  "type": "object",
  "properties": {
    "id": {"type": "string", "maxLength": 1000},
    "match": {"type": "string", "maxLength": 500, "description": "words of the event"},
    "occurrence": {"type": "string", "format": "date-or-time",
              "description": "when it is now: a date, a time or a date-time"},
    "start": {"type": "string", "format": "date-or-time",
              "description": "a date keeps the time, a time keeps the date"},
    "end": {"type": "string", "format": "date-or-time", "description": "absent: as long as before"},
    "by_seconds": {"type": "integer", "minimum": -31536000, "maximum": 31536000, "description": "later by so long"},
    "which": {"type": "string", "maxLength": 100, "description": "of a series: 'this' or 'all'"}
  },
  "required": [],
  "additionalProperties": false
})";

constexpr const char* kChange = R"({
  "type": "object",
  "properties": {
    "id": {"type": "string", "maxLength": 1000},
    "match": {"type": "string", "maxLength": 500, "description": "words of the event"},
    "occurrence": {"type": "string", "format": "date-or-time",
              "description": "when it is; only this one of a series is changed then"},
    "which": {"type": "string", "maxLength": 100, "description": "of a series: 'this' or 'all'"},
    "title": {"type": "string", "minLength": 1, "maxLength": 500},
    "place": {"type": "string", "maxLength": 500},
    "note": {"type": "string", "maxLength": 10000},
    "duration_seconds": {"type": "integer", "minimum": 0, "maximum": 31536000},
    "add_attendees": {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 300}, "maxItems": 100},
    "alarm_seconds": {"type": "integer", "minimum": 0, "maximum": 31536000, "description": "ring so long before"},
    "recurrence": {"type": "string", "description": "RRULE value, or 'none'"}
  },
  "required": [],
  "additionalProperties": false
})";

constexpr const char* kCancel = R"({
  "type": "object",
  "properties": {
    "id": {"type": "string", "maxLength": 1000},
    "match": {"type": "string", "maxLength": 500, "description": "words of the event"},
    "occurrence": {"type": "string", "format": "date-or-time",
              "description": "when it is; only this one of a series is cancelled then"},
    "which": {"type": "string", "maxLength": 100, "description": "of a series: 'this', 'following' or 'all'"}
  },
  "required": [],
  "additionalProperties": false
})";

constexpr const char* kImport = R"({
  "type": "object",
  "properties": {
    "file": {"type": "string", "minLength": 1, "maxLength": 4096, "description": "an .ics file"},
    "calendar": {"type": "string", "maxLength": 100}
  },
  "required": ["file"],
  "additionalProperties": false
})";

constexpr std::array<Action, 9> kActions{{
    {"add", "Put an event into the calendar; says what it overlaps with.", Effect::kIdempotent, keeps(kFromAnybody),
     kAdd, plan_event_add, nullptr},
    {"show", "List the events of a day, a week or any range.", Effect::kPure, reads(kFromAnybody), kShow,
     plan_event_show, nullptr},
    {"next", "Tell the next event, or the next one that words name.", Effect::kPure, reads(kFromAnybody), kNext,
     plan_event_next, nullptr},
    {"find", "Find events by words or by a person.", Effect::kPure, reads(kFromAnybody), kFind, plan_event_find,
     nullptr},
    {"free", "Find free time in a range, or tell whether a time is free.", Effect::kPure, reads(kFromAnybody), kFree,
     plan_event_free, nullptr},
    {"move", "Move an event, one of a series, or a whole series.", Effect::kIdempotent, keeps(kFromAnybody), kMove,
     plan_event_move, nullptr},
    {"change", "Change title, place, note, length, people, alarm or repetition.", Effect::kIdempotent,
     keeps(kFromAnybody), kChange, plan_event_change, nullptr},
    {"cancel", "Remove an event, one of a series, the rest of it, or all of it.", Effect::kIdempotent,
     keeps(kFromAnybody), kCancel, plan_event_cancel, nullptr},
    {"import", "Take the events of an .ics file, such as an invitation, into the calendar.", Effect::kIdempotent,
     keeps(kFromAnybody), kImport, plan_event_import, nullptr},
}};

}  // namespace

const Tool kCalendarTool{"calendar", "Events: when and where something takes place, and with whom.", kActions,
                         kCalendarSentences};

std::string default_calendar(const ToolContext& context) {
  return setting_text(context.settings, "calendar", "default", "personal");
}

Result<Vdir> load_events(const ToolContext& context) {
  return load_vdir(context.folders.calendars, ItemKind::kEvent, context.zone, context.cancel);
}

}  // namespace favilla

// The table of `reminders`.
#include "tools/builtin/reminders/reminders.h"

#include <array>

#include "tools/builtin/reminders/actions.h"
#include "tools/ical/asked.h"
#include "tools/ical/target.h"

namespace favilla {

extern const char kRemindersSentences[];

namespace {

constexpr const char* kAdd = R"({
  "type": "object",
  "properties": {
    "text": {"type": "string", "minLength": 1, "maxLength": 500, "description": "what to do, without 'remind me to'",
             "question": "What should I remind you of?"},
    "due": {"type": "string", "format": "date-or-time", "description": "a date, a time or a date-time"},
    "in_seconds": {"type": "integer", "minimum": 1, "maximum": 315360000, "description": "due so long from now"},
    "recurrence": {"type": "string", "description": "RRULE value; due is then the first time"},
    "priority": {"type": "string", "enum": ["high", "medium", "low"]},
    "list": {"type": "string", "maxLength": 100, "description": "which list; a new name makes a new list"},
    "alarm_seconds": {"type": "integer", "minimum": 0, "maximum": 31536000, "description": "ring so long before"},
    "note": {"type": "string", "maxLength": 10000}
  },
  "required": ["text"],
  "additionalProperties": false
})";

constexpr const char* kShow = R"({
  "type": "object",
  "properties": {
    "which": {"type": "string", "enum": ["today", "tomorrow", "overdue", "week", "all", "done"]},
    "start": {"type": "string", "format": "date-or-time", "description": "a day alone is that day"},
    "end": {"type": "string", "format": "date-or-time", "description": "exclusive"},
    "list": {"type": "string", "maxLength": 100},
    "priority": {"type": "string", "enum": ["high", "medium", "low"]}
  },
  "required": [],
  "additionalProperties": false
})";

constexpr const char* kFind = R"({
  "type": "object",
  "properties": {"match": {"type": "string", "minLength": 1, "maxLength": 500}},
  "required": ["match"],
  "additionalProperties": false
})";

constexpr const char* kName = R"({
  "type": "object",
  "properties": {
    "id": {"type": "string", "maxLength": 1000},
    "match": {"type": "string", "maxLength": 500, "description": "words of the reminder"},
    "occurrence": {"type": "string", "format": "date-or-time",
            "description": "when it is due: a date, a time or a date-time"}
  },
  "required": [],
  "additionalProperties": false
})";

constexpr const char* kSnooze = R"({
  "type": "object",
  "properties": {
    "id": {"type": "string", "maxLength": 1000},
    "match": {"type": "string", "maxLength": 500, "description": "absent: the one that rang last"},
    "duration_seconds": {"type": "integer", "minimum": 1, "maximum": 315360000},
    "due": {"type": "string", "format": "date-or-time", "description": "until when: a date, a time or a date-time"}
  },
  "required": [],
  "additionalProperties": false
})";

constexpr const char* kMove = R"({
  "type": "object",
  "properties": {
    "id": {"type": "string", "maxLength": 1000},
    "match": {"type": "string", "maxLength": 500, "description": "words of the reminder"},
    "occurrence": {"type": "string", "format": "date-or-time", "description": "when it is due now"},
    "due": {"type": "string", "format": "date-or-time", "description": "a date keeps the time, a time keeps the date"},
    "by_seconds": {"type": "integer", "minimum": -315360000, "maximum": 315360000, "description": "later by so long"},
    "which": {"type": "string", "maxLength": 100, "description": "of a recurring reminder: 'this' or 'all'"}
  },
  "required": [],
  "additionalProperties": false
})";

constexpr const char* kEdit = R"({
  "type": "object",
  "properties": {
    "id": {"type": "string", "maxLength": 1000},
    "match": {"type": "string", "maxLength": 500, "description": "words of the reminder"},
    "occurrence": {"type": "string", "format": "date-or-time", "description": "when it is due now"},
    "text": {"type": "string", "minLength": 1, "maxLength": 500},
    "note": {"type": "string", "maxLength": 10000},
    "priority": {"type": "string", "enum": ["high", "medium", "low", "none"]},
    "recurrence": {"type": "string", "description": "RRULE value, or 'none'"},
    "list": {"type": "string", "maxLength": 100},
    "alarm_seconds": {"type": "integer", "minimum": 0, "maximum": 31536000, "description": "ring so long before"}
  },
  "required": [],
  "additionalProperties": false
})";

constexpr std::array<Action, 8> kActions{{
    {"add", "Remember something to do, perhaps with a time and a repetition.", Effect::kIdempotent, keeps(kOwnRecords),
     kAdd, plan_reminder_add, nullptr},
    {"show", "List what is due today, tomorrow, this week, overdue, or all.", Effect::kPure, reads(kOwnRecords), kShow,
     plan_reminder_show, nullptr},
    {"find", "Find reminders by words, completed ones too.", Effect::kPure, reads(kOwnRecords), kFind,
     plan_reminder_find, nullptr},
    {"complete", "Mark one as done; a recurring one moves on to its next time.", Effect::kIdempotent,
     keeps(kOwnRecords), kName, plan_reminder_complete, nullptr},
    {"snooze", "Be reminded of it again a little later.", Effect::kIdempotent, keeps(kOwnRecords), kSnooze,
     plan_reminder_snooze, nullptr},
    {"move", "Change when one is due.", Effect::kIdempotent, keeps(kOwnRecords), kMove, plan_reminder_move, nullptr},
    {"edit", "Change its text, note, priority, repetition, alarm or list.", Effect::kIdempotent, keeps(kOwnRecords),
     kEdit, plan_reminder_edit, nullptr},
    {"delete", "Remove one.", Effect::kIdempotent, keeps(kOwnRecords), kName, plan_reminder_delete, nullptr},
}};

}  // namespace

const Tool kRemindersTool{"reminders", "Things to do and when to be reminded of them.", kActions, kRemindersSentences,
                          due_reminders};

std::string default_list(const ToolContext& context) {
  return setting_text(context.settings, "reminders", "list", "tasks");
}

Result<Vdir> load_tasks(const ToolContext& context) {
  return load_vdir(context.folders.calendars, ItemKind::kTask, context.zone, context.cancel);
}

int priority_number(std::string_view word) {
  return word == "high" ? 1 : word == "medium" ? 5 : word == "low" ? 9 : 0;
}

}  // namespace favilla

// The functions behind the actions of `reminders`, and what they share.
#pragma once

#include <string>

#include "tools/ical/pick.h"
#include "tools/tool.h"

namespace favilla {

Result<Outcome> plan_reminder_add(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_reminder_show(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_reminder_find(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_reminder_complete(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_reminder_snooze(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_reminder_move(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_reminder_edit(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_reminder_delete(const ToolContext& context, const Json& arguments);
Result<Outcome> due_reminders(const ToolContext& context);

// When something that is due on a day, without a time, rings.
inline constexpr std::chrono::hours kAlarmOfWholeDay{9};

// The list for new reminders: `[reminders] list` of config.toml.
std::string default_list(const ToolContext& context);

Result<Vdir> load_tasks(const ToolContext& context);

// 1, 5 or 9 of PRIORITY for "high", "medium" or "low"; 0 for anything else.
int priority_number(std::string_view word);

// What the reply says of a changed task file: result, reference, and the change itself.
void tell_task(const ToolContext& context, const StoredItem& before, std::string content, Outcome& outcome);

}  // namespace favilla

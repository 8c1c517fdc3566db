// Runs *.case files: what a tool does, as data. Any tool's test can use it:
//
//   TEST(Reminders, Cases) { run_cases("builtin/reminders/reminders.case", {&kRemindersTool}); }
//
// A case is a block that starts with `= title`; blocks that `|` lines belong to are marked (block).
//
//   now 2026-11-23T09:00:00          the wall clock, until the next `now`
//   zone Europe/Lisbon
//   area kitchen
//   setting reminders.list work      one key of config.toml
//   file PATH (block)                writes a file; PATH starts with calendars, contacts, notes, lists, mail or home
//   task PATH (block)                writes an .ics file whose VTODO has the block's lines; its UID is the file's name
//   event PATH (block)               the same with a VEVENT
//   record COLLECTION KEY JSON       writes a record
//   do TOOL ACTION JSON              plans and applies the action
//   due TOOL                         tells what came due
//   try TOOL ACTION JSON             plans it without applying anything
//
// The rest looks at the last `do`, `due` or `try`. In texts `*` stands for anything within a line.
//
//   reply TEXT                       or a block, for several lines
//   spoken TEXT
//   error TEXT
//   question TEXT
//   choices TEXT                     joined by " | "
//   result JSON                      each key here has that value there
//   has PATH (block)                 the file has lines like these, in this order; PATH may hold `*`
//   lacks PATH (block)               no line of the file is like these
//   is PATH (block)                  the file has exactly these lines
//   none PATH                        no such file
//   same PATH                        the file is as it was before the first `do`
//   record COLLECTION KEY JSON|none  (behind a `do`: what the record is)
#pragma once

#include <string_view>
#include <vector>

#include "tools/tool.h"

namespace favilla {

// `path` is below src/tools. Each failure names the case and the line.
void run_cases(std::string_view path, const std::vector<const Tool*>& tools);

}  // namespace favilla

// One line for each tool.
#include "tools/builtin/builtin.h"

#include "tools/builtin/calendar/calendar.h"
#include "tools/builtin/reminders/reminders.h"

namespace favilla {

std::span<const Tool> builtin_tools() {
  static const Tool tools[] = {
      kCalendarTool,
      kRemindersTool,
  };
  return tools;
}

}  // namespace favilla

// One line for each tool.
#include "tools/builtin/builtin.h"

#include <array>

#include "tools/builtin/calendar/calendar.h"
#include "tools/builtin/reminders/reminders.h"

namespace favilla {

std::span<const Tool> builtin_tools() {
  static const std::array<Tool, 2> kTools{kRemindersTool, kCalendarTool};
  return kTools;
}

}  // namespace favilla

// One line for each tool.
#include "tools/builtin/builtin.h"

#include "tools/builtin/calculator/calculator.h"
#include "tools/builtin/calendar/calendar.h"
#include "tools/builtin/reminders/reminders.h"

namespace favilla {

std::span<const Tool> builtin_tools() {
  static const Tool kTools[] = {kRemindersTool, kCalendarTool, kCalculatorTool};
  return kTools;
}

}  // namespace favilla

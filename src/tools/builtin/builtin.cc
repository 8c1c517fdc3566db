// One line for each tool.
#include "tools/builtin/builtin.h"

#include "tools/builtin/calculator/calculator.h"
#include "tools/builtin/calendar/calendar.h"
#include "tools/builtin/clock/clock.h"
#include "tools/builtin/contacts/contacts.h"
#include "tools/builtin/files/files.h"
#include "tools/builtin/home/home.h"
#include "tools/builtin/lists/lists.h"
#include "tools/builtin/mail/mail.h"
#include "tools/builtin/mcp/mcp_tool.h"
#include "tools/builtin/media/media.h"
#include "tools/builtin/memory/memory_tool.h"
#include "tools/builtin/notes/notes.h"
#include "tools/builtin/phrases/phrases.h"
#include "tools/builtin/reminders/reminders.h"
#include "tools/builtin/shell/shell.h"
#include "tools/builtin/system/system.h"

namespace favilla {

std::span<const Tool> builtin_tools() {
  static const Tool kTools[] = {
      kRemindersTool,
      kCalendarTool,
      kClockTool,
      kListsTool,
      kNotesTool,
      kContactsTool,
      kFilesTool,
      kCalculatorTool,
      kMailTool,
      kMediaTool,
      kSystemTool,
      kHomeTool,
      kShellTool,
      kMemoryTool,
      kPhrasesTool,
      kMcpTool,
  };
  return kTools;
}

}  // namespace favilla

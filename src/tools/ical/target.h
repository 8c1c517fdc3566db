// Where a new item goes, and the small things that the calendar and the reminders tool share.
#pragma once

#include <string>
#include <string_view>

#include "tools/ical/vdir.h"
#include "tools/tool.h"

namespace favilla {

// The text of `[table] key` in config.toml, or the fallback.
std::string setting_text(const Settings& settings, std::string_view table, std::string_view key,
                         std::string_view fallback);

// The folder's name of the calendar that the owner named, or of a new one. kInvalidArgument when that cannot be a name.
Result<std::string> target_calendar(const Vdir& vdir, std::string_view asked, std::string_view fallback);

// The main item's rule as text lines of replies: ", every Monday"; nothing when it does not recur.
std::string rule_words(const CalendarItem& item);

}  // namespace favilla

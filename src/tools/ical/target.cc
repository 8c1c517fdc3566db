// Names of calendars, and settings.
#include "tools/ical/target.h"

#include <fmt/format.h>

#include "tools/wording.h"

namespace favilla {

std::string setting_text(const Settings& settings, std::string_view table, std::string_view key,
                         std::string_view fallback) {
  const auto found = settings.find(table);
  if (found == settings.end() || !found->is_object()) return std::string(fallback);
  const auto value = found->find(key);
  if (value == found->end() || !value->is_string()) return std::string(fallback);
  return value->get<std::string>();
}

Result<std::string> target_calendar(const Vdir& vdir, std::string_view asked, std::string_view fallback) {
  const std::string_view wanted = asked.empty() ? fallback : asked;
  if (const Vdir::Calendar* known = vdir.find_calendar(wanted)) return known->name;
  if (!is_calendar_name(wanted)) {
    return Error{ErrorKind::kInvalidArgument,
                 fmt::format("\"{}\" cannot be the name of a calendar or a list.", wanted.substr(0, 100))};
  }
  return std::string(wanted);
}

std::string rule_words(const CalendarItem& item) {
  return item.rule ? ", " + say_rule(item.rule->text()) : "";
}

}  // namespace favilla

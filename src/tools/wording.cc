// Times and counts in English words.
#include "tools/wording.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "tools/ical/rule.h"
#include "tools/ical/time.h"

namespace favilla {
namespace {

using std::chrono::days;
using std::chrono::seconds;

constexpr std::array<std::string_view, 7> kWeekdays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                    "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths{"January",   "February", "March",    "April",
                                                   "May",       "June",     "July",     "August",
                                                   "September", "October",  "November", "December"};
constexpr int kHalfYearDays = 183;

LocalSeconds day_of(LocalSeconds time) {
  return std::chrono::floor<days>(time);
}

std::string_view weekday_of(LocalSeconds time) {
  return kWeekdays[std::chrono::weekday{std::chrono::floor<days>(time)}.c_encoding()];
}

std::string date_of(LocalSeconds time, LocalSeconds now) {
  const std::chrono::year_month_day date{std::chrono::floor<days>(time)};
  const std::chrono::year_month_day today{std::chrono::floor<days>(now)};
  std::string text =
      fmt::format("{} {}", static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1]);
  const auto distance = std::chrono::abs(day_of(time) - day_of(now));
  if (date.year() != today.year() && distance > days{kHalfYearDays})
    text += fmt::format(" {}", static_cast<int>(date.year()));
  return text;
}

struct WeekdayCode {
  std::string_view code;
  std::string_view name;
};
constexpr std::array<WeekdayCode, 7> kWeekdayCodes{{{"MO", "Monday"},
                                                    {"TU", "Tuesday"},
                                                    {"WE", "Wednesday"},
                                                    {"TH", "Thursday"},
                                                    {"FR", "Friday"},
                                                    {"SA", "Saturday"},
                                                    {"SU", "Sunday"}}};

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> parts;
  while (true) {
    parts.emplace_back(list.substr(0, list.find(',')));
    if (parts.back().size() == list.size()) return parts;
    list.remove_prefix(parts.back().size() + 1);
  }
}

std::string ordinal(int number) {
  if (number == -1) return "last";
  if (number < 0) return ordinal(-number) + " to last";
  const int tens = number % 100;
  if (tens >= 11 && tens <= 13) return fmt::format("{}th", number);
  constexpr std::array<std::string_view, 4> kEndings{"th", "st", "nd", "rd"};
  return fmt::format("{}{}", number, number % 10 < 4 ? kEndings[static_cast<size_t>(number % 10)] : "th");
}

int number_of(std::string_view text) {
  int number = 0;
  if (text.starts_with('+')) text.remove_prefix(1);
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// "Monday", "the last Friday"; empty for what is no day.
std::string weekday_words(std::string_view code) {
  for (const WeekdayCode& day : kWeekdayCodes) {
    if (!code.ends_with(day.code)) continue;
    if (code.size() == 2) return std::string(day.name);
    return fmt::format("the {} {}", ordinal(number_of(code.substr(0, code.size() - 2))), day.name);
  }
  return "";
}

std::string list_words(std::string_view list, const std::function<std::string(std::string_view)>& word) {
  std::vector<std::string> words;
  for (const std::string& one : split(list)) words.push_back(word(one));
  return say_list(words);
}

std::string frequency_words(const RecurrenceRule& rule) {
  const std::string frequency = rule.part("FREQ").value_or("");
  const int interval = number_of(rule.part("INTERVAL").value_or("1"));
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kUnits{{{"MINUTELY", "minute"},
                                                                                 {"HOURLY", "hour"},
                                                                                 {"DAILY", "day"},
                                                                                 {"WEEKLY", "week"},
                                                                                 {"MONTHLY", "month"},
                                                                                 {"YEARLY", "year"}}};
  for (const auto& [name, unit] : kUnits) {
    if (name != frequency) continue;
    return interval == 1 ? fmt::format("every {}", unit) : fmt::format("every {} {}s", interval, unit);
  }
  return "";
}

// " on Monday and Friday"; nullopt when the days cannot be said shortly.
std::optional<std::string> day_words(const RecurrenceRule& rule) {
  const auto by_day = rule.part("BYDAY");
  const auto by_month_day = rule.part("BYMONTHDAY");
  const auto position = rule.part("BYSETPOS");
  for (const char* part : {"BYYEARDAY", "BYWEEKNO", "BYHOUR", "BYMINUTE", "BYSECOND"}) {
    if (rule.part(part)) return std::nullopt;
  }
  if ((by_day && by_month_day) || (position && !by_day)) return std::nullopt;
  std::string words;
  if (position) {
    if (*by_day != "MO,TU,WE,TH,FR") return std::nullopt;
    words = fmt::format(" on the {} weekday", ordinal(number_of(*position)));
  } else if (by_day) {
    words = *by_day == "MO,TU,WE,TH,FR" ? " from Monday to Friday" : " on " + list_words(*by_day, weekday_words);
  } else if (by_month_day) {
    words = " on the " + list_words(*by_month_day, [](std::string_view day) {
              return number_of(day) < 0 ? ordinal(number_of(day)) + " day" : ordinal(number_of(day));
            });
  }
  if (const auto months = rule.part("BYMONTH")) {
    words += " in " + list_words(*months, [](std::string_view month) {
               return std::string(kMonths[static_cast<size_t>(number_of(month) - 1)]);
             });
  }
  return words;
}

}  // namespace

std::string say_clock(LocalSeconds time, Say say) {
  const std::chrono::hh_mm_ss parts{time - std::chrono::floor<days>(time)};
  const int64_t hour = parts.hours().count();
  const int64_t minute = parts.minutes().count();
  if (say == Say::kWritten) return fmt::format("{:02}:{:02}", hour, minute);
  if (minute == 0 && hour == 12) return "noon";
  if (minute == 0 && hour == 0) return "midnight";
  const std::string_view half = hour < 12 ? "a.m." : "p.m.";
  const int64_t shown = hour % 12 == 0 ? 12 : hour % 12;
  return minute == 0 ? fmt::format("{} {}", shown, half) : fmt::format("{}:{:02} {}", shown, minute, half);
}

std::string say_day(LocalSeconds day, LocalSeconds now, Say say) {
  const int64_t ahead = (std::chrono::floor<days>(day) - std::chrono::floor<days>(now)).count();
  if (ahead == 0) return "today";
  if (ahead == 1) return "tomorrow";
  if (ahead == -1) return "yesterday";
  if (ahead < 0 && ahead >= -6) return fmt::format("last {}", weekday_of(day));
  const std::string name = ahead > 0 && ahead <= 6 ? std::string(weekday_of(day)) : date_of(day, now);
  return say == Say::kSpoken ? "on " + name : name;
}

std::string say_time(LocalSeconds time, LocalSeconds now, Say say) {
  return fmt::format("{} at {}", say_day(time, now, say), say_clock(time, say));
}

std::string say_span(LocalSeconds start, LocalSeconds end, LocalSeconds now, Say say) {
  if (end <= start) return say_time(start, now, say);
  const bool one_day = day_of(start) == day_of(end - seconds{1});
  const std::string from = say_clock(start, say);
  const std::string to = say_clock(end, say);
  if (say == Say::kWritten) {
    if (one_day) return fmt::format("{}, {}-{}", say_day(start, now, say), from, to);
    return fmt::format("{} {} to {} {}", say_day(start, now, say), from, say_day(end, now, say), to);
  }
  if (one_day) return fmt::format("{} from {} to {}", say_day(start, now, say), from, to);
  return fmt::format("{} at {} until {} at {}", say_day(start, now, say), from, say_day(end, now, Say::kWritten), to);
}

std::string say_days(LocalSeconds start, LocalSeconds end, LocalSeconds now, Say say) {
  const LocalSeconds last = day_of(end - seconds{1});
  if (last <= day_of(start)) return say_day(start, now, say);
  if (say == Say::kSpoken) {
    const std::string first = say_day(start, now, say);
    const std::string until = say_day(last, now, Say::kWritten);
    return first.starts_with("on ") ? fmt::format("from {} to {}", first.substr(3), until)
                                    : fmt::format("from {} to {}", first, until);
  }
  return fmt::format("{} to {}", say_day(start, now, say), say_day(last, now, say));
}

std::string sentence(std::string text) {
  if (text.empty() || std::string_view(".!?").find(text.back()) == std::string_view::npos) text += '.';
  return text;
}

std::string say_duration(seconds duration) {
  constexpr std::array<std::pair<int64_t, std::string_view>, 5> kUnits{
      {{604800, "week"}, {86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}}};
  int64_t rest = std::abs(duration.count());
  std::string text;
  for (const auto& [size, unit] : kUnits) {
    // Weeks only when nothing is left over: "10 days", "2 weeks".
    if (size == 604800 && rest % size != 0) continue;
    const int64_t count = rest / size;
    rest %= size;
    if (count == 0) continue;
    if (!text.empty()) text += ' ';
    text += say_count(static_cast<size_t>(count), unit);
  }
  return text.empty() ? "0 seconds" : text;
}

std::string say_count(size_t count, std::string_view noun) {
  if (count == 0) return fmt::format("no {}s", noun);
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string say_list(const std::vector<std::string>& parts) {
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += i + 1 == parts.size() ? " and " : ", ";
    text += parts[i];
  }
  return text;
}

std::string say_rule(std::string_view text) {
  const auto rule = RecurrenceRule::parse(text);
  const std::optional<std::string> day = rule ? day_words(*rule) : std::nullopt;
  if (!day) return fmt::format("by the rule {}", text);
  std::string words = frequency_words(*rule) + *day;
  if (words == "every week from Monday to Friday") words = "every weekday";
  if (words.starts_with("every week on ") && words.find(',') == std::string::npos && words.find(" and ") == words.npos)
    words = "every " + words.substr(14);
  if (const auto count = rule->part("COUNT")) words += ", " + say_count(static_cast<size_t>(number_of(*count)), "time");
  if (const auto until = rule->part("UNTIL")) {
    if (const auto time = parse_time(*until)) {
      const std::chrono::year_month_day date{std::chrono::floor<days>(time->local)};
      words += fmt::format(", until {} {} {}", static_cast<unsigned>(date.day()),
                           kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()));
    }
  }
  return words;
}

}  // namespace favilla

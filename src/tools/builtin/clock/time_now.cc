// What time and what day it is, here and elsewhere.
#include <fmt/format.h>

#include "tools/builtin/clock/actions.h"
#include "tools/builtin/clock/places.h"
#include "tools/wording.h"

namespace favilla::clock_tool {
namespace {

constexpr const char* kWeekdays[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
constexpr const char* kMonths[] = {"January", "February", "March",     "April",   "May",      "June",
                                   "July",    "August",   "September", "October", "November", "December"};

// "Monday, 23 November 2026"
std::string full_date(LocalSeconds time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  return fmt::format("{}, {} {} {}", kWeekdays[std::chrono::weekday{day}.c_encoding()],
                     static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()));
}

// ISO 8601: the week that holds the year's first Thursday is week 1.
int iso_week(LocalSeconds time) {
  using std::chrono::days;
  const auto day = std::chrono::floor<days>(time);
  const auto thursday = day + days{4} - days{std::chrono::weekday{day}.iso_encoding()};
  const std::chrono::year_month_day date{thursday};
  const auto first = std::chrono::local_days{date.year() / std::chrono::January / 1};
  return static_cast<int>((thursday - first).count() / 7) + 1;
}

// " tomorrow" where the calendar there is a day ahead.
std::string day_word(LocalSeconds there, LocalSeconds here) {
  const auto days =
      (std::chrono::floor<std::chrono::days>(there) - std::chrono::floor<std::chrono::days>(here)).count();
  return days > 0 ? " tomorrow" : (days < 0 ? " yesterday" : "");
}

Result<std::optional<Place>> place_of(const Json& arguments, const char* key) {
  const std::string text = arguments.value(key, std::string());
  if (text.empty()) return std::optional<Place>();
  return std::optional<Place>(TRY(find_place(text)));
}

}  // namespace

Result<Outcome> now(const ToolContext& context, const Json& arguments) {
  const std::optional<Place> place = TRY(place_of(arguments, "place"));
  const TimeZone zone = place ? place->zone : context.zone;
  const Moment moment = context.clock.now();
  const LocalSeconds local = zone.to_local(moment);
  const LocalSeconds here = context.zone.to_local(moment);
  const std::string where = place ? " in " + place->name : "";
  const std::string what = arguments.value("what", "time");
  Outcome outcome;
  outcome.result = Json{{"time", format_iso(local)}, {"zone", zone.name()}};
  if (what == "date") {
    outcome.reply = place ? fmt::format("In {} it is {}.", place->name, full_date(local))
                          : fmt::format("Today is {}.", full_date(local));
  } else if (what == "week") {
    outcome.result["week"] = iso_week(local);
    outcome.reply = fmt::format("It is week {}.", iso_week(local));
  } else {
    const std::string day = place ? day_word(local, here) : "";
    outcome.reply = fmt::format("It is {}{}{}.", say_clock(local, Say::kWritten), where, day);
    outcome.spoken = fmt::format("It's {}{}{}.", say_clock(local, Say::kSpoken), where, day);
  }
  return outcome;
}

Result<Outcome> difference(const ToolContext& context, const Json& arguments) {
  const Place place = TRY(find_place(arguments.value("place", std::string())));
  const std::optional<Place> other = TRY(place_of(arguments, "other"));
  const Moment moment = context.clock.now();
  const auto ahead = place.zone.offset_at(moment) - (other ? other->zone : context.zone).offset_at(moment);
  Outcome outcome;
  outcome.result["seconds"] = ahead.count();
  const std::string than = other ? other->name : "here";
  outcome.reply = ahead.count() == 0 ? fmt::format("{} has the same time as {}.", place.name, than)
                                     : fmt::format("{} is {} {} {}.", place.name, say_duration(ahead),
                                                   ahead.count() > 0 ? "ahead of" : "behind", than);
  return outcome;
}

}  // namespace favilla::clock_tool

// The times that a call's arguments ask for. An argument may leave out the day or the time; what is left out depends on
// the action ("move it to 4" keeps the day), so that is for the caller to fill in.
//
//   const std::optional<AskedTime> due = TRY(asked_time(arguments, "due"));
//   if (due) use(due->from(now), due->whole_day());
#pragma once

#include <optional>
#include <string_view>

#include "base/json.h"
#include "base/time_zone.h"
#include "tools/ical/rule.h"

namespace favilla {

struct AskedTime {
  std::optional<LocalSeconds> day;            // midnight
  std::optional<std::chrono::seconds> clock;  // since midnight

  bool whole_day() const { return !clock.has_value(); }
  // The next time that fits: a time alone is today's, or tomorrow's when it has passed.
  LocalSeconds from(LocalSeconds now) const;
};

// "2026-11-23", "18:00", "18:00:00" or "2026-11-23T18:00:00". nullopt when there is no such argument; kInvalidArgument,
// naming the argument, for anything else.
Result<std::optional<AskedTime>> asked_time(const Json& arguments, std::string_view name);

struct AskedRange {
  LocalSeconds start;
  LocalSeconds end;  // exclusive
};

// From `start` to `end`. A start alone is its day, or what is left of the day from its time; an end alone is from now
// on. nullopt when there is neither. As above, also for a range that ends before it begins.
Result<std::optional<AskedRange>> asked_range(const Json& arguments, LocalSeconds now);

struct AskedRule {
  RecurrenceRule rule;                        // without a time of day
  std::optional<std::chrono::seconds> clock;  // what the rule's BYHOUR and BYMINUTE said

  // The first occurrence at `from` or later.
  LocalSeconds first(LocalSeconds from) const;
};

// An RRULE value.
Result<std::optional<AskedRule>> asked_rule(const Json& arguments, std::string_view name);

// How much of a series an action is about, in the owner's words: "this", "only this one", "following", "all of them".
enum class Which { kThis, kFollowing, kAll };
Result<std::optional<Which>> asked_which(const Json& arguments);
// What to choose from when it was not said; asked_which understands them.
inline constexpr const char* kOnlyThis = "only this one";
inline constexpr const char* kAllOfThem = "all of them";

// Strings and integers of arguments; the fallback when they are absent.
std::string asked_text(const Json& arguments, std::string_view name);
std::optional<std::chrono::seconds> asked_seconds(const Json& arguments, std::string_view name);

}  // namespace favilla

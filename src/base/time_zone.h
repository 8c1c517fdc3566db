// IANA time zones, and moments as ISO 8601 text.
//
//   TimeZone zone = TRY(TimeZone::find("Europe/Lisbon"));
//   zone.to_moment(local);            // what the wall clock shows -> when that is
//   format_iso(zone.to_local(moment));  // "2026-03-29T01:30:00"
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/paths.h"
#include "base/result.h"

namespace favilla {

// A value: copies share the zone's table, which lives as long as the process. All functions are thread-safe.
class TimeZone {
 public:
  // kNotFound for a name that the system's zone database does not have.
  static Result<TimeZone> find(std::string_view iana_name);

  // Of $TZ or /etc/localtime; UTC when neither names a zone.
  static TimeZone of_this_machine(const GetEnvironment& environment = process_environment);

  static TimeZone utc();

  std::string_view name() const;

  LocalSeconds to_local(Moment moment) const;

  // RFC 5545's choices: a local time that a change of clocks skips keeps the offset from before it (02:30 becomes
  // 03:30), one that occurs twice is the first.
  Moment to_moment(LocalSeconds local) const;

  std::chrono::seconds offset_at(Moment moment) const;  // east of Greenwich is positive

 private:
  explicit TimeZone(const void* zone) : zone_(zone) {}
  const void* zone_;  // date::time_zone: its header stays in one .cc
};

// "2026-11-23T18:00:00"
std::string format_iso(LocalSeconds local);

// "2026-11-23T18:00:00.250Z"; whole seconds have no fraction.
std::string format_iso(Moment moment);

// "2026-11-23"
std::string format_iso(std::chrono::year_month_day date);

// "2026-11-23", "2026-11-23T18:00", "2026-11-23 18:00:05": a wall clock. kInvalidArgument for anything else, also for
// days that no calendar has.
Result<LocalSeconds> parse_iso_local(std::string_view text);

// As above, or with "Z" or an offset such as "+01:00"; without one the text is a wall clock of `zone`.
Result<Moment> parse_iso_moment(std::string_view text, const TimeZone& zone);

}  // namespace favilla

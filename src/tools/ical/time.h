// Dates and times of iCalendar, and the zones that give them a meaning.
//
//   IcalZones zones(calendar, owner_zone);
//   Moment start = zones.to_moment(*read_time(*event.find("DTSTART")));
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_zone.h"
#include "tools/ical/content.h"

namespace favilla {

// A DATE or DATE-TIME value: what a wall clock shows, and whose.
struct IcalTime {
  enum class Kind {
    kDate,      // a whole day, wherever the owner is
    kFloating,  // the owner's wall clock, wherever the owner is
    kUtc,
    kZoned,  // the wall clock of `zone`
  };
  LocalSeconds local{};
  Kind kind = Kind::kFloating;
  std::string zone;  // TZID as in the file

  bool is_date() const { return kind == Kind::kDate; }
  bool operator==(const IcalTime&) const = default;
};

// "20261123" or "20261123T180000[Z]"; nullopt for anything else, also for days that no calendar has.
std::optional<IcalTime> parse_time(std::string_view value);

// Of a line such as DTSTART;TZID=Europe/Lisbon:20261123T180000.
std::optional<IcalTime> read_time(const IcalLine& line);
// Of a line with a list, such as EXDATE; nullopt when one value is none. Periods of an RDATE count as their start.
std::optional<std::vector<IcalTime>> read_times(const IcalLine& line);

// "-PT15M", "P1D", "P2W"; nullopt for anything else and for more than 100 years.
std::optional<std::chrono::seconds> parse_duration(std::string_view value);
std::string format_duration(std::chrono::seconds duration);

// "20261123" or "20261123T180000" or "20261123T180000Z"
std::string format_time(const IcalTime& time);
// NAME, NAME;VALUE=DATE or NAME;TZID=zone, with the value.
IcalLine make_time_line(std::string_view name, const IcalTime& time);

// One zone that a file may name: an IANA zone, or shifts that its VTIMEZONE lists.
class IcalZone {
 public:
  explicit IcalZone(const TimeZone& zone) : iana_(zone) {}
  // From a VTIMEZONE; nullopt when it defines nothing that can be used.
  static std::optional<IcalZone> from_component(const IcalComponent& vtimezone);

  Moment to_moment(LocalSeconds local) const;
  LocalSeconds to_local(Moment moment) const;
  const std::optional<TimeZone>& iana() const { return iana_; }

 private:
  struct Shift {
    Moment at;
    std::chrono::seconds before;
    std::chrono::seconds after;
  };
  IcalZone() = default;
  std::chrono::seconds offset_at(Moment moment) const;

  std::optional<TimeZone> iana_;
  std::vector<Shift> shifts_;  // sorted; used when there is no iana_
};

// The zones of one file. A TZID is looked up as an IANA name (also behind another program's prefix), as a name of
// Windows, as the X-LIC-LOCATION of its VTIMEZONE, and at last by what its VTIMEZONE says; a zone that nothing defines
// is the owner's.
class IcalZones {
 public:
  IcalZones(const IcalComponent& calendar, const TimeZone& owner);

  Moment to_moment(const IcalTime& time) const;
  // The same moment as `like` is written: in its zone, as UTC, floating, or its day.
  IcalTime from_moment(Moment moment, const IcalTime& like) const;
  const TimeZone& owner() const { return owner_; }

 private:
  const IcalZone* find(const std::string& tzid) const;

  TimeZone owner_;
  std::map<std::string, IcalZone> zones_;  // by TZID
};

// A VTIMEZONE for what happens from the year of `when` on: the rules of that year if they repeat, else the shifts of
// the next ten years. Its TZID is the IANA name.
IcalComponent make_timezone(const TimeZone& zone, Moment when);

}  // namespace favilla

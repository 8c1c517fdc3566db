// Zones of iCalendar files: finding the IANA zone that a TZID means, evaluating a VTIMEZONE that means none, and
// writing short VTIMEZONEs of our own.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tools/ical/rule.h"
#include "tools/ical/time.h"

namespace favilla {
namespace {

using std::chrono::days;
using std::chrono::seconds;

// A foreign zone's rules are evaluated within these years; Outlook's begin in 1601.
constexpr int kFirstForeignYear = 1970;
constexpr int kLastForeignYear = 2100;
constexpr int kMaxShiftsOfObservance = 200;
constexpr int kYearsWithoutRule = 10;
constexpr int kMaxPrefixes = 6;

struct ZoneAlias {
  std::string_view windows;
  std::string_view iana;
};

// What Outlook and Exchange call the zones of most people (CLDR's windowsZones).
constexpr std::array<ZoneAlias, 44> kWindowsZones{{
    {"AUS Eastern Standard Time", "Australia/Sydney"},
    {"Alaskan Standard Time", "America/Anchorage"},
    {"Arab Standard Time", "Asia/Riyadh"},
    {"Arabian Standard Time", "Asia/Dubai"},
    {"Argentina Standard Time", "America/Buenos_Aires"},
    {"Atlantic Standard Time", "America/Halifax"},
    {"Canada Central Standard Time", "America/Regina"},
    {"Cape Verde Standard Time", "Atlantic/Cape_Verde"},
    {"Cen. Australia Standard Time", "Australia/Adelaide"},
    {"Central America Standard Time", "America/Guatemala"},
    {"Central Europe Standard Time", "Europe/Budapest"},
    {"Central European Standard Time", "Europe/Warsaw"},
    {"Central Standard Time", "America/Chicago"},
    {"China Standard Time", "Asia/Shanghai"},
    {"E. Australia Standard Time", "Australia/Brisbane"},
    {"E. South America Standard Time", "America/Sao_Paulo"},
    {"Eastern Standard Time", "America/New_York"},
    {"Egypt Standard Time", "Africa/Cairo"},
    {"FLE Standard Time", "Europe/Kiev"},
    {"GMT Standard Time", "Europe/London"},
    {"GTB Standard Time", "Europe/Bucharest"},
    {"Greenwich Standard Time", "Atlantic/Reykjavik"},
    {"Hawaiian Standard Time", "Pacific/Honolulu"},
    {"India Standard Time", "Asia/Calcutta"},
    {"Israel Standard Time", "Asia/Jerusalem"},
    {"Korea Standard Time", "Asia/Seoul"},
    {"Morocco Standard Time", "Africa/Casablanca"},
    {"Mountain Standard Time", "America/Denver"},
    {"New Zealand Standard Time", "Pacific/Auckland"},
    {"Newfoundland Standard Time", "America/St_Johns"},
    {"Pacific SA Standard Time", "America/Santiago"},
    {"Pacific Standard Time", "America/Los_Angeles"},
    {"Romance Standard Time", "Europe/Paris"},
    {"Russian Standard Time", "Europe/Moscow"},
    {"SA Pacific Standard Time", "America/Bogota"},
    {"SE Asia Standard Time", "Asia/Bangkok"},
    {"Singapore Standard Time", "Asia/Singapore"},
    {"South Africa Standard Time", "Africa/Johannesburg"},
    {"Tokyo Standard Time", "Asia/Tokyo"},
    {"Turkey Standard Time", "Europe/Istanbul"},
    {"US Mountain Standard Time", "America/Phoenix"},
    {"UTC", "Etc/UTC"},
    {"W. Australia Standard Time", "Australia/Perth"},
    {"W. Europe Standard Time", "Europe/Berlin"},
}};

// "Europe/Lisbon", "/freeassociation.sourceforge.net/Europe/Lisbon" or "GMT Standard Time".
std::optional<TimeZone> known_zone(std::string_view tzid) {
  if (tzid.empty() || tzid.size() > 200) return std::nullopt;
  for (const ZoneAlias& alias : kWindowsZones) {
    if (alias.windows == tzid) {
      auto zone = TimeZone::find(alias.iana);
      return zone ? std::optional(*zone) : std::nullopt;
    }
  }
  // Each tail of the path, longest first: prefixes are other programs' names.
  std::string_view tail = tzid;
  for (int prefix = 0; prefix < kMaxPrefixes; ++prefix) {
    if (const auto zone = TimeZone::find(tail)) return *zone;
    const size_t slash = tail.find('/');
    if (slash == std::string_view::npos) break;
    tail.remove_prefix(slash + 1);
  }
  return std::nullopt;
}

// "+0100", "-003645"
std::optional<seconds> parse_offset(std::string_view value) {
  if (value.size() != 5 && value.size() != 7) return std::nullopt;
  if (value[0] != '+' && value[0] != '-') return std::nullopt;
  if (value.find_first_not_of("0123456789", 1) != std::string_view::npos) return std::nullopt;
  const auto two = [&](size_t at) { return (value[at] - '0') * 10 + (value[at + 1] - '0'); };
  const seconds size{two(1) * 3600 + two(3) * 60 + (value.size() == 7 ? two(5) : 0)};
  if (size > std::chrono::hours{24}) return std::nullopt;
  return value[0] == '-' ? -size : size;
}

std::string format_offset(seconds offset) {
  const int64_t size = std::abs(offset.count());
  std::string text = fmt::format("{}{:02}{:02}", offset.count() < 0 ? '-' : '+', size / 3600, size % 3600 / 60);
  return size % 60 == 0 ? text : text + fmt::format("{:02}", size % 60);
}

// The wall clock times, before the shift, at which an observance begins.
std::vector<LocalSeconds> onsets(const IcalComponent& observance) {
  std::vector<LocalSeconds> times;
  const IcalLine* start_line = observance.find("DTSTART");
  const std::optional<IcalTime> start = start_line == nullptr ? std::nullopt : read_time(*start_line);
  if (!start) return times;
  times.push_back(start->local);
  for (const IcalLine* line : observance.all("RDATE")) {
    for (const IcalTime& time : read_times(*line).value_or(std::vector<IcalTime>{})) {
      if (times.size() < kMaxShiftsOfObservance) times.push_back(time.local);
    }
  }
  const IcalLine* rule_line = observance.find("RRULE");
  if (rule_line == nullptr) return times;
  const auto rule = RecurrenceRule::parse(rule_line->value());
  if (!rule || rule->part("FREQ") != "YEARLY") return times;
  const std::optional<IcalTime> until = parse_time(rule->part("UNTIL").value_or(""));
  const LocalSeconds last = std::chrono::local_days{std::chrono::year{kLastForeignYear} / 1 / 1};
  const LocalSeconds first = std::chrono::local_days{std::chrono::year{kFirstForeignYear} / 1 / 1};
  rule->for_each(start->local, std::max(start->local, first), [&](LocalSeconds time) {
    // UNTIL is UTC here; a day more or less does not matter for a yearly rule.
    if (time > last || (until && time > until->local + days{1})) return false;
    if (time != start->local) times.push_back(time);
    return times.size() < kMaxShiftsOfObservance;
  });
  return times;
}

// The first moment in (from, to] at which the offset is another than at `from`; nullopt when there is none. No zone
// returns to an offset within a week.
std::optional<Moment> next_shift(const TimeZone& zone, Moment from, Moment to) {
  for (Moment step = from; step < to; step += days{7}) {
    const Moment step_end = std::min(to, step + days{7});
    if (zone.offset_at(step) == zone.offset_at(step_end)) continue;
    Moment before = step;
    Moment after = step_end;
    while (after - before > seconds{1}) {
      const Moment middle = before + (after - before) / 2;
      (zone.offset_at(middle) == zone.offset_at(step) ? before : after) = middle;
    }
    return std::chrono::floor<seconds>(after);
  }
  return std::nullopt;
}

Moment start_of_year(int year) {
  return Moment{std::chrono::sys_days{std::chrono::year{year} / 1 / 1}};
}

struct ZoneShift {
  Moment at;
  seconds before;
  seconds after;
  LocalSeconds onset() const { return LocalSeconds{std::chrono::floor<seconds>(at.time_since_epoch()) + before}; }
};

std::vector<ZoneShift> shifts_of(const TimeZone& zone, int first_year, int years) {
  std::vector<ZoneShift> shifts;
  const Moment end = start_of_year(first_year + years);
  Moment from = start_of_year(first_year);
  while (const std::optional<Moment> at = next_shift(zone, from, end)) {
    shifts.push_back({*at, zone.offset_at(*at - seconds{1}), zone.offset_at(*at)});
    from = *at;
  }
  return shifts;
}

// "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU" for a shift of that day; a week past the third counts from the month's end.
std::string yearly_rule(LocalSeconds onset) {
  constexpr std::array<std::string_view, 7> kDays{"SU", "MO", "TU", "WE", "TH", "FR", "SA"};
  const auto day = std::chrono::floor<days>(onset);
  const std::chrono::year_month_day date{day};
  const unsigned week = (static_cast<unsigned>(date.day()) - 1) / 7 + 1;
  const std::chrono::year_month_day_last last{date.year(), std::chrono::month_day_last{date.month()}};
  const bool is_last = static_cast<unsigned>(date.day()) + 7 > static_cast<unsigned>(last.day());
  return fmt::format("FREQ=YEARLY;BYMONTH={};BYDAY={}{}", static_cast<unsigned>(date.month()),
                     is_last ? -1 : static_cast<int>(week), kDays[std::chrono::weekday{day}.c_encoding()]);
}

IcalComponent make_observance(const ZoneShift& shift, LocalSeconds onset) {
  IcalComponent part = make_component(shift.after > shift.before ? "DAYLIGHT" : "STANDARD");
  part.add(make_line("DTSTART", format_time({onset, IcalTime::Kind::kFloating, ""})));
  part.add(make_line("TZOFFSETFROM", format_offset(shift.before)));
  part.add(make_line("TZOFFSETTO", format_offset(shift.after)));
  return part;
}

// Whether the rule that `shift` suggests gives exactly the onsets of the later shifts of its direction.
bool repeats(const ZoneShift& shift, const std::vector<ZoneShift>& all) {
  const auto rule = RecurrenceRule::parse(yearly_rule(shift.onset()));
  if (!rule) return false;
  std::vector<LocalSeconds> expected;
  for (const ZoneShift& other : all) {
    if (other.after == shift.after && other.before == shift.before) expected.push_back(other.onset());
  }
  size_t matched = 0;
  rule->for_each(shift.onset(), shift.onset(), [&](LocalSeconds time) {
    if (matched == expected.size() || time != expected[matched]) return false;
    ++matched;
    return true;
  });
  return matched == expected.size() && matched == kYearsWithoutRule;
}

}  // namespace

std::optional<IcalZone> IcalZone::from_component(const IcalComponent& vtimezone) {
  if (const IcalLine* place = vtimezone.find("X-LIC-LOCATION")) {
    if (const std::optional<TimeZone> zone = known_zone(place->value())) return IcalZone(*zone);
  }
  IcalZone zone;
  for (const char* kind : {"STANDARD", "DAYLIGHT"}) {
    for (const IcalComponent* observance : vtimezone.components(kind)) {
      const IcalLine* from_line = observance->find("TZOFFSETFROM");
      const IcalLine* to_line = observance->find("TZOFFSETTO");
      if (from_line == nullptr || to_line == nullptr) continue;
      const std::optional<seconds> from = parse_offset(from_line->value());
      const std::optional<seconds> to = parse_offset(to_line->value());
      if (!from || !to) continue;
      for (const LocalSeconds onset : onsets(*observance)) {
        zone.shifts_.push_back({Moment{onset.time_since_epoch() - *from}, *from, *to});
      }
    }
  }
  if (zone.shifts_.empty()) return std::nullopt;
  std::sort(zone.shifts_.begin(), zone.shifts_.end(), [](const Shift& a, const Shift& b) { return a.at < b.at; });
  return zone;
}

seconds IcalZone::offset_at(Moment moment) const {
  const auto later = std::upper_bound(shifts_.begin(), shifts_.end(), moment,
                                      [](Moment at, const Shift& shift) { return at < shift.at; });
  return later == shifts_.begin() ? shifts_.front().before : std::prev(later)->after;
}

Moment IcalZone::to_moment(LocalSeconds local) const {
  if (iana_) return iana_->to_moment(local);
  // The earlier of the moments at which this clock shows `local`; in a gap, the offset from before it (RFC 5545).
  const Moment as_utc{local.time_since_epoch()};
  const seconds early = offset_at(as_utc - std::chrono::hours{24});
  const seconds late = offset_at(as_utc + std::chrono::hours{24});
  if (offset_at(as_utc - early) == early) return as_utc - early;
  return offset_at(as_utc - late) == late ? as_utc - late : as_utc - early;
}

LocalSeconds IcalZone::to_local(Moment moment) const {
  if (iana_) return iana_->to_local(moment);
  return LocalSeconds{std::chrono::floor<seconds>(moment.time_since_epoch()) + offset_at(moment)};
}

IcalZones::IcalZones(const IcalComponent& calendar, const TimeZone& owner) : owner_(owner) {
  for (const IcalComponent* vtimezone : calendar.components("VTIMEZONE")) {
    const IcalLine* tzid = vtimezone->find("TZID");
    if (tzid == nullptr) continue;
    const std::string name(tzid->value());
    if (const std::optional<TimeZone> known = known_zone(name)) {
      zones_.emplace(name, IcalZone(*known));
    } else if (std::optional<IcalZone> zone = IcalZone::from_component(*vtimezone)) {
      zones_.emplace(name, *std::move(zone));
    }
  }
}

const IcalZone* IcalZones::find(const std::string& tzid) const {
  const auto found = zones_.find(tzid);
  return found == zones_.end() ? nullptr : &found->second;
}

Moment IcalZones::to_moment(const IcalTime& time) const {
  if (time.kind == IcalTime::Kind::kUtc) return Moment{time.local.time_since_epoch()};
  if (time.kind != IcalTime::Kind::kZoned) return owner_.to_moment(time.local);
  if (const IcalZone* zone = find(time.zone)) return zone->to_moment(time.local);
  return known_zone(time.zone).value_or(owner_).to_moment(time.local);
}

IcalTime IcalZones::from_moment(Moment moment, const IcalTime& like) const {
  IcalTime time = like;
  if (like.kind == IcalTime::Kind::kUtc) {
    time.local = LocalSeconds{std::chrono::floor<seconds>(moment.time_since_epoch())};
  } else if (like.kind == IcalTime::Kind::kZoned) {
    const IcalZone* zone = find(like.zone);
    time.local = zone != nullptr ? zone->to_local(moment) : known_zone(like.zone).value_or(owner_).to_local(moment);
  } else {
    time.local = owner_.to_local(moment);
    if (like.is_date()) time.local = std::chrono::floor<days>(time.local);
  }
  return time;
}

IcalComponent make_timezone(const TimeZone& zone, Moment when) {
  IcalComponent component = make_component("VTIMEZONE");
  component.add(make_text_line("TZID", zone.name()));
  const auto date = std::chrono::year_month_day{std::chrono::floor<days>(zone.to_local(when))};
  const int first_year = static_cast<int>(date.year()) - 1;  // the first days of `when`'s year need a shift behind them
  const std::vector<ZoneShift> shifts = shifts_of(zone, first_year, kYearsWithoutRule);
  if (shifts.empty()) {
    const seconds offset = zone.offset_at(when);
    const ZoneShift fixed{start_of_year(first_year), offset, offset};
    component.add_component(make_observance(fixed, fixed.onset()));
    return component;
  }
  std::vector<ZoneShift> written;
  for (const ZoneShift& shift : shifts) {
    const bool known = std::any_of(written.begin(), written.end(), [&](const ZoneShift& other) {
      return other.before == shift.before && other.after == shift.after;
    });
    if (known) continue;
    written.push_back(shift);
    IcalComponent part = make_observance(shift, shift.onset());
    if (repeats(shift, shifts)) {
      part.add(make_line("RRULE", yearly_rule(shift.onset())));
    } else {
      for (const ZoneShift& other : shifts) {
        const bool same = other.before == shift.before && other.after == shift.after && other.at != shift.at;
        if (same) part.add(make_line("RDATE", format_time({other.onset(), IcalTime::Kind::kFloating, ""})));
      }
    }
    component.add_component(std::move(part));
  }
  return component;
}

}  // namespace favilla

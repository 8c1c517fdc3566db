// The only file that includes date/tz.h. The library throws; nothing leaves this file but Result.
#include "base/time_zone.h"

#include <date/tz.h>
#include <fmt/format.h>


namespace favilla {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const date::time_zone* zone_of(const void* zone) {
  return static_cast<const date::time_zone*>(zone);
}

const date::time_zone* locate(std::string_view name) {
  try {
    return date::locate_zone(name);
  } catch (const std::exception&) {  // an unknown name, or no zone database on this machine
    return nullptr;
  }
}

// Reads `count` digits at `position` and moves on; nullopt when one is missing.
std::optional<int> digits(std::string_view text, size_t& position, size_t count) {
  if (text.size() < position + count) return std::nullopt;
  int value = 0;
  for (size_t i = 0; i < count; ++i) {
    const char c = text[position++];
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

bool take(std::string_view text, size_t& position, char c) {
  if (position >= text.size() || text[position] != c) return false;
  ++position;
  return true;
}

struct LocalPrefix {
  std::chrono::local_time<milliseconds> local;
  size_t length;
};

// Reads a date and perhaps a time at the start of `text`.
std::optional<LocalPrefix> parse_prefix(std::string_view text) {
  size_t at = 0;
  const auto year = digits(text, at, 4);
  if (!year || !take(text, at, '-')) return std::nullopt;
  const auto month = digits(text, at, 2);
  if (!month || !take(text, at, '-')) return std::nullopt;
  const auto day = digits(text, at, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  std::chrono::local_time<milliseconds> local = std::chrono::local_days{date};
  if (at == text.size()) return LocalPrefix{local, at};
  if (!take(text, at, 'T') && !take(text, at, ' ')) return std::nullopt;
  const auto hour = digits(text, at, 2);
  if (!hour || *hour > 23 || !take(text, at, ':')) return std::nullopt;
  const auto minute = digits(text, at, 2);
  if (!minute || *minute > 59) return std::nullopt;
  local += std::chrono::hours{*hour} + std::chrono::minutes{*minute};
  if (!take(text, at, ':')) return LocalPrefix{local, at};
  const auto second = digits(text, at, 2);
  if (!second || *second > 59) return std::nullopt;
  local += seconds{*second};
  if (!take(text, at, '.')) return LocalPrefix{local, at};
  const auto fraction = digits(text, at, 3);
  if (!fraction) return std::nullopt;
  return LocalPrefix{local + milliseconds{*fraction}, at};
}

// "Z", "+01:00" or "+0100", all of `text`.
std::optional<seconds> parse_offset(std::string_view text) {
  if (text == "Z") return seconds{0};
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  size_t at = 1;
  const auto hours = digits(text, at, 2);
  take(text, at, ':');
  const auto minutes = digits(text, at, 2);
  if (!hours || !minutes || *hours > 18 || *minutes > 59 || at != text.size()) return std::nullopt;
  const seconds offset = std::chrono::hours{*hours} + std::chrono::minutes{*minutes};
  return text[0] == '-' ? -offset : offset;
}

Error not_a_time(std::string_view text) {
  return {ErrorKind::kInvalidArgument,
          fmt::format("\"{}\" is not a time such as 2026-11-23T18:00 or 2026-11-23T18:00:00+01:00", text)};
}

// date's own calendar types are those of std::chrono under another name.
date::local_seconds to_date(LocalSeconds local) {
  return date::local_seconds{local.time_since_epoch()};
}

}  // namespace

Result<TimeZone> TimeZone::find(std::string_view iana_name) {
  if (const date::time_zone* zone = locate(iana_name)) return TimeZone(zone);
  return Error{ErrorKind::kNotFound,
               fmt::format("there is no time zone \"{}\"; names look like Europe/Lisbon", iana_name)};
}

TimeZone TimeZone::of_this_machine(const GetEnvironment& environment) {
  try {
    std::string name = environment("TZ").value_or("");
    if (name.starts_with(':')) name.erase(0, 1);  // POSIX's mark for a name
    if (const date::time_zone* zone = name.empty() ? nullptr : locate(name)) return TimeZone(zone);
    return TimeZone(date::current_zone());
  } catch (const std::exception&) {
    return utc();
  }
}

TimeZone TimeZone::utc() {
  const date::time_zone* zone = locate("Etc/UTC");
  return TimeZone(zone);
}

std::string_view TimeZone::name() const {
  return zone_ == nullptr ? std::string_view("Etc/UTC") : std::string_view(zone_of(zone_)->name());
}

LocalSeconds TimeZone::to_local(Moment moment) const {
  return LocalSeconds{std::chrono::floor<seconds>(moment.time_since_epoch()) + offset_at(moment)};
}

Moment TimeZone::to_moment(LocalSeconds local) const {
  if (zone_ == nullptr) return Moment{local.time_since_epoch()};
  const date::local_info info = zone_of(zone_)->get_info(to_date(local));
  // `first` is the offset before the change, in a gap and in an overlap alike.
  return Moment{local.time_since_epoch() - info.first.offset};
}

seconds TimeZone::offset_at(Moment moment) const {
  if (zone_ == nullptr) return seconds{0};
  return zone_of(zone_)->get_info(std::chrono::floor<seconds>(moment)).offset;
}

std::string format_iso(std::chrono::year_month_day date) {
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

std::string format_iso(LocalSeconds local) {
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const std::chrono::hh_mm_ss time{local - day};
  return fmt::format("{}T{:02}:{:02}:{:02}", format_iso(std::chrono::year_month_day{day}), time.hours().count(),
                     time.minutes().count(), time.seconds().count());
}

std::string format_iso(Moment moment) {
  const auto whole = std::chrono::floor<seconds>(moment);
  const auto fraction = (moment - whole).count();
  const std::string text = format_iso(LocalSeconds{whole.time_since_epoch()});
  return fraction == 0 ? text + "Z" : fmt::format("{}.{:03}Z", text, fraction);
}

Result<LocalSeconds> parse_iso_local(std::string_view text) {
  const std::optional<LocalPrefix> prefix = parse_prefix(text);
  if (!prefix || prefix->length != text.size()) return not_a_time(text);
  return std::chrono::floor<seconds>(prefix->local);
}

Result<Moment> parse_iso_moment(std::string_view text, const TimeZone& zone) {
  const std::optional<LocalPrefix> prefix = parse_prefix(text);
  if (!prefix) return not_a_time(text);
  const auto local = std::chrono::floor<seconds>(prefix->local);
  const milliseconds fraction = prefix->local - local;
  if (prefix->length == text.size()) return zone.to_moment(local) + fraction;
  const std::optional<seconds> offset = parse_offset(text.substr(prefix->length));
  if (!offset) return not_a_time(text);
  return Moment{prefix->local.time_since_epoch() - *offset};
}

}  // namespace favilla

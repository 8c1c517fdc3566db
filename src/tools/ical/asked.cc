// Reads time arguments. Schemas have checked that strings are strings; what the strings hold is checked here.
#include "tools/ical/asked.h"

#include <fmt/format.h>

#include <charconv>

namespace favilla {
namespace {

using std::chrono::days;
using std::chrono::seconds;

LocalSeconds day_of(LocalSeconds time) {
  return std::chrono::floor<days>(time);
}

std::optional<AskedTime> parse_asked(std::string_view text) {
  const bool clock_only = text.size() >= 5 && text[2] == ':';
  const auto local = parse_iso_local(clock_only ? fmt::format("2000-01-01T{}", text) : std::string(text));
  if (!local) return std::nullopt;
  AskedTime asked;
  if (!clock_only) asked.day = day_of(*local);
  if (clock_only || text.size() > 10) asked.clock = *local - day_of(*local);
  return asked;
}

Error not_understood(std::string_view name, std::string_view text) {
  return {ErrorKind::kInvalidArgument,
          fmt::format("{}: \"{}\" is not a time such as 2026-11-23, 18:00 or 2026-11-23T18:00:00", name, text)};
}

const Json* find_argument(const Json& arguments, std::string_view name) {
  const auto found = arguments.find(name);
  return found == arguments.end() || found->is_null() ? nullptr : &*found;
}

}  // namespace

LocalSeconds AskedTime::from(LocalSeconds now) const {
  if (day) return *day + clock.value_or(seconds{0});
  const LocalSeconds today = day_of(now) + clock.value_or(seconds{0});
  return today >= now ? today : today + days{1};
}

std::string asked_text(const Json& arguments, std::string_view name) {
  const Json* value = find_argument(arguments, name);
  return value != nullptr && value->is_string() ? value->get<std::string>() : "";
}

std::optional<seconds> asked_seconds(const Json& arguments, std::string_view name) {
  const Json* value = find_argument(arguments, name);
  if (value == nullptr || !value->is_number_integer()) return std::nullopt;
  return seconds{value->get<int64_t>()};
}

Result<std::optional<AskedTime>> asked_time(const Json& arguments, std::string_view name) {
  const std::string text = asked_text(arguments, name);
  if (text.empty()) return std::optional<AskedTime>();
  const std::optional<AskedTime> asked = parse_asked(text);
  if (!asked) return not_understood(name, text);
  return asked;
}

Result<std::optional<Which>> asked_which(const Json& arguments) {
  const std::string text = asked_text(arguments, "which");
  if (text.empty()) return std::optional<Which>();
  const auto has = [&](std::string_view word) { return text.find(word) != std::string::npos; };
  if (has("following") || has("later") || has("from")) return std::optional(Which::kFollowing);
  if (has("all") || has("every") || has("series")) return std::optional(Which::kAll);
  if (has("this") || has("only") || has("just") || has("one")) return std::optional(Which::kThis);
  return Error{ErrorKind::kInvalidArgument, fmt::format("which: \"{}\" is not this, following or all", text)};
}

Result<std::optional<AskedRange>> asked_range(const Json& arguments, LocalSeconds now) {
  const std::optional<AskedTime> start = TRY(asked_time(arguments, "start"));
  const std::optional<AskedTime> end = TRY(asked_time(arguments, "end"));
  if (!start && !end) return std::optional<AskedRange>();
  AskedRange range{now, now};
  if (start) range.start = start->from(now);
  range.end = end ? end->from(range.start) : day_of(range.start) + days{1};
  if (range.end <= range.start) return Error{ErrorKind::kInvalidArgument, "end: the range ends before it begins"};
  return std::optional(range);
}

LocalSeconds AskedRule::first(LocalSeconds from) const {
  LocalSeconds base = from;
  if (clock) {
    base = day_of(from) + *clock;
    if (base < from) base += days{1};
  }
  LocalSeconds found = base;
  rule.for_each(base, base, [&](LocalSeconds time) {
    found = time;
    return false;
  });
  return found;
}

Result<std::optional<AskedRule>> asked_rule(const Json& arguments, std::string_view name) {
  const std::string text = asked_text(arguments, name);
  if (text.empty()) return std::optional<AskedRule>();
  AskedRule asked{TRY(RecurrenceRule::parse(text).context(name)), std::nullopt};
  const auto number = [&](std::string_view part) -> std::optional<int> {
    const std::optional<std::string> value = asked.rule.part(part);
    int parsed = 0;
    if (!value || value->find(',') != std::string::npos) return std::nullopt;
    std::from_chars(value->data(), value->data() + value->size(), parsed);
    return parsed;
  };
  // One time of day belongs into the start, where every program looks for it; several stay in the rule.
  if (const std::optional<int> hour = number("BYHOUR")) {
    const std::optional<int> minute = number("BYMINUTE");
    asked.clock = std::chrono::hours{*hour} + std::chrono::minutes{minute.value_or(0)};
    asked.rule = asked.rule.with("BYHOUR", std::nullopt).with("BYSECOND", std::nullopt);
    if (minute) asked.rule = asked.rule.with("BYMINUTE", std::nullopt);
  }
  return std::optional(asked);
}

}  // namespace favilla

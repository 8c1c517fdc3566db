// Reading and writing of iCalendar's dates, times and durations. The zones are in zones.cc.
#include "tools/ical/time.h"

#include <fmt/format.h>

#include <charconv>

namespace favilla {
namespace {

using std::chrono::seconds;

constexpr int64_t kMaxDurationSeconds = int64_t{100} * 366 * 86400;

// `count` digits at the start of `text`, which they are removed from.
std::optional<int> take_digits(std::string_view& text, size_t count) {
  if (text.size() < count) return std::nullopt;
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + count, number);
  if (error != std::errc() || end != text.data() + count || number < 0) return std::nullopt;
  text.remove_prefix(count);
  return number;
}

}  // namespace

std::optional<IcalTime> parse_time(std::string_view value) {
  const std::optional<int> year = take_digits(value, 4);
  const std::optional<int> month = year ? take_digits(value, 2) : std::nullopt;
  const std::optional<int> day = month ? take_digits(value, 2) : std::nullopt;
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok() || *year < 1) return std::nullopt;
  IcalTime time{std::chrono::local_days{date}, IcalTime::Kind::kDate, ""};
  if (value.empty()) return time;
  if (value[0] != 'T') return std::nullopt;
  value.remove_prefix(1);
  const std::optional<int> hour = take_digits(value, 2);
  const std::optional<int> minute = hour ? take_digits(value, 2) : std::nullopt;
  const std::optional<int> second = minute ? take_digits(value, 2) : std::nullopt;
  if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  time.local += std::chrono::hours{*hour} + std::chrono::minutes{*minute} + seconds{std::min(*second, 59)};
  time.kind = value == "Z" ? IcalTime::Kind::kUtc : IcalTime::Kind::kFloating;
  if (!value.empty() && value != "Z") return std::nullopt;
  return time;
}

std::optional<std::vector<IcalTime>> read_times(const IcalLine& line) {
  std::vector<IcalTime> times;
  std::string_view rest = line.value();
  while (true) {
    const std::string_view one = rest.substr(0, rest.find(','));
    std::optional<IcalTime> time = parse_time(one.substr(0, one.find('/')));
    if (!time) return std::nullopt;
    if (time->kind == IcalTime::Kind::kFloating) {
      if (std::optional<std::string> zone = line.parameter("TZID"); zone && !zone->empty()) {
        time->kind = IcalTime::Kind::kZoned;
        time->zone = *std::move(zone);
      }
    }
    times.push_back(*std::move(time));
    if (one.size() == rest.size()) return times;
    rest.remove_prefix(one.size() + 1);
  }
}

std::optional<IcalTime> read_time(const IcalLine& line) {
  std::optional<std::vector<IcalTime>> times = read_times(line);
  if (!times || times->size() != 1) return std::nullopt;
  return times->front();
}

std::optional<seconds> parse_duration(std::string_view value) {
  bool negative = false;
  if (!value.empty() && (value[0] == '+' || value[0] == '-')) {
    negative = value[0] == '-';
    value.remove_prefix(1);
  }
  if (value.size() < 3 || value[0] != 'P') return std::nullopt;
  value.remove_prefix(1);
  int64_t total = 0;
  bool in_time = false;
  while (!value.empty()) {
    if (value[0] == 'T') {
      in_time = true;
      value.remove_prefix(1);
    }
    int64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end == value.data() + value.size()) return std::nullopt;
    if (number < 0 || number > kMaxDurationSeconds) return std::nullopt;
    const char unit = *end;
    value.remove_prefix(static_cast<size_t>(end - value.data()) + 1);
    const int64_t size = unit == 'W' && !in_time   ? 604800
                         : unit == 'D' && !in_time ? 86400
                         : unit == 'H' && in_time  ? 3600
                         : unit == 'M' && in_time  ? 60
                         : unit == 'S' && in_time  ? 1
                                                   : 0;
    if (size == 0) return std::nullopt;
    total += number * size;
    if (total > kMaxDurationSeconds) return std::nullopt;
  }
  return seconds{negative ? -total : total};
}

std::string format_duration(seconds duration) {
  const int64_t total = std::abs(duration.count());
  const int64_t days = total / 86400;
  const int64_t rest = total % 86400;
  std::string text = duration.count() < 0 ? "-P" : "P";
  if (days > 0) text += fmt::format("{}D", days);
  if (rest > 0 || days == 0) text += 'T';
  if (rest >= 3600) text += fmt::format("{}H", rest / 3600);
  if (rest % 3600 >= 60) text += fmt::format("{}M", rest % 3600 / 60);
  if (rest % 60 > 0 || total == 0) text += fmt::format("{}S", rest % 60);
  return text;
}

std::string format_time(const IcalTime& time) {
  std::string text;
  for (const char c : format_iso(time.local)) {
    if (c != '-' && c != ':') text += c;
  }
  if (time.is_date()) return text.substr(0, 8);
  return time.kind == IcalTime::Kind::kUtc ? text + "Z" : text;
}

IcalLine make_time_line(std::string_view name, const IcalTime& time) {
  std::string head(name);
  if (time.is_date()) head += ";VALUE=DATE";
  if (time.kind == IcalTime::Kind::kZoned) head += ";TZID=" + parameter_value(time.zone);
  return make_line(head, format_time(time));
}

}  // namespace favilla

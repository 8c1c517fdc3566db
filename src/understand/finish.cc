// Making entities: see finish.h. Here the choices between readings are made that docs/understand.md tells.
#include "understand/finish.h"

#include <fmt/format.h>

#include <algorithm>

#include "understand/decimal.h"
#include "understand/time_helpers.h"

namespace favilla {
namespace {

constexpr const char* kDayCodes[] = {"", "MO", "TU", "WE", "TH", "FR", "SA", "SU"};
constexpr std::chrono::hours kNight{22};
constexpr int kSearchDays = 366 * 9;  // until 29 February comes again, also around 2100

// A wall clock as it will be shown: times that a change of clocks skips move with it.
LocalSeconds real(LocalSeconds local, const TimeContext& time) {
  return time.zone.to_local(time.zone.to_moment(local));
}

LocalSeconds next_time(const ClockTime& clock, const TimeContext& time) {
  LocalSeconds next = at_midnight(day_of(time.now)) + std::chrono::seconds(clock.seconds());
  if (next < time.now) next += days(1);
  return next;
}

void finish_clock(const Value& value, const TimeContext& time, Entity& entity) {
  LocalSeconds first = next_time(value.clock, time);
  if (value.clock.either_half) {
    LocalSeconds second = next_time(other_half(value.clock), time);
    // "12:30" in the hour after midnight is the noon to come: of the midnight that is passing nobody says twelve.
    const bool is_past_midnight = value.clock.hour == 12 && day_of(time.now) == day_of(second);
    if (second < first && !is_past_midnight) std::swap(first, second);
    entity.others.push_back({real(second, time), std::nullopt});
  }
  entity.reading = {real(first, time), std::nullopt};
}

void finish_date_time(const Value& value, const TimeContext& time, Entity& entity) {
  ClockTime clock = daytime_half(value.clock);
  Day day = value.day;
  const bool is_today = day == day_of(time.now);
  if (is_today && value.clock.either_half && moment(day, clock) < time.now &&
      moment(day, other_half(clock)) >= time.now) {
    clock = other_half(clock);
  }
  if (is_today && value.has_past && value.spec.weekday > 0 && value.spec.day < 0 && moment(day, clock) < time.now) {
    day += days(7);
  }
  entity.reading.start = real(moment(day, clock), time);
  if (value.has_past) entity.past = Reading{real(moment(value.past_day, clock), time), std::nullopt};
  if (value.clock.either_half) entity.others.push_back({real(moment(day, other_half(clock)), time), std::nullopt});
}

void finish_period(const Value& value, const TimeContext& time, Entity& entity) {
  entity.whole_days = value.grain >= Grain::kDay;
  const auto read = [&](const Interval& interval) {
    Reading reading;
    const auto shown = [&](LocalSeconds local) { return entity.whole_days ? local : real(local, time); };
    if (!value.open_start) reading.start = shown(interval.start);
    if (!value.open_end) reading.end = shown(interval.end);
    return reading;
  };
  entity.reading = read(value.period);
  if (value.has_past) entity.past = read(value.past);
  if (value.other_count > 0) entity.others.push_back(read(value.other));
  if (value.other_count > 1) entity.others.push_back(read(value.other2));
}

// A range of times of day as the next one that is not over.
void finish_clock_range(const Value& value, const TimeContext& time, Entity& entity) {
  entity.clock_only = true;
  const auto make = [&](ClockTime start, ClockTime end) {
    const Day today = day_of(time.now);
    LocalSeconds from = moment(today, start);
    LocalSeconds to = moment(today, end);
    if (to <= from && !value.open_start && !value.open_end) to += days(1);
    const bool is_over = value.open_end ? false : to <= time.now || (value.part == nullptr && from < time.now);
    if (is_over && !value.open_start) {
      from += days(1);
      to += days(1);
    } else if (is_over) {
      to += days(1);
    }
    Reading reading;
    if (!value.open_start) reading.start = real(from, time);
    if (!value.open_end) reading.end = real(to, time);
    return reading;
  };
  const ClockTime& start = value.clock;
  if (!start.either_half) {
    entity.reading = make(start, value.clock_end);
    return;
  }
  // Undecided: the end is the first such time after the start.
  const auto end_after = [&](const ClockTime& from) {
    ClockTime end = value.clock_end;
    if (end.either_half && end.seconds() % 43200 > from.seconds() % 43200) {
      end = end.hour / 12 == from.hour / 12 ? end : other_half(end);
    } else if (end.either_half) {
      end = (end.hour / 12 == from.hour / 12) ? other_half(end) : end;
    }
    end.either_half = false;
    return end;
  };
  // The daytime one ("9 to 5"), unless the other begins earlier and ends the same day before the night ("7 to 8",
  // said at 18:00).
  const ClockTime first = daytime_half(start);
  const ClockTime second = other_half(first);
  Reading one = make(first, end_after(first));
  Reading two = make(second, end_after(second));
  const auto key = [](const Reading& reading) { return reading.start ? *reading.start : *reading.end; };
  const bool one_day = !two.start || !two.end || day_of(*two.start) == day_of(*two.end);
  const bool is_late = two.start && two.end && *two.end > at_midnight(day_of(*two.start)) + kNight;
  if (key(two) < key(one) && one_day && !is_late) std::swap(one, two);
  entity.reading = one;
  entity.others.push_back(two);
}

std::string rule_text(const Value& value) {
  const Repeat& repeat = value.repeat;
  std::string_view frequency;
  switch (repeat.frequency) {
    case 'S':
      frequency = "SECONDLY";
      break;
    case 'T':
      frequency = "MINUTELY";
      break;
    case 'H':
      frequency = "HOURLY";
      break;
    case 'D':
      frequency = "DAILY";
      break;
    case 'W':
      frequency = "WEEKLY";
      break;
    case 'M':
      frequency = "MONTHLY";
      break;
    default:
      frequency = "YEARLY";
  }
  std::string text = fmt::format("FREQ={}", frequency);
  if (repeat.interval > 1) text += fmt::format(";INTERVAL={}", repeat.interval);
  if (repeat.weekdays != 0) {
    std::string names;
    for (int day = 1; day <= 7; ++day) {
      if ((repeat.weekdays >> day & 1) == 0) continue;
      if (!names.empty()) names += ',';
      if (repeat.nth != 0) names += std::to_string(repeat.nth);
      names += kDayCodes[day];
    }
    text += fmt::format(";BYDAY={}", names);
  }
  if (repeat.month > 0) text += fmt::format(";BYMONTH={}", repeat.month);
  if (repeat.month_day != 0) text += fmt::format(";BYMONTHDAY={}", repeat.month_day);
  if (value.has_past)
    text.append(";UNTIL=").append(format_iso(std::chrono::year_month_day(day_of(value.past.end) - days(1))));
  std::erase(text, '-');
  if (repeat.nth < 0) text.insert(text.find("BYDAY=") + 6, 1, '-');
  if (repeat.month_day < 0) text.insert(text.find("BYMONTHDAY=") + 11, 1, '-');
  return text;
}

bool happens_on(const Repeat& repeat, Day day) {
  if (repeat.month > 0 && month_of(day) != repeat.month) return false;
  const int length = days_in_month(year_of(day), month_of(day));
  if (repeat.month_day > 0 && day_of_month(day) != repeat.month_day) return false;
  if (repeat.month_day < 0 && day_of_month(day) != length + 1 + repeat.month_day) return false;
  if (repeat.weekdays == 0) return true;
  if ((repeat.weekdays >> weekday_of(day) & 1) == 0) return false;
  if (repeat.nth > 0) return (day_of_month(day) - 1) / 7 + 1 == repeat.nth;
  if (repeat.nth < 0) return (length - day_of_month(day)) / 7 + 1 == -repeat.nth;
  return true;
}

bool finish_repeat(const Value& value, const TimeContext& time, Entity& entity) {
  entity.rrule = rule_text(value);
  entity.except_holidays = value.repeat.except_holidays;
  const char frequency = value.repeat.frequency;
  if (frequency == 'H' || frequency == 'T' || frequency == 'S') {
    const int unit = frequency == 'H' ? 3600 : frequency == 'T' ? 60 : 1;
    entity.reading.start = real(time.now + std::chrono::seconds(unit * value.repeat.interval), time);
    return true;
  }
  const bool has_clock = value.clock.hour >= 0;
  entity.whole_days = !has_clock;
  const ClockTime clock = has_clock ? daytime_half(value.clock) : ClockTime{0, 0, 0, false, false};
  const Day start = value.grain == Grain::kDay ? day_of(value.period.start) : day_of(time.now);
  for (int k = 0; k < kSearchDays; ++k) {
    const Day day = start + days(k);
    if (!happens_on(value.repeat, day)) continue;
    if (has_clock && moment(day, clock) < time.now) continue;
    entity.reading.start = real(moment(day, clock), time);
    if (value.clock.either_half) {
      entity.others.push_back({real(moment(day, other_half(clock)), time), std::nullopt});
    }
    return true;
  }
  return false;
}

bool finish_time(const Value& value, const TimeContext& time, Entity& entity) {
  entity.approximate = value.approximate;
  if (value.part != nullptr) entity.part = value.part;
  switch (value.shape) {
    case Shape::kDate:
      entity.reading.start = at_midnight(value.day);
      if (value.has_past) entity.past = Reading{at_midnight(value.past_day), std::nullopt};
      if (value.has_past && value.spec.weekday > 0 && value.spec.day < 0 && value.day == day_of(time.now)) {
        entity.others.push_back({at_midnight(value.day + days(7)), std::nullopt});  // "on Tuesday", said on a Tuesday
      }
      return true;
    case Shape::kClock:
      finish_clock(value, time, entity);
      return true;
    case Shape::kDateTime:
      finish_date_time(value, time, entity);
      return true;
    case Shape::kPeriod:
      finish_period(value, time, entity);
      return true;
    case Shape::kClockRange:
      finish_clock_range(value, time, entity);
      return true;
    case Shape::kSpan:
      entity.duration = iso_duration(value.span);
      entity.seconds = value.span.nominal_seconds;
      return true;
    case Shape::kRepeat:
      return finish_repeat(value, time, entity);
    case Shape::kUnknown:
      entity.is_unresolved = true;
      return true;
    case Shape::kNothing:
      break;
  }
  return false;
}

}  // namespace

std::string iso_duration(const Span& span) {
  std::string text = "P";
  if (span.years != 0) text += fmt::format("{}Y", span.years);
  if (span.months != 0) text += fmt::format("{}M", span.months);
  if (span.weeks != 0 && span.days == 0 && span.years == 0 && span.months == 0 && span.seconds == 0) {
    return text + fmt::format("{}W", span.weeks);
  }
  if (span.weeks * 7 + span.days != 0) text += fmt::format("{}D", span.weeks * 7 + span.days);
  if (span.seconds != 0 || span.nanoseconds != 0) {
    text += 'T';
    const int64_t hours = span.seconds / 3600;
    const int64_t minutes = span.seconds / 60 % 60;
    if (hours != 0) text += fmt::format("{}H", hours);
    if (minutes != 0) text += fmt::format("{}M", minutes);
    if (span.nanoseconds != 0) {
      std::string fraction = fmt::format("{:09}", span.nanoseconds);
      fraction.erase(fraction.find_last_not_of('0') + 1);
      text += fmt::format("{}.{}S", span.seconds % 60, fraction);
    } else if (span.seconds % 60 != 0) {
      text += fmt::format("{}S", span.seconds % 60);
    }
  }
  return text == "P" ? "PT0S" : text;
}

std::optional<Entity> finish_entity(EntityKind kind, const Value& value, const TimeContext& time) {
  Entity entity;
  entity.kind = kind;
  switch (kind) {
    case EntityKind::kNumber:
    case EntityKind::kPercentage:
    case EntityKind::kMoney:
    case EntityKind::kQuantity:
      entity.number = to_text(value.number);
      if (value.text != nullptr) entity.unit = value.text;
      if (value.dimension != nullptr) entity.dimension = value.dimension;
      return entity;
    case EntityKind::kOrdinal:
      entity.number = to_text(value.number);
      entity.relative_to = value.text != nullptr ? value.text : "start";
      return entity;
    case EntityKind::kBoolean:
      entity.number = value.integer != 0 ? "true" : "false";
      return entity;
    default:
      if (!finish_time(value, time, entity)) return std::nullopt;
      return entity;
  }
}

}  // namespace favilla

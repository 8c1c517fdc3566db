// Actions that make times of day, and that put them on days: see actions.h.
#include <algorithm>

#include "understand/grammar.h"
#include "understand/time_helpers.h"

namespace favilla {

LocalSeconds point_start(const Value& value) {
  if (value.shape == Shape::kDate) return at_midnight(value.day);
  return moment(value.day, daytime_half(value.clock));
}

ClockTime daytime_half(const ClockTime& clock) {
  ClockTime out = clock;
  out.either_half = false;
  if (clock.either_half && clock.hour >= 1 && clock.hour <= 6) out.hour += 12;
  return out;
}

ClockTime other_half(const ClockTime& clock) {
  ClockTime out = clock;
  out.either_half = false;
  out.hour = (clock.hour + 12) % 24;
  return out;
}

namespace {

bool set_clock(Value& out, int hour, int minute, int second, bool either_half) {
  if (hour > 24 || minute > 59 || second > 59) return false;
  out.shape = Shape::kClock;
  out.clock = {hour, minute, second, either_half && hour >= 1 && hour <= 12, false};
  if (hour == 24) {
    if (minute != 0 || second != 0) return false;
    out.clock.hour = 0;
    out.clock.next_day = true;
  }
  out.grain = second != 0 ? Grain::kSecond : Grain::kMinute;
  return true;
}

// clock [0]: hour, minute, second as far as they are there. 0: as written on a 24-hour clock ("15h", "3h18").
bool clock(const ActionInput& input, Value& out) {
  const auto part = [&](int index) { return index < input.count ? input.at(index).integer : 0; };
  const bool has_leading_zero = input.count > 1 && input.at(0).digits == 2 && part(0) < 10;  // "07:15" is no evening
  if (!set_clock(out, part(0), part(1), part(2), input.argument(0, 1) != 0 && !has_leading_zero)) return false;
  if (input.count == 1) out.grain = Grain::kHour;
  return true;
}

// clock_digits [24]: "730", "0730": hours and minutes in one number. 24: with a zero in front it is a morning.
bool clock_digits(const ActionInput& input, Value& out) {
  const int number = input.at(0).integer;
  const bool is_morning = input.argument(0) == 24 && input.at(0).digits == 4 && number < 1000;
  return set_clock(out, number / 100, number % 100, 0, !is_morning);
}

// clock_at HOUR MINUTE NEXT_DAY: noon, midnight.
bool clock_at(const ActionInput& input, Value& out) {
  if (!set_clock(out, input.argument(0), input.argument(1), 0, false)) return false;
  out.clock.next_day = input.argument(2) != 0;
  return true;
}

bool set_half(ClockTime& clock, int half) {
  if (clock.hour > 12) {
    clock.either_half = false;
    return half == 1 || clock.hour == 12;
  }
  if (!clock.either_half && clock.hour != 0 && clock.hour != 12) return (clock.hour >= 12) == (half == 1);
  if (half == 0 && clock.hour == 12) clock.hour = 0;
  if (half == 1 && clock.hour < 12) clock.hour += 12;
  clock.either_half = false;
  return true;
}

// clock_half: hour, minute, second as far as they are there, then "am" (0) or "pm" (1).
bool clock_half(const ActionInput& input, Value& out) {
  const int parts = input.count - 1;
  const auto part = [&](int index) { return index < parts ? input.at(index).integer : 0; };
  const int half = input.last().integer;
  if (!set_clock(out, part(0), part(1), part(2), true)) return false;
  if (parts == 1) out.grain = Grain::kHour;
  return (out.clock.hour != 0 || half == 0) && set_half(out.clock, half);
}

bool clock_digits_half(const ActionInput& input, Value& out) {
  const int number = input.at(0).integer;
  if (!set_clock(out, number / 100, number % 100, 0, true)) return false;
  return set_half(out.clock, input.last().integer);
}

// from_minutes SIGN [MINUTES]: "20 past 3", "a quarter to seven", "three minutes to eight".
bool minutes_from(const ActionInput& input, Value& out) {
  const Value& hour = input.last();
  const int minutes = input.count > 1 ? input.at(0).integer : input.argument(1);
  if (minutes < 1 || minutes > 59) return false;
  out = hour;
  out.latent = false;
  const int total = (hour.clock.seconds() / 60 + input.argument(0) * minutes + 24 * 60) % (24 * 60);
  out.clock.hour = total / 60;
  out.clock.minute = total % 60;
  if (out.clock.either_half && out.clock.hour == 0) out.clock.hour = 12;
  out.clock.next_day = false;
  out.grain = Grain::kMinute;
  return true;
}

// day_part NAME HALF START END: a part of the day, with hours. HALF: which half of the clock it means: 0 morning,
// 1 afternoon, 2 night (small hours stay, others are evening), 3 around noon.
bool day_part(const ActionInput& input, Value& out) {
  out.shape = Shape::kClockRange;
  out.part = input.rule.text;
  out.half = input.argument(0);
  out.clock.hour = input.argument(1);
  const int end = input.argument(2);
  out.clock_end.hour = end % 24;
  out.clock_end.next_day = end >= 24;
  return true;
}

// early_part -1|1: the first or last half of a part of the day, "early morning".
bool early_part(const ActionInput& input, Value& out) {
  out = input.last();
  out.latent = false;
  const int start = out.clock.hour;
  const int end = out.clock_end.hour + (out.clock_end.next_day ? 24 : 0);
  const int middle = (start + end) / 2;
  if (input.argument(0) < 0) {
    out.clock_end = {middle % 24, 0, 0, false, middle >= 24};
  } else {
    out.clock = {middle % 24, 0, 0, false, middle >= 24};
  }
  return true;
}

// early_date_part -1|1: that half of a part of a day: "late on Friday night".
bool early_date_part(const ActionInput& input, Value& out) {
  ActionInput part = input;
  part.captures[0] = &input.last();
  part.count = 1;
  Value half;
  return early_part(part, half) && put_on_day(input, input.at(0), half, out);
}

// A relative word and a part of the day: which day is in `integer`.
bool relative_part(const ActionInput& input, Value& out) {
  out = input.last();
  out.latent = false;
  out.integer = input.at(0).integer;
  return true;
}

bool fit_to_part(ClockTime& clock, const Value& part) {
  const bool late = part.half == 1 || part.half == 2;
  if (clock.hour == 12 && clock.either_half && late && part.clock.hour >= 16) {  // "tonight at 12"
    clock = {0, clock.minute, clock.second, false, true};
    return true;
  }
  if (part.half == 2 && clock.hour < 5) {  // after midnight
    clock.either_half = false;
    clock.next_day = true;
    return true;
  }
  if (part.half == 3) {  // around noon
    if (clock.hour < 11) return set_half(clock, 1);
    clock.either_half = false;
    return true;
  }
  if (part.half == 0) {
    if (clock.hour == 12 && clock.either_half) {  // "this morning at 12" is the midnight that follows
      clock = {0, clock.minute, clock.second, false, true};
      return true;
    }
    return set_half(clock, 0);
  }
  return set_half(clock, 1);
}

// A clock and a part of the day: "8 in the evening".
bool clock_in_part(const ActionInput& input, Value& out) {
  const Value* time = input.find(Shape::kClock);
  const Value* part = input.find(Shape::kClockRange);
  if (time == nullptr || part == nullptr) return false;
  out = *time;
  out.latent = false;
  return fit_to_part(out.clock, *part);
}

}  // namespace

// A day and a time, and perhaps a part of the day, in any order: "Friday evening at 7".
bool date_time(const ActionInput& input, Value& out) {
  const Value* date = input.find(Shape::kDate);
  const Value* time = input.find(Shape::kClock);
  const Value* part = input.find(Shape::kClockRange);
  if (time == nullptr) return false;
  if (date != nullptr) {
    out = *date;
  } else {
    set_date(out, input.today() + days(part != nullptr ? part->integer : 0));
  }
  out.shape = Shape::kDateTime;
  out.latent = false;
  out.clock = time->clock;
  out.grain = time->grain;
  out.approximate = time->approximate || out.approximate;
  if (part != nullptr) return fit_to_part(out.clock, *part);
  return true;
}

// A day and a part of it: "tomorrow morning"; without a day today, or the day that the part says ("last night").
bool date_part(const ActionInput& input, Value& out) {
  const Value* date = input.find(Shape::kDate);
  const Value* part = input.find(Shape::kClockRange);
  if (part == nullptr) return false;
  Value day;
  if (date != nullptr) {
    day = *date;
  } else {
    set_date(day, input.today() + days(part->integer));
  }
  if (part->clock.either_half || part->clock_end.either_half) return false;
  set_period(out, moment(day.day, part->clock), moment(day.day, part->clock_end), Grain::kHour);
  if (day.has_past) set_past(out, {moment(day.past_day, part->clock), moment(day.past_day, part->clock_end)});
  out.part = part->part;
  return true;
}

namespace {

// A weekday, a day, a time and a year: "Wed Oct 26 15:50:06 2016".
bool date_time_year(const ActionInput& input, Value& out) {
  const Value* time = input.find(Shape::kClock);
  DateSpec spec;
  if (time == nullptr || !merge_specs(input, spec)) return false;
  const std::optional<Days> found = resolve_date(spec, input.today());
  if (!found) return false;
  set_date(out, found->future);
  out.shape = Shape::kDateTime;
  out.clock = time->clock;
  return true;
}

bool approximate(const ActionInput& input, Value& out) {
  out = input.last();
  out.latent = false;
  out.approximate = true;
  return true;
}

bool now(const ActionInput& input, Value& out) {
  set_moment(out, input.now(), Grain::kSecond);
  return true;
}

// end_of_day: the last second, where a plan puts what is due that day.
bool end_of_day(const ActionInput& input, Value& out) {
  const Value* date = input.find(Shape::kDate);
  if (date != nullptr) {
    out = *date;
  } else {
    set_date(out, input.today());
  }
  out.shape = Shape::kDateTime;
  out.clock = {23, 59, 59, false, false};
  out.grain = Grain::kSecond;
  return true;
}

// zone MINUTES: a time in another zone, east of Greenwich; as the clock shows it here.
bool in_zone(const ActionInput& input, Value& out) {
  const Value* time = input.find(Shape::kDateTime);
  const Value& zone = input.last();
  const TimeZone& here = input.situation.time.zone;
  LocalSeconds local;
  if (time != nullptr) {
    local = moment(time->day, daytime_half(time->clock));
  } else {
    time = input.find(Shape::kClock);
    if (time == nullptr) return false;
    ClockTime clock = time->clock;
    clock.either_half = false;
    local = moment(input.today(), clock);
  }
  const auto utc = local.time_since_epoch() - std::chrono::minutes(zone.integer);
  LocalSeconds shown = here.to_local(Moment(utc));
  const Grain grain = time->grain;
  if (time->shape == Shape::kClock) {
    const int seconds = static_cast<int>((shown - at_midnight(day_of(shown))).count());
    out.shape = Shape::kClock;
    out.clock = {seconds / 3600, seconds / 60 % 60, seconds % 60, false, false};
    out.grain = grain;
    return true;
  }
  set_moment(out, shown, grain);
  return true;
}

constexpr NamedAction kClockActions[] = {
    {"clock", clock},
    {"clock_digits", clock_digits},
    {"clock_at", clock_at},
    {"clock_half", clock_half},
    {"clock_digits_half", clock_digits_half},
    {"relative_part", relative_part},
    {"date_time_year", date_time_year},
    {"minutes_from", minutes_from},
    {"day_part", day_part},
    {"early_part", early_part},
    {"early_date_part", early_date_part},
    {"clock_in_part", clock_in_part},
    {"date_time", date_time},
    {"date_part", date_part},
    {"approximate", approximate},
    {"now", now},
    {"end_of_day", end_of_day},
    {"in_zone", in_zone},
};

}  // namespace

std::span<const NamedAction> clock_actions() {
  return kClockActions;
}

}  // namespace favilla

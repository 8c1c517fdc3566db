// Actions that make lengths of time and recurrences. See actions.h.
#include <algorithm>
#include <cmath>

#include "understand/decimal.h"
#include "understand/grammar.h"
#include "understand/time_helpers.h"

namespace favilla {
namespace {

constexpr double kMaxSeconds = 3.2e11;  // ten thousand years

struct UnitLength {
  int months;
  int days;
  int seconds;
};

UnitLength length_of(Grain grain) {
  switch (grain) {
    case Grain::kSecond:
      return {0, 0, 1};
    case Grain::kMinute:
      return {0, 0, 60};
    case Grain::kHour:
      return {0, 0, 3600};
    case Grain::kDay:
      return {0, 1, 0};
    case Grain::kWeek:
      return {0, 7, 0};
    case Grain::kMonth:
      return {1, 0, 0};
    case Grain::kQuarter:
      return {3, 0, 0};
    case Grain::kYear:
      return {12, 0, 0};
    case Grain::kDecade:
      return {120, 0, 0};
    case Grain::kCentury:
      return {1200, 0, 0};
    case Grain::kNone:
      break;
  }
  return {0, 0, 0};
}

double nominal_seconds(Grain grain) {
  const UnitLength unit = length_of(grain);
  const double days = unit.months % 12 == 0 ? unit.months / 12 * 365.0 : unit.months * 30.0;
  return (days + unit.days) * 86400.0 + unit.seconds;
}

// Whole seconds and, where the fraction cannot be had otherwise, nanoseconds.
void add_seconds(Span& span, double seconds) {
  const double whole = std::floor(seconds + 1e-9);
  span.seconds += static_cast<int64_t>(whole);
  span.nanoseconds = static_cast<int>(std::lround(std::max(0.0, seconds - whole) * 1e9));
}

// `count` units; fractions of months become days of 30 a month, fractions of days seconds.
bool add_units(Span& span, double count, Grain grain) {
  const double nominal = count * nominal_seconds(grain);
  if (!(count >= 0) || nominal > kMaxSeconds) return false;
  span.nominal_seconds += nominal;
  const UnitLength unit = length_of(grain);
  if (unit.months > 0) {
    const double months = count * unit.months;
    const double whole = std::floor(months + 1e-9);
    span.years += static_cast<int>(whole) / 12;
    span.months += static_cast<int>(whole) % 12;
    span.days += static_cast<int>(std::lround((months - whole) * 30));
  } else if (grain == Grain::kWeek && count == std::floor(count)) {
    span.weeks += static_cast<int>(count);
  } else if (unit.days > 0) {
    const double days = count * unit.days;
    const double whole = std::floor(days + 1e-9);
    span.days += static_cast<int>(whole);
    add_seconds(span, (days - whole) * 86400);
    if (days - whole > 1e-9) grain = Grain::kHour;
  } else {
    add_seconds(span, count * unit.seconds);
  }
  if (span.smallest == Grain::kNone || grain < span.smallest) span.smallest = grain;
  return true;
}

// span [NUMBER]: a number and a unit, in any order; without a number NUMBER of them.
bool span(const ActionInput& input, Value& out) {
  const Value* unit = nullptr;
  Decimal count = make_decimal(input.argument(0, 1));
  for (int k = 0; k < input.count; ++k) {
    const Value& part = input.at(k);
    if (part.grain != Grain::kNone && part.spec.empty()) {
      unit = &part;
    } else {
      count = part.number;
    }
  }
  if (unit == nullptr) return false;
  out.shape = Shape::kSpan;
  out.span.business = unit->flag;
  return add_units(out.span, to_double(count) * unit->integer, unit->grain);
}

// span_part N D: that part of a unit: "half an hour".
bool span_part(const ActionInput& input, Value& out) {
  const double part = static_cast<double>(input.argument(0, 1)) / input.argument(1, 1);
  out.shape = Shape::kSpan;
  return add_units(out.span, part * input.last().integer, input.last().grain);
}

// span_plus N D: so many units, one without a number, and a part more: "an hour and a half".
bool span_plus(const ActionInput& input, Value& out) {
  const Value* unit = nullptr;
  double count = 1;
  for (int k = 0; k < input.count; ++k) {
    if (input.at(k).grain != Grain::kNone) {
      unit = &input.at(k);
    } else {
      count = to_double(input.at(k).number);
    }
  }
  if (unit == nullptr) return false;
  count += static_cast<double>(input.argument(0)) / input.argument(1, 1);
  out.shape = Shape::kSpan;
  return add_units(out.span, count * unit->integer, unit->grain);
}

// span_of GRAIN MULTIPLE: a number, or one, of what is so long: a weekend is two days.
bool span_of(const ActionInput& input, Value& out) {
  const double count = input.count > 0 ? to_double(input.at(0).number) : 1;
  out.shape = Shape::kSpan;
  return add_units(out.span, count * input.argument(1, 1), static_cast<Grain>(input.argument(0)));
}

// Two lengths one after the other: "1 day 2 hours". Each unit once.
bool span_sum(const ActionInput& input, Value& out) {
  out = input.at(0);
  out.latent = false;
  const Span& more = input.last().span;
  Span& total = out.span;
  if (total.smallest == more.smallest || total.business || more.business) return false;
  total.years += more.years;
  total.months += more.months;
  total.weeks += more.weeks;
  total.days += more.days;
  total.seconds += more.seconds;
  total.nanoseconds = more.nanoseconds;
  total.nominal_seconds += more.nominal_seconds;
  total.smallest = std::min(total.smallest, more.smallest);
  return total.nominal_seconds <= kMaxSeconds;
}

// repeat_word FREQUENCY [INTERVAL]: "daily", "biweekly". FREQUENCY is a grain.
char frequency_of(Grain grain, int& interval) {
  switch (grain) {
    case Grain::kSecond:
      return 'S';
    case Grain::kMinute:
      return 'T';
    case Grain::kHour:
      return 'H';
    case Grain::kDay:
      return 'D';
    case Grain::kWeek:
      return 'W';
    case Grain::kMonth:
      return 'M';
    case Grain::kQuarter:
      interval *= 3;
      return 'M';
    case Grain::kYear:
      return 'Y';
    case Grain::kDecade:
      interval *= 10;
      return 'Y';
    case Grain::kCentury:
      interval *= 100;
      return 'Y';
    case Grain::kNone:
      break;
  }
  return 0;
}

constexpr int kMaxInterval = 1000;
constexpr unsigned kMondayToFriday = 0x3E;
constexpr unsigned kSaturdaySunday = 0xC0;

// every GRAIN INTERVAL; without GRAIN the unit is a part, and a number before it the interval: "every three weeks".
bool every(const ActionInput& input, Value& out) {
  Grain grain = static_cast<Grain>(input.argument(0));
  int interval = input.argument(1, 1);
  for (int k = 0; k < input.count; ++k) {
    const Value& part = input.at(k);
    if (part.grain != Grain::kNone) {
      grain = part.grain;
      interval *= part.integer;
      if (part.flag) out.repeat.weekdays = kMondayToFriday;
    } else {
      interval *= part.integer;
    }
  }
  if (interval < 1 || interval > kMaxInterval) return false;
  out.shape = Shape::kRepeat;
  out.repeat.interval = interval;
  out.repeat.frequency = frequency_of(grain, out.repeat.interval);
  if (out.repeat.weekdays != 0) out.repeat.frequency = 'W';
  return out.repeat.frequency != 0;
}

// weekdays [INTERVAL [MASK]]: days of the week among the parts, or MASK: 1 Monday to Friday, 2 Saturday and Sunday.
bool repeat_weekdays(const ActionInput& input, Value& out) {
  out.shape = Shape::kRepeat;
  out.repeat.frequency = 'W';
  out.repeat.interval = input.argument(0, 1);
  if (input.argument(1) == 1) out.repeat.weekdays = kMondayToFriday;
  if (input.argument(1) == 2) out.repeat.weekdays = kSaturdaySunday;
  for (int k = 0; k < input.count; ++k) {
    const Value& part = input.at(k);
    if (part.shape == Shape::kRepeat) {
      out.repeat.weekdays |= part.repeat.weekdays;
      out.repeat.interval = std::max(out.repeat.interval, part.repeat.interval);
    } else if (part.spec.weekday > 0) {
      out.repeat.weekdays |= 1U << part.spec.weekday;
    } else if (part.integer > 0) {
      out.repeat.interval *= part.integer;
    }
  }
  return out.repeat.interval <= kMaxInterval && out.repeat.weekdays != 0;
}

// A weekday to a weekday: "every Monday to Thursday".
bool repeat_weekday_range(const ActionInput& input, Value& out) {
  out.shape = Shape::kRepeat;
  out.repeat.frequency = 'W';
  const int from = input.at(0).spec.weekday;
  const int to = input.last().spec.weekday;
  for (int k = 0; k < 7; ++k) {
    const int day = (from - 1 + k) % 7 + 1;
    out.repeat.weekdays |= 1U << day;
    if (day == to) break;
  }
  return true;
}

// monthly [SIGN]: "the first Monday of every month" (ordinal, weekday), "the 15th of each month" (day); -1: the last.
bool repeat_monthly(const ActionInput& input, Value& out) {
  out.shape = Shape::kRepeat;
  out.repeat.frequency = 'M';
  out.repeat.nth = 0;
  int number = 1;
  for (int k = 0; k < input.count; ++k) {
    const Value& part = input.at(k);
    if (part.spec.weekday > 0) {
      out.repeat.weekdays = 1U << part.spec.weekday;
    } else if (part.spec.day > 0) {
      out.repeat.month_day = part.spec.day;
    } else if (part.grain == Grain::kNone) {
      number = part.integer;
    }
  }
  const int nth = input.argument(0, 1) * number;
  if (out.repeat.weekdays != 0) {
    if (nth < -5 || nth > 5 || nth == 0) return false;
    out.repeat.nth = nth;
  } else if (out.repeat.month_day == 0) {
    if (nth < -28 || nth > 31 || nth == 0) return false;
    out.repeat.month_day = nth;
  }
  return true;
}

// A day of the year: "every 4 July", "each Christmas".
bool repeat_yearly(const ActionInput& input, Value& out) {
  const Value& date = input.last();
  if (date.spec.year > 0) return false;
  int month = date.spec.month;
  int day = date.spec.day;
  if (date.holiday != nullptr) {
    if (date.holiday->arguments.empty() || date.holiday->arguments[0] != 1) return false;
    month = date.holiday->arguments[1];
    day = date.holiday->arguments[2];
  }
  if (month < 1 || day < 1) return false;
  out.shape = Shape::kRepeat;
  out.repeat.frequency = 'Y';
  out.repeat.month = month;
  out.repeat.month_day = day;
  return true;
}

// repeat_at: a recurrence and a time or a part of the day: "every Monday at 4 pm", "each morning at 9".
bool repeat_at(const ActionInput& input, Value& out) {
  const Value* repeat = input.find(Shape::kRepeat);
  if (repeat == nullptr) return false;
  const Value* time = input.find(Shape::kClock);
  const Value* part = nullptr;
  const Value* range = nullptr;
  for (int k = 0; k < input.count; ++k) {
    if (input.at(k).shape != Shape::kClockRange) continue;
    (input.at(k).part != nullptr ? part : range) = &input.at(k);
  }
  const char frequency = repeat->repeat.frequency;
  if (frequency == 'H' || frequency == 'T' || frequency == 'S') return false;
  out = *repeat;
  out.latent = false;
  if (time != nullptr) {
    ClockTime clock = time->clock;
    const char* named = part != nullptr ? part->part : repeat->part;
    const int half = part != nullptr ? part->half : repeat->half;
    if (named != nullptr && clock.either_half) {
      if (half == 0 && clock.hour == 12) clock.hour = 0;
      if (half != 0 && clock.hour < 12 && !(half == 2 && clock.hour < 5)) clock.hour += 12;
      clock.either_half = false;
    }
    out.clock = clock;
    out.part = nullptr;
    return true;
  }
  if (part == nullptr) part = range;
  if (part == nullptr) return false;
  out.part = part->part;
  out.half = part->half;
  out.clock = daytime_half(part->clock);
  return true;
}

// repeat_day_part: "every morning": daily, in that part of the day. A weekday among the parts: weekly.
bool repeat_day_part(const ActionInput& input, Value& out) {
  const Value* part = input.find(Shape::kClockRange);
  if (part == nullptr || part->part == nullptr) return false;
  out.shape = Shape::kRepeat;
  out.repeat.frequency = 'D';
  for (int k = 0; k < input.count; ++k) {
    if (input.at(k).spec.weekday > 0) {
      out.repeat.frequency = 'W';
      out.repeat.weekdays |= 1U << input.at(k).spec.weekday;
    }
    if (input.at(k).shape == Shape::kRepeat) out.repeat = input.at(k).repeat;
  }
  out.part = part->part;
  out.half = part->half;
  out.clock = part->clock;
  return true;
}

bool except_holidays(const ActionInput& input, Value& out) {
  out = input.at(0);
  out.latent = false;
  out.repeat.except_holidays = true;
  return true;
}

// A recurrence and the day it begins with, or a period it begins in: "every week starting next Monday".
bool repeat_from(const ActionInput& input, Value& out) {
  const Value* repeat = input.find(Shape::kRepeat);
  const Value* date = input.find(Shape::kDate);
  const Value* period = input.find(Shape::kPeriod);
  if (repeat == nullptr || (date == nullptr && period == nullptr)) return false;
  out = *repeat;
  out.latent = false;
  out.period.start = date != nullptr ? at_midnight(date->day) : period->period.start;
  out.grain = Grain::kDay;  // says that period.start is there
  return true;
}

// A recurrence and the day it ends with.
bool repeat_until(const ActionInput& input, Value& out) {
  const Value* repeat = input.find(Shape::kRepeat);
  if (repeat == nullptr) return false;
  out = *repeat;
  out.latent = false;
  const Value* date = input.find(Shape::kDate);
  const Value* period = input.find(Shape::kPeriod);
  if (date == nullptr && period == nullptr) return false;
  out.past.end = date != nullptr ? at_midnight(date->day + days(1)) : period->period.end;
  out.has_past = true;  // says that past.end is there
  return true;
}

constexpr NamedAction kSpanActions[] = {
    {"span", span}, {"span_part", span_part}, {"span_plus", span_plus}, {"span_of", span_of}, {"span_sum", span_sum},
};

constexpr NamedAction kRepeatActions[] = {
    {"every", every},
    {"repeat_weekdays", repeat_weekdays},
    {"repeat_weekday_range", repeat_weekday_range},
    {"repeat_monthly", repeat_monthly},
    {"repeat_yearly", repeat_yearly},
    {"repeat_at", repeat_at},
    {"repeat_day_part", repeat_day_part},
    {"except_holidays", except_holidays},
    {"repeat_from", repeat_from},
    {"repeat_until", repeat_until},
};

}  // namespace

std::span<const NamedAction> span_actions() {
  return kSpanActions;
}

std::span<const NamedAction> repeat_actions() {
  return kRepeatActions;
}

}  // namespace favilla

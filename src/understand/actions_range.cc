// Actions that make ranges of two ends, or of one. See actions.h.
#include <algorithm>

#include "understand/grammar.h"
#include "understand/time_helpers.h"

namespace favilla {
namespace {

// The first of the two halves of `clock` that is after `seconds`, as seconds that may pass midnight.
int after(const ClockTime& clock, int seconds) {
  int best = clock.seconds() + (clock.next_day ? 86400 : 0);
  const int step = clock.either_half ? 43200 : 86400;
  while (best - step > seconds) best -= step;
  while (best <= seconds) best += step;
  return best;
}

ClockTime clock_of(int seconds) {
  ClockTime out;
  out.next_day = seconds >= 86400;
  const int rest = ((seconds % 86400) + 86400) % 86400;
  out.hour = rest / 3600;
  out.minute = rest / 60 % 60;
  out.second = rest % 60;
  return out;
}

// clock_range: two times of day. A half that only one of them says counts for both as far as it can: "3 to 5 pm".
bool clock_range(const ActionInput& input, Value& out) {
  ClockTime start = input.at(0).clock;
  ClockTime end = input.at(1).clock;
  out.shape = Shape::kClockRange;
  out.grain = std::min(input.at(0).grain, input.at(1).grain);
  if (start.either_half && !end.either_half) {
    const int until = end.seconds() + (end.next_day || end.seconds() == 0 ? 86400 : 0);
    int from = start.seconds() % 43200;
    while (from + 43200 < until) from += 43200;
    if (from >= until) from += 43200;  // over midnight: "11 to 3 am"
    start = clock_of(from % 86400);
    start.next_day = false;
  }
  if (start.either_half) {
    out.clock = start;
    out.clock_end = end;  // stays undecided until a day or a part of the day is known
    return true;
  }
  out.clock = start;
  out.clock_end = clock_of(after(end, start.seconds()));
  return true;
}

// A range of times and a part of the day: "5 to 6 in the afternoon".
bool clock_range_in_part(const ActionInput& input, Value& out) {
  const Value* part = nullptr;
  const Value* range = nullptr;
  for (int k = 0; k < input.count; ++k) {
    if (input.at(k).shape != Shape::kClockRange) continue;
    (input.at(k).part != nullptr ? part : range) = &input.at(k);
  }
  if (part == nullptr || range == nullptr) return false;
  out = *range;
  if (!out.clock.either_half) return true;
  const bool late = part->half == 1 || part->half == 2 || (part->half == 3 && out.clock.hour < 11);
  const int from = out.clock.seconds() % 43200 + (late ? 43200 : 0);
  const ClockTime end = out.clock_end;
  out.clock = clock_of(from);
  out.clock_end = clock_of(after(end, from));
  return true;
}

// Times in another zone (minutes east of Greenwich), as the clock shows them here today.
bool clock_range_in_zone(const ActionInput& input, Value& out) {
  const TimeZone& here = input.situation.time.zone;
  const int east = input.last().integer;
  const auto shifted = [&](const ClockTime& clock) {
    const LocalSeconds there = moment(input.today(), clock);
    const LocalSeconds local = here.to_local(Moment(there.time_since_epoch() - std::chrono::minutes(east)));
    return clock_of(static_cast<int>((local - at_midnight(day_of(local))).count()));
  };
  const Value* range = input.find(Shape::kClockRange);
  const ClockTime start = range != nullptr ? range->clock : input.at(0).clock;
  const ClockTime end = range != nullptr ? range->clock_end : input.at(2).clock;
  if (range != nullptr && (range->open_start || range->open_end || range->part != nullptr)) return false;
  out.shape = Shape::kClockRange;
  out.clock = shifted(start);
  out.clock_end = shifted(end);
  out.clock_end.next_day = out.clock_end.seconds() <= out.clock.seconds();
  return true;
}

// clock_span: a time and how long: "from 9 for 2 hours".
bool clock_span(const ActionInput& input, Value& out) {
  const Value* time = input.find(Shape::kClock);
  const Value* span = input.find(Shape::kSpan);
  if (time == nullptr || span == nullptr) return false;
  if (span->span.smallest > Grain::kHour || span->span.seconds <= 0 || span->span.seconds > 86400) return false;
  out.shape = Shape::kClockRange;
  out.clock = time->clock;
  const int end = time->clock.seconds() + static_cast<int>(span->span.seconds);
  out.clock_end = clock_of(end);
  out.clock_end.either_half = time->clock.either_half;
  return true;
}

}  // namespace

// A range of times on a day, and perhaps a part of the day: "Friday between 1 and 4 pm", "from 7 to 9 last night".
bool date_clock_range(const ActionInput& input, Value& out) {
  const Value* date = input.find(Shape::kDate);
  const Value* part = nullptr;
  const Value* range = nullptr;
  for (int k = 0; k < input.count; ++k) {
    if (input.at(k).shape != Shape::kClockRange) continue;
    (input.at(k).part != nullptr ? part : range) = &input.at(k);
  }
  if (range == nullptr || range->open_start || range->open_end || (date == nullptr && part == nullptr)) return false;
  Value fitted;
  if (part != nullptr) {
    if (!clock_range_in_part(input, fitted)) return false;
    range = &fitted;
  }
  Value day;
  if (date == nullptr) {
    set_date(day, input.today() + days(part->integer));
    date = &day;
  }
  ClockTime start = range->clock;
  ClockTime end = range->clock_end;
  const bool either = start.either_half;
  if (either) {
    start = daytime_half(start);
    end = clock_of(after(range->clock_end, start.seconds()));
  }
  set_period(out, moment(date->day, start), moment(date->day, end), Grain::kMinute);
  if (date->has_past) set_past(out, {moment(date->past_day, start), moment(date->past_day, end)});
  if (either) {  // for the reading in the other half of the day
    const ClockTime other = other_half(start);
    out.other = {moment(date->day, other), moment(date->day, clock_of(after(range->clock_end, other.seconds())))};
    out.other_count = 1;
  }
  out.part = range->part;
  return true;
}

bool put_on_day(const ActionInput& input, const Value& date, const Value& time, Value& out) {
  ActionInput both = input;
  both.captures[0] = &date;
  both.captures[1] = &time;
  both.count = 2;
  if (time.shape == Shape::kClock) return date_time(both, out);
  return time.part != nullptr ? date_part(both, out) : date_clock_range(both, out);
}

namespace {

// One end of a range: a day, a point in time or a period, in its future and past reading.
struct End {
  Interval future;
  Interval past;
  bool whole_days = true;
  DateSpec spec;
};

std::optional<End> end_of(const Value& value) {
  End end;
  end.spec = value.spec;
  switch (value.shape) {
    case Shape::kDate:
      end.future = {at_midnight(value.day), at_midnight(value.day + days(1))};
      end.past = {at_midnight(value.past_day), at_midnight(value.past_day + days(1))};
      return end;
    case Shape::kDateTime: {
      const ClockTime clock = daytime_half(value.clock);
      end.future = {moment(value.day, clock), moment(value.day, clock)};
      end.past = {moment(value.past_day, clock), moment(value.past_day, clock)};
      end.whole_days = false;
      return end;
    }
    case Shape::kPeriod:
      end.future = value.period;
      end.past = value.has_past ? value.past : value.period;
      end.whole_days = value.grain >= Grain::kDay;
      return end;
    default:
      return std::nullopt;
  }
}

// A year said at one end counts for the other: "Nov 18 - Dec 19, 2015", "May to Oct 2020".
void share_year(End& start, End& end) {
  const auto shift = [](Interval& interval, int years) {
    interval.start = at_midnight(add_months(day_of(interval.start), years * 12));
    interval.end = at_midnight(add_months(day_of(interval.end), years * 12));
  };
  const bool start_free = start.spec.month > 0 && start.spec.year < 0;
  const bool end_free = end.spec.month > 0 && end.spec.year < 0;
  if (start_free && !end_free && end.spec.year > 0) {
    shift(start.future, end.spec.year - year_of(day_of(start.future.start)));
    if (start.future.start > end.future.start) shift(start.future, -1);
    start.past = start.future;
  } else if (end_free && !start_free && start.spec.year > 0) {
    shift(end.future, start.spec.year - year_of(day_of(end.future.start)));
    if (end.future.end <= start.future.start) shift(end.future, 1);
    end.past = end.future;
  }
}

// until 0|1: two ends. 1: a period or day at the end counts as a whole ("through May"); 0: days do, months and years
// end where they begin, because "from March to May" names two points of a longer time.
bool range(const ActionInput& input, Value& out) {
  std::optional<End> start = end_of(input.at(0));
  std::optional<End> end = end_of(input.last());
  if (!start || !end || input.at(0).open_end || input.last().open_start || input.at(0).open_start) return false;
  share_year(*start, *end);
  const auto until = [&](const Interval& interval) {
    return input.last().shape == Shape::kPeriod && input.argument(0) == 0 ? interval.start : interval.end;
  };
  Interval future = {start->future.start, until(end->future)};
  Interval past = {start->past.start, until(end->past)};
  if (future.end <= future.start) {
    // The first end has begun already, or the second is in the next round: "from 10/25 to 01/25", "Friday to Monday".
    if (until(end->past) > start->past.start && until(end->past) != until(end->future)) {
      return false;
    }
    if (start->past.start < future.end && start->past.start != start->future.start) {
      future.start = start->past.start;
    } else {
      return false;
    }
  }
  const bool whole = start->whole_days && end->whole_days;
  set_period(out, future.start, future.end, whole ? Grain::kDay : Grain::kMinute);
  if (past.end <= past.start) past = future;
  set_past(out, past);
  out.inclusive = whole && input.last().shape == Shape::kDate;
  return true;
}

// days_of_month: two days and a month or a period that is one: "4 to 22 of January", "the 3rd until the 12th of this
// month".
bool days_of_month(const ActionInput& input, Value& out) {
  const Value* period = input.find(Shape::kPeriod);
  if (period == nullptr || period->grain != Grain::kMonth) return false;
  int numbers[2] = {0, 0};
  int count = 0;
  for (int k = 0; k < input.count; ++k) {
    if (&input.at(k) != period && input.at(k).spec.day > 0 && count < 2) numbers[count++] = input.at(k).spec.day;
  }
  if (count < 2 || numbers[0] >= numbers[1]) return false;
  const auto in = [&](const Interval& month) {
    const Day start = day_of(month.start);
    return Interval{at_midnight(start + days(numbers[0] - 1)), at_midnight(start + days(numbers[1]))};
  };
  Interval future = in(period->period);
  if (future.end > period->period.end) return false;
  Interval past = period->has_past ? in(period->past) : future;
  const bool any_year = period->spec.month > 0 && period->spec.year < 0;
  if (any_year && future.start < at_midnight(input.today())) {
    past = future;
    const Day next = add_months(day_of(period->period.start), 12);
    future = in({at_midnight(next), at_midnight(add_months(next, 1))});
  }
  set_period(out, future.start, future.end, Grain::kDay);
  set_past(out, past);
  out.inclusive = true;
  return true;
}

// A date and a later day of the month: "April 9th through 17th", "April 27 to the third".
bool date_to_day(const ActionInput& input, Value& out) {
  const Value* date = input.find(Shape::kDate);
  const int number = input.last().spec.day;
  if (date == nullptr || number < 1) return false;
  const auto to = [number](Day start) -> std::optional<Day> {
    Day month = first_day(Grain::kMonth, start);
    if (number <= day_of_month(start)) month = add_months(month, 1);
    if (number > days_in_month(year_of(month), month_of(month))) return std::nullopt;
    return month + days(number);
  };
  const std::optional<Day> end = to(date->day);
  const std::optional<Day> past_end = to(date->past_day);
  if (!end) return false;
  set_days(out, date->day, *end, Grain::kDay);
  if (past_end) set_past(out, {at_midnight(date->past_day), at_midnight(*past_end)});
  out.inclusive = true;
  return true;
}

// A day and a month, a later day of the month, a year: "June 26 to 28, 2020".
bool date_to_day_of_year(const ActionInput& input, Value& out) {
  const DateSpec& start = input.at(0).spec;
  const int year = input.last().spec.year;
  const std::optional<Day> from = make_day(year, start.month, start.day);
  const std::optional<Day> to = make_day(year, start.month, input.at(1).spec.day);
  if (!from || !to || *to <= *from) return false;
  set_days(out, *from, *to + days(1), Grain::kDay);
  out.inclusive = true;
  return true;
}

// weekdays_in_week: two weekdays and a week: "next week between Wednesday and Friday".
bool weekdays_in_week(const ActionInput& input, Value& out) {
  const Value* week = input.find(Shape::kPeriod);
  if (week == nullptr || week->grain != Grain::kWeek) return false;
  int numbers[2] = {0, 0};
  int count = 0;
  for (int k = 0; k < input.count; ++k) {
    if (&input.at(k) != week && input.at(k).spec.weekday > 0 && count < 2) numbers[count++] = input.at(k).spec.weekday;
  }
  if (count < 2 || numbers[0] >= numbers[1]) return false;
  const Day monday = day_of(week->period.start);
  set_days(out, monday + days(numbers[0] - 1), monday + days(numbers[1]), Grain::kDay);
  out.inclusive = true;
  return true;
}

// point_span: from a point in time on, for so long: "3 days from Monday", "from 18 December for 10 days".
bool point_span(const ActionInput& input, Value& out) {
  const Value* span = input.find(Shape::kSpan);
  if (span == nullptr) return false;
  const Value* point = input.find(Shape::kDate);
  if (point == nullptr) point = input.find(Shape::kDateTime);
  if (point == nullptr) return false;
  const bool whole = point->shape == Shape::kDate && span->span.smallest >= Grain::kDay;
  if (point->shape == Shape::kDate && !whole) return false;  // "on the 19th for an hour": not from midnight
  const LocalSeconds start = point_start(*point);
  set_period(out, start, add_span(start, span->span, 1), whole ? Grain::kDay : Grain::kSecond);
  if (point->has_past && point->shape == Shape::kDate) {
    const LocalSeconds past = at_midnight(point->past_day);
    set_past(out, {past, add_span(past, span->span, 1)});
  }
  return out.period.start < out.period.end;
}

// within: from now, at most so long: "within 5 minutes".
bool within(const ActionInput& input, Value& out) {
  const Value* span = input.find(Shape::kSpan);
  if (span == nullptr) return false;
  if (span->span.smallest >= Grain::kDay) {
    const LocalSeconds today = at_midnight(input.today());
    set_period(out, today, add_span(today, span->span, 1), Grain::kDay);
  } else {
    set_period(out, input.now(), add_span(input.now(), span->span, 1), Grain::kSecond);
  }
  return out.period.start < out.period.end;
}

enum class Bound { kBefore = 0, kUntil = 1, kAfter = 2, kSince = 3 };

// bound 0 before | 1 until | 2 after | 3 since: a range that is open at the other side.
bool bound(const ActionInput& input, Value& out) {
  const Value& value = input.last().shape == Shape::kNothing ? input.at(0) : input.last();
  const Bound kind = static_cast<Bound>(input.argument(0));
  const bool to = kind == Bound::kBefore || kind == Bound::kUntil;
  if (value.open_start || value.open_end) return false;
  if (value.shape == Shape::kClock || value.shape == Shape::kClockRange) {
    out.shape = Shape::kClockRange;
    const bool at_end = value.shape == Shape::kClockRange && (kind == Bound::kUntil || kind == Bound::kAfter);
    out.clock = at_end ? value.clock_end : value.clock;
    out.clock_end = out.clock;
    out.part = value.part;
  } else {
    const std::optional<End> end = end_of(value);
    if (!end) return false;
    // "after 2016" begins when 2016 is over; "after Friday" and "until Friday" hold the day's name, not its end.
    const bool whole = value.shape == Shape::kPeriod;
    const bool at_end = whole && (kind == Bound::kAfter || kind == Bound::kUntil);
    const auto edge = [at_end](const Interval& of) { return at_end ? of.end : of.start; };
    set_period(out, edge(end->future), edge(end->future), value.grain >= Grain::kDay ? Grain::kDay : Grain::kMinute);
    if (value.has_past) set_past(out, {edge(end->past), edge(end->past)});
  }
  out.open_start = to;
  out.open_end = !to;
  return true;
}

// A day and an open range of times: "today before 4 pm".
bool date_bound(const ActionInput& input, Value& out) {
  const Value* date = input.find(Shape::kDate);
  const Value* times = input.find(Shape::kClockRange);
  if (date == nullptr || times == nullptr || !(times->open_start || times->open_end)) return false;
  const ClockTime clock = daytime_half(times->clock);
  set_period(out, moment(date->day, clock), moment(date->day, clock), Grain::kMinute);
  if (date->has_past) set_past(out, {moment(date->past_day, clock), moment(date->past_day, clock)});
  out.open_start = times->open_start;
  out.open_end = times->open_end;
  return true;
}

// more_or_less -1|1: "more than 2 weeks after today": at least that far; "less than": between.
bool more_or_less(const ActionInput& input, Value& out) {
  const Value& far = input.last();
  if (far.shape != Shape::kDate && far.shape != Shape::kDateTime) return false;
  const LocalSeconds point = point_start(far);
  const LocalSeconds base = far.shape == Shape::kDate ? at_midnight(input.today()) : input.now();
  if (input.argument(0) > 0) {
    set_period(out, point, point, far.shape == Shape::kDate ? Grain::kDay : Grain::kMinute);
    (point < base ? out.open_start : out.open_end) = true;
  } else {
    set_period(out, std::min(base, point), std::max(base, point),
               far.shape == Shape::kDate ? Grain::kDay : Grain::kMinute);
  }
  return true;
}

// now_range -1|1: from now until a point, or from a point until now.
bool now_range(const ActionInput& input, Value& out) {
  const Value& value = input.last();
  LocalSeconds other;
  if (value.shape == Shape::kClock) {
    const bool ahead = input.argument(0) > 0;
    ClockTime clock = value.clock;
    clock.either_half = false;
    other = moment(input.today(), clock);
    const auto step = std::chrono::hours(value.clock.either_half ? 12 : 24);
    if (ahead && other <= input.now()) other += step;
    if (!ahead && other >= input.now()) other -= step;
    set_period(out, std::min(input.now(), other), std::max(input.now(), other), Grain::kMinute);
    return true;
  }
  const std::optional<End> end = end_of(value);
  if (!end) return false;
  const bool whole = end->whole_days;
  const LocalSeconds now = whole ? at_midnight(input.today()) : input.now();
  if (input.argument(0) > 0) {
    const bool is_day = value.shape == Shape::kDate;
    set_period(out, now, is_day ? end->future.end : end->future.start, whole ? Grain::kDay : Grain::kMinute);
    out.inclusive = is_day;
  } else {
    const bool past = value.has_past;
    set_period(out, past ? end->past.start : end->future.start, now, whole ? Grain::kDay : Grain::kMinute);
  }
  return out.period.start < out.period.end;
}

// A day of the month and a date in it: "from 4 to January 22, 1995".
bool day_to_date(const ActionInput& input, Value& out) {
  DateSpec spec;
  for (int k = 1; k < input.count; ++k) {
    if (input.at(k).spec.year > 0) spec.year = input.at(k).spec.year;
    if (input.at(k).spec.month > 0) spec.month = input.at(k).spec.month;
    if (input.at(k).spec.day > 0) spec.day = input.at(k).spec.day;
  }
  const int from = input.at(0).spec.day;
  const std::optional<Days> end = resolve_date(spec, input.today());
  if (!end || from >= spec.day) return false;
  const auto interval = [from](Day last) {
    return Interval{at_midnight(last - days(day_of_month(last) - from)), at_midnight(last + days(1))};
  };
  set_period(out, interval(end->future).start, interval(end->future).end, Grain::kDay);
  set_past(out, interval(end->past));
  out.inclusive = true;
  return true;
}

// A day and a weekday after it: "from next Monday to Friday".
bool to_weekday(const ActionInput& input, Value& out) {
  const Day start = input.at(0).day;
  const int ahead = (input.last().spec.weekday - weekday_of(start) + 7) % 7;
  if (ahead == 0) return false;
  set_days(out, start, start + days(ahead + 1), Grain::kDay);
  out.inclusive = true;
  return true;
}

// A point in time and a time later that day: "tomorrow at 9 until 11".
bool until_clock(const ActionInput& input, Value& out) {
  const Value& start = input.at(0);
  const auto end = [&](Day day) {
    const LocalSeconds from = moment(day, daytime_half(start.clock));
    const int seconds = static_cast<int>((from - at_midnight(day)).count());
    return Interval{from, at_midnight(day) + std::chrono::seconds(after(input.last().clock, seconds))};
  };
  set_period(out, end(start.day).start, end(start.day).end, Grain::kMinute);
  if (start.has_past) set_past(out, end(start.past_day));
  return true;
}

// A time today and a point in time later: "from 2 pm till tomorrow 4:30 pm".
bool from_clock(const ActionInput& input, Value& out) {
  const LocalSeconds start = moment(input.today(), daytime_half(input.at(0).clock));
  const LocalSeconds end = moment(input.last().day, daytime_half(input.last().clock));
  if (end <= start) return false;
  set_period(out, start, end, Grain::kMinute);
  return true;
}

// A day, a time and how long: "14 February at 9:30 for 7 hours".
bool date_clock_span(const ActionInput& input, Value& out) {
  const Value* date = input.find(Shape::kDate);
  const Value* time = input.find(Shape::kClock);
  const Value* span = input.find(Shape::kSpan);
  if (date == nullptr || time == nullptr || span == nullptr) return false;
  const auto interval = [&](Day day) {
    const LocalSeconds start = moment(day, daytime_half(time->clock));
    return Interval{start, add_span(start, span->span, 1)};
  };
  set_period(out, interval(date->day).start, interval(date->day).end, Grain::kMinute);
  if (date->has_past) set_past(out, interval(date->past_day));
  return true;
}

constexpr NamedAction kRangeActions[] = {
    {"clock_range", clock_range},
    {"clock_range_in_part", clock_range_in_part},
    {"clock_range_in_zone", clock_range_in_zone},
    {"clock_span", clock_span},
    {"date_clock_range", date_clock_range},
    {"range", range},
    {"days_of_month", days_of_month},
    {"date_to_day", date_to_day},
    {"date_to_day_of_year", date_to_day_of_year},
    {"weekdays_in_week", weekdays_in_week},
    {"point_span", point_span},
    {"within", within},
    {"bound", bound},
    {"date_bound", date_bound},
    {"more_or_less", more_or_less},
    {"now_range", now_range},
    {"day_to_date", day_to_date},
    {"to_weekday", to_weekday},
    {"until_clock", until_clock},
    {"from_clock", from_clock},
    {"date_clock_span", date_clock_span},
};

}  // namespace

std::span<const NamedAction> range_actions() {
  return kRangeActions;
}

}  // namespace favilla

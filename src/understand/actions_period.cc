// Actions that make stretches of the calendar: weeks, months, seasons, parts of them. See actions.h.
#include <algorithm>

#include "understand/grammar.h"
#include "understand/time_helpers.h"

namespace favilla {
namespace {

constexpr int kMaxCount = 100'000;

// unit GRAIN [MULTIPLE]: "week" is 5, "fortnight" is 5 2.
bool unit(const ActionInput& input, Value& out) {
  out.grain = static_cast<Grain>(input.argument(0));
  out.integer = input.argument(1, 1);
  out.flag = input.argument(2) != 0;  // business days
  return true;
}

const Value* find_unit(const ActionInput& input) {
  for (int k = 0; k < input.count; ++k) {
    const Value& part = input.at(k);
    if (part.shape == Shape::kNothing && part.grain != Grain::kNone && part.spec.empty()) return &part;
  }
  return nullptr;
}

std::chrono::seconds small_unit(Grain grain) {
  return std::chrono::seconds(grain == Grain::kHour ? 3600 : grain == Grain::kMinute ? 60 : 1);
}

// cycle [OFFSET [GRAIN]]: a relative word and a unit: "this week", "next quarter". Units below a day are counted from
// now.
bool cycle(const ActionInput& input, Value& out) {
  const Value* length = find_unit(input);
  Value fixed;
  fixed.grain = static_cast<Grain>(input.argument(1));
  fixed.integer = 1;
  if (length == nullptr && fixed.grain != Grain::kNone) length = &fixed;
  if (length == nullptr) return false;
  int offset = input.argument(0);
  for (int k = 0; k < input.count; ++k) {
    if (input.at(k).flag && input.at(k).grain == Grain::kNone) offset += input.at(k).integer;
  }
  const int multiple = length->integer;
  if (length->grain < Grain::kDay) {
    const auto step = small_unit(length->grain) * multiple;
    const LocalSeconds start = input.now() + step * std::min(offset, 0);
    set_period(out, start, start + step, Grain::kSecond);
    return offset != 0;
  }
  if (length->grain == Grain::kDay) return false;
  const Day start = add_grains(length->grain, first_day(length->grain, input.today()), offset * multiple);
  set_days(out, start, add_grains(length->grain, start, multiple), length->grain);
  return true;
}

// A month, perhaps of a year that is said or that a period is.
bool month_of_year(const ActionInput& input, Value& out) {
  if (!merge_specs(input, out.spec)) return false;
  const Value* period = input.find(Shape::kPeriod);
  if (period != nullptr) {
    if (period->grain != Grain::kYear) return false;
    out.spec.year = year_of(day_of(period->period.start));
  }
  const int this_year = year_of(input.today());
  const auto set = [&](int year) {
    const std::optional<Day> start = make_day(year, out.spec.month, 1);
    return start ? Interval{at_midnight(*start), at_midnight(add_months(*start, 1))} : Interval{};
  };
  const int year = out.spec.year >= 0 ? out.spec.year : this_year + (out.spec.month < month_of(input.today()) ? 1 : 0);
  const Interval future = set(year);
  if (future.end <= future.start) return false;
  const int month = out.spec.month;
  const DateSpec spec = out.spec;
  set_period(out, future.start, future.end, Grain::kMonth);
  out.spec = spec;
  if (spec.year < 0) set_past(out, set(this_year - (month < month_of(input.today()) ? 0 : 1)));
  return true;
}

// "next March" is the next one that begins, "this March" this year's, "last March" the latest that is over.
bool relative_month(const ActionInput& input, Value& out) {
  const int which = input.at(0).integer;
  const int month = input.last().spec.month;
  const int now = month_of(input.today());
  int year = year_of(input.today());
  if (which > 0) year += month <= now ? which : which - 1;
  if (which < 0) year += month >= now ? which : which + 1;
  const std::optional<Day> start = make_day(year, month, 1);
  if (!start) return false;
  set_days(out, *start, add_months(*start, 1), Grain::kMonth);
  return true;
}

// month_steps N: the Nth such month that begins after this one.
bool month_steps(const ActionInput& input, Value& out) {
  const int month = input.at(0).spec.month;
  const int year = year_of(input.today()) + input.argument(0) - (month > month_of(input.today()) ? 1 : 0);
  const std::optional<Day> start = make_day(year, month, 1);
  if (!start) return false;
  set_days(out, *start, add_months(*start, 1), Grain::kMonth);
  return true;
}

bool whole_year(const ActionInput& input, Value& out) {
  const int number = input.last().spec.year;
  const std::optional<Day> start = make_day(number, 1, 1);
  if (!start) return false;
  set_days(out, *start, add_months(*start, 12), Grain::kYear);
  out.spec.year = number;
  return true;
}

// months_of_year FIRST COUNT: a quarter or half of a year; without a year this year's or the next.
bool months_of_year(const ActionInput& input, Value& out) {
  const Value* period = input.find(Shape::kPeriod);
  int year = -1;
  for (int k = 0; k < input.count; ++k) year = std::max(year, input.at(k).spec.year);
  if (period != nullptr) {
    if (period->grain != Grain::kYear) return false;
    year = year_of(day_of(period->period.start));
  }
  int first = input.argument(0);
  const int count = input.argument(1);
  if (first == 0) {  // the number of the quarter or half is a part
    const Value* number = nullptr;
    for (int k = 0; k < input.count; ++k) {
      const Value& part = input.at(k);
      if (part.shape == Shape::kNothing && part.spec.year < 0 && part.grain == Grain::kNone) number = &part;
    }
    if (number == nullptr || number->integer < 1 || number->integer > 12 / count) return false;
    first = (number->integer - 1) * count + 1;
  }
  const auto set = [&](int y) {
    const Day start = *make_day(y, first, 1);
    return Interval{at_midnight(start), at_midnight(add_months(start, count))};
  };
  const int this_year = year_of(input.today());
  const int future_year = year >= 1 ? year : this_year + (set(this_year).end <= input.now() ? 1 : 0);
  if (future_year > 9990) return false;
  set_period(out, set(future_year).start, set(future_year).end, count == 3 ? Grain::kQuarter : Grain::kMonth);
  if (year < 0) set_past(out, set(future_year - 1));
  return true;
}

// Other readings of so many units: whole ones of the calendar or clock, and the last of them alone.
void add_whole_units(Value& out, const ActionInput& input, Grain grain, int count, int sign) {
  if (grain < Grain::kDay) {
    const auto step = small_unit(grain);
    const Day today = input.today();
    const auto passed = (input.now() - at_midnight(today)) / step * step;
    const LocalSeconds from = at_midnight(today) + passed + step * (sign > 0 ? 1 : -count);
    out.other = {from, from + step * count};
    out.other_count = 1;
    return;
  }
  const Day start = add_grains(grain, first_day(grain, input.today()), sign > 0 ? 1 : -count);
  const Day end = add_grains(grain, start, count);
  out.other = {at_midnight(start), at_midnight(end)};
  out.other2 = {at_midnight(sign > 0 ? add_grains(grain, start, count - 1) : start),
                at_midnight(sign > 0 ? end : add_grains(grain, start, 1))};
  out.other_count = 2;
}

// next_units [DIRECTION [COUNT]]: "next 3 days", "the past two weeks": counted from tomorrow or to today; shorter units
// from now. Centuries and decades are whole ones.
bool next_units(const ActionInput& input, Value& out) {
  const Value* length = find_unit(input);
  int direction = input.argument(0);
  int count = input.argument(1, 1);
  for (int k = 0; k < input.count; ++k) {
    if (&input.at(k) == length) continue;
    if (input.at(k).flag) {
      direction = input.at(k).integer;
    } else {
      count = input.at(k).integer;
    }
  }
  if (length == nullptr || direction == 0 || count < 1 || count > kMaxCount) return false;
  count *= length->integer;
  const int sign = direction > 0 ? 1 : -1;
  if (length->grain < Grain::kDay) {
    const LocalSeconds other = input.now() + small_unit(length->grain) * count * sign;
    set_period(out, std::min(input.now(), other), std::max(input.now(), other), Grain::kSecond);
    add_whole_units(out, input, length->grain, count, sign);
    return true;
  }
  const Day today = input.today();
  if (length->flag) {  // business days
    Span span;
    span.days = count;
    span.business = true;
    const Day other = day_of(add_span(at_midnight(today), span, sign));
    set_days(out, sign > 0 ? today + days(1) : other, sign > 0 ? other + days(1) : today, Grain::kDay);
    return true;
  }
  add_whole_units(out, input, length->grain, count, sign);
  if (length->grain >= Grain::kDecade || length->grain == Grain::kQuarter) {
    set_period(out, out.other.start, out.other.end, length->grain);
    return true;
  }
  const Day start = sign > 0 ? today + days(1) : add_grains(length->grain, today, -count);
  set_days(out, start, sign > 0 ? add_grains(length->grain, start, count) : today, Grain::kDay);
  return true;
}

Interval part_of(const Interval& whole, Grain grain, int which) {
  const Day start = day_of(whole.start);
  const Day end = day_of(whole.end);
  const auto between = [](Day from, Day to) { return Interval{at_midnight(from), at_midnight(to)}; };
  switch (grain) {
    case Grain::kWeek:
      if (which < 0) return between(start, start + days(3));
      if (which > 0) return between(start + days(3), end);
      return between(start + days(1), start + days(5));
    case Grain::kMonth:
      if (which < 0) return between(start, start + days(15));
      if (which > 0) return between(start + days(15), end);
      return between(start + days(9), start + days(20));
    case Grain::kYear: {
      if (which < 0) return between(start, add_months(start, 6));
      if (which > 0) return between(add_months(start, 6), end);
      return between(add_months(start, 4), add_months(start, 8));
    }
    default: {
      const auto third = (whole.end - whole.start) / 3;
      if (which < 0) return {whole.start, whole.start + third};
      if (which > 0) return {whole.end - third, whole.end};
      return {whole.start + third, whole.end - third};
    }
  }
}

// A narrower reading of early and late: ten days of a month, the last days of a week, three or four months of a year.
std::optional<Interval> narrow_part_of(const Interval& whole, Grain grain, int which) {
  const Day start = day_of(whole.start);
  const Day end = day_of(whole.end);
  if (which == 0) return std::nullopt;
  if (grain == Grain::kWeek)
    return Interval{at_midnight(which < 0 ? start : end - days(3)),
                    which < 0 ? at_midnight(start + days(3)) : whole.end};
  if (grain == Grain::kMonth) {
    return which < 0 ? Interval{whole.start, at_midnight(start + days(10))}
                     : Interval{at_midnight(start + days(20)), whole.end};
  }
  if (grain == Grain::kYear) {
    return which < 0 ? Interval{whole.start, at_midnight(add_months(start, 3))}
                     : Interval{at_midnight(add_months(start, 8)), whole.end};
  }
  return std::nullopt;
}

void add_narrow_part(Value& out, const Interval& whole, Grain grain, int which) {
  const std::optional<Interval> narrow = narrow_part_of(whole, grain, which);
  if (!narrow || *narrow == out.period) return;
  out.other = *narrow;
  out.other_count = 1;
}

// part_of_period -1|0|1: early, middle, late. With a second argument 3: thirds of a year ("the end of 2000").
bool part_of_period(const ActionInput& input, Value& out) {
  const Value& whole = input.last();
  if (whole.shape != Shape::kPeriod || whole.part != nullptr || whole.open_end || whole.open_start) return false;
  const int which = input.argument(0);
  const bool thirds = input.argument(1) == 3 && whole.grain == Grain::kYear && whole.spec.year > 0;
  const auto part = [&](const Interval& of) {
    if (!thirds) return part_of(of, whole.grain, which);
    const Day start = day_of(of.start);
    return Interval{at_midnight(add_months(start, (which + 1) * 4)), at_midnight(add_months(start, (which + 2) * 4))};
  };
  const Interval future = part(whole.period);
  set_period(out, future.start, future.end, Grain::kDay);
  if (whole.has_past) set_past(out, part(whole.past));
  out.part = which < 0 ? "early" : which > 0 ? "late" : "mid";
  add_narrow_part(out, whole.period, whole.grain, which);
  return true;
}

// end_of_unit GRAIN -1|1: the early or late part of the running week, month or year: "the end of the month".
bool end_of_unit(const ActionInput& input, Value& out) {
  const Grain grain = static_cast<Grain>(input.argument(0));
  const Day start = first_day(grain, input.today());
  const Interval whole = {at_midnight(start), at_midnight(add_grains(grain, start, 1))};
  const Interval part = part_of(whole, grain, input.argument(1));
  set_period(out, part.start, part.end, Grain::kDay);
  out.part = input.argument(1) < 0 ? "early" : "late";
  add_narrow_part(out, whole, grain, input.argument(1));
  return true;
}

// season_part -1|0|1: a third of a season.
bool season_part(const ActionInput& input, Value& out) {
  const Interval part = part_of(input.last().period, Grain::kNone, input.argument(0));
  set_days(out, day_of(part.start), day_of(part.end), Grain::kDay);
  out.part = input.last().part;
  return true;
}

// part_of_day -1|0|1: of a day: "early in the day on Friday".
bool part_of_day(const ActionInput& input, Value& out) {
  const Value* date = input.find(Shape::kDate);
  Value day;
  if (date != nullptr) {
    day = *date;
  } else {
    set_date(day, input.today());
  }
  constexpr int kHours[3][2] = {{0, 12}, {10, 14}, {12, 24}};
  const int which = std::clamp(input.argument(0), -1, 1) + 1;
  const auto part = [&](Day of) {
    return Interval{at_midnight(of) + std::chrono::hours(kHours[which][0]),
                    at_midnight(of) + std::chrono::hours(kHours[which][1])};
  };
  set_period(out, part(day.day).start, part(day.day).end, Grain::kHour);
  if (day.has_past) set_past(out, part(day.past_day));
  return true;
}

// rest_of: from now to the end of the period that has begun.
bool rest_of(const ActionInput& input, Value& out) {
  const Value* length = find_unit(input);
  if (length == nullptr || length->grain < Grain::kDay) return false;
  if (length->grain == Grain::kDay) {
    set_period(out, input.now(), at_midnight(input.today() + days(1)), Grain::kSecond);
    return true;
  }
  set_days(out, input.today(), add_grains(length->grain, first_day(length->grain, input.today()), 1), Grain::kDay);
  return true;
}

// so_far -1|1: of the period that has begun, what is over or what is left: "earlier this month", "year to date".
bool so_far(const ActionInput& input, Value& out) {
  const Value* period = input.find(Shape::kPeriod);
  Interval whole;
  Grain unit_grain = Grain::kNone;
  if (period != nullptr) {
    whole = period->period;
  } else {
    const Value* length = find_unit(input);
    unit_grain = length != nullptr ? length->grain : static_cast<Grain>(input.argument(1));
    if (unit_grain < Grain::kWeek) return false;
    const Day start = first_day(unit_grain, input.today());
    whole = {at_midnight(start), at_midnight(add_grains(unit_grain, start, 1))};
  }
  const LocalSeconds today = at_midnight(input.today());
  if (today < whole.start || today >= whole.end) {
    Value copy;
    copy.shape = Shape::kPeriod;
    const Interval half = part_of(whole, period != nullptr ? period->grain : Grain::kWeek, input.argument(0));
    set_period(out, half.start, half.end, Grain::kDay);
    return true;
  }
  const Grain grain = period != nullptr ? period->grain : unit_grain;
  const Interval half = part_of(whole, grain, input.argument(0));
  if (input.argument(1) != 0) {  // to date
    set_period(out, whole.start, today, Grain::kDay);
  } else if (input.argument(0) < 0) {
    set_period(out, whole.start, std::min(today, half.end), Grain::kDay);
  } else {
    set_period(out, std::max(today, half.start), whole.end, Grain::kDay);
  }
  return out.period.start < out.period.end;
}

// The nth week, month ... of an interval; n < 0 from the end. Weeks belong to the month or year that has their
// Thursday.
std::optional<Interval> nth_unit_in(const Interval& whole, Grain grain, int nth, int count) {
  const Day start = day_of(whole.start);
  const Day end = day_of(whole.end);
  Day first;
  if (grain == Grain::kWeek) {
    const Day thursday = first_day(Grain::kWeek, nth > 0 ? start : end - days(1)) + days(3);
    if (nth > 0) {
      first = thursday - days(3) + days(7 * (nth - 1 + (thursday < start ? 1 : 0)));
    } else {
      first = thursday - days(3) + days(7 * (nth + 1 - (thursday >= end ? 1 : 0)));
    }
  } else if (nth > 0) {
    first = add_grains(grain, start, nth - 1);
  } else {
    first = add_grains(grain, end, nth);
  }
  const Day last = add_grains(grain, first, count);
  if (first >= end || last <= start) return std::nullopt;
  return Interval{at_midnight(first), at_midnight(last)};
}

// nth_unit [SIGN]: an ordinal, a unit, a period: "third week of May". SIGN -1 from the end.
// nth_unit SIGN 1: a number instead of the ordinal: the first or last so many ("last 3 weeks of this year").
bool nth_unit(const ActionInput& input, Value& out) {
  const Value* whole = input.find(Shape::kPeriod);
  const Value* length = find_unit(input);
  if (whole == nullptr || length == nullptr || length->grain < Grain::kDay || length->grain >= whole->grain)
    return false;
  int number = 1;
  for (int k = 0; k < input.count; ++k) {
    if (&input.at(k) != whole && &input.at(k) != length) number = input.at(k).integer;
  }
  if (number < 1 || number > 400) return false;
  const bool many = input.argument(1) != 0;
  if (length->grain == Grain::kDay && !many) return false;  // a day (nth_day), not a range
  const int sign = input.argument(0, 1);
  const int nth = many ? (sign > 0 ? 1 : -number) : sign * number;
  const int count = many ? number : 1;
  const std::optional<Interval> future = nth_unit_in(whole->period, length->grain, nth, count);
  if (!future) return false;
  set_period(out, future->start, future->end, many ? Grain::kDay : length->grain);
  if (whole->has_past) {
    const std::optional<Interval> past = nth_unit_in(whole->past, length->grain, nth, count);
    if (past) set_past(out, *past);
  }
  return true;
}

// "week 31", "week 3 of 2027"
bool week_number(const ActionInput& input, Value& out) {
  const Value* period = input.find(Shape::kPeriod);
  if (period != nullptr && period->grain != Grain::kYear) return false;
  const int year = year_of(period != nullptr ? day_of(period->period.start) : input.today());
  const int week = input.at(0).integer;
  if (week < 1 || week > 53) return false;
  const Day start = iso_week(year, week);
  set_days(out, start, start + days(7), Grain::kWeek);
  return true;
}

// unit_of: the week, month ... that a day is in: "the week of the 18th".
bool unit_of(const ActionInput& input, Value& out) {
  const Value* date = input.find(Shape::kDate);
  const Value* length = find_unit(input);
  const Grain grain = length != nullptr ? length->grain : Grain::kWeek;
  if (date == nullptr || grain < Grain::kWeek) return false;
  const auto around = [&](Day day) {
    const Day start = first_day(grain, day);
    return Interval{at_midnight(start), at_midnight(add_grains(grain, start, 1))};
  };
  const Interval future = around(date->day);
  set_period(out, future.start, future.end, grain);
  if (date->has_past) set_past(out, around(date->past_day));
  return true;
}

// weekend [OFFSET]: of this week, or of the week that a relative word, a day or a period names.
bool weekend(const ActionInput& input, Value& out) {
  Day day = input.today();
  const Value* date = input.find(Shape::kDate);
  const Value* period = input.find(Shape::kPeriod);
  int offset = input.argument(0);
  if (date != nullptr) {
    const Interval future = long_weekend(date->day);
    set_period(out, future.start, future.end, Grain::kDay);
    if (date->has_past) set_past(out, long_weekend(date->past_day));
  } else if (period != nullptr) {
    const Interval future = weekend_of(day_of(period->period.start));
    set_period(out, future.start, future.end, Grain::kDay);
  } else {
    for (int k = 0; k < input.count; ++k) offset += input.at(k).integer;
    const Interval future = weekend_of(day + days(7 * offset));
    set_period(out, future.start, future.end, Grain::kDay);
  }
  out.part = "weekend";
  return true;
}

// nth_weekend [SIGN]: an ordinal and a period.
bool nth_weekend(const ActionInput& input, Value& out) {
  const Value* whole = input.find(Shape::kPeriod);
  if (whole == nullptr) return false;
  const int number = input.count > 1 ? input.at(0).integer : 1;
  const int nth = input.argument(0, 1) * number;
  const auto find = [&](const Interval& of) { return nth_weekday_in(day_of(of.start), day_of(of.end), nth, 6); };
  const std::optional<Day> future = find(whole->period);
  if (!future) return false;
  const Interval interval = weekend_of(*future);
  set_period(out, interval.start, interval.end, Grain::kDay);
  if (whole->has_past) {
    if (const std::optional<Day> past = find(whole->past)) set_past(out, weekend_of(*past));
  }
  out.part = "weekend";
  return true;
}

// "the working week": Monday to Friday.
bool working_week(const ActionInput& input, Value& out) {
  int offset = 0;
  for (int k = 0; k < input.count; ++k) offset += input.at(k).integer;
  const Day monday = first_day(Grain::kWeek, input.today()) + days(7 * offset);
  set_days(out, monday, monday + days(5), Grain::kDay);
  return true;
}

// season NAME MONTH DAY MONTH DAY: from one day to another, as in the north.
bool season(const ActionInput& input, Value& out) {
  const auto in_year = [&](int year) {
    const Day start = *make_day(year, input.argument(0), input.argument(1));
    const int next = input.argument(2) < input.argument(0) ? 1 : 0;
    return Interval{at_midnight(start), at_midnight(*make_day(year + next, input.argument(2), input.argument(3)))};
  };
  const int year = std::clamp(year_of(input.today()), 2, 9990);
  int chosen = year - 1;
  while (in_year(chosen).end <= input.now()) ++chosen;
  set_period(out, in_year(chosen).start, in_year(chosen).end, Grain::kDay);
  set_past(out, in_year(chosen - 1));
  out.part = input.rule.text;
  out.spec.month = input.argument(0);
  out.integer = input.argument(2) * 100 + input.argument(3);
  out.digits = input.argument(1);
  return true;
}

// A season and a year, or a relative word before it: "next spring", "summer 2016".
bool season_in_year(const ActionInput& input, Value& out) {
  const Value* whole = nullptr;
  const Value* year_period = nullptr;
  int which = 0;
  int year = -1;
  for (int k = 0; k < input.count; ++k) {
    const Value& part = input.at(k);
    if (part.shape == Shape::kPeriod && part.part != nullptr) {
      whole = &part;
    } else if (part.shape == Shape::kPeriod) {
      year_period = &part;
    } else if (part.spec.year > 0) {
      year = part.spec.year;
    } else {
      which = part.integer;
    }
  }
  if (whole == nullptr) return false;
  if (year_period != nullptr) year = year_of(day_of(year_period->period.start));
  const Day start = day_of(whole->period.start);
  int shift = 0;
  if (year > 0) {
    shift = year - year_of(start);
  } else if (which != 0) {
    const bool has_begun = whole->period.start <= input.now();
    shift = which < 0 ? which : which - (has_begun ? 0 : 1);
  }
  const auto moved = [&](LocalSeconds time) { return at_midnight(add_months(day_of(time), 12 * shift)); };
  set_period(out, moved(whole->period.start), moved(whole->period.end), Grain::kDay);
  out.part = whole->part;
  return true;
}

// decade: a year that starts one ("the 1970s"), or two digits of one ("the 70s": the latest such).
bool decade(const ActionInput& input, Value& out) {
  int year = input.last().spec.year > 0 ? input.last().spec.year : input.last().integer;
  if (year < 0 || year % 10 != 0) return false;
  bool both = false;
  if (year < 100) {
    const int century = year_of(input.today()) / 100 * 100;
    year += century;
    if (year > year_of(input.today())) year -= 100;
    both = true;
  }
  const std::optional<Day> start = make_day(year, 1, 1);
  if (!start || year > 9900) return false;
  set_days(out, *start, add_months(*start, 120), Grain::kDecade);
  if (both) {
    const Day next = add_months(*start, 1200);
    out.past = {at_midnight(next), at_midnight(add_months(next, 120))};
    out.has_past = true;
  }
  return true;
}

// decade_plus BASE: a decade's name in a century: "the twenty-tens" (a number is the century), "the two thousands".
bool decade_plus(const ActionInput& input, Value& out) {
  int year = input.argument(0);
  if (input.count > 0) year += input.last().integer;
  if (input.count > 1) year += input.at(0).integer * 100;
  const std::optional<Day> start = make_day(year, 1, 1);
  if (!start) return false;
  set_days(out, *start, add_months(*start, 120), Grain::kDecade);
  return true;
}

// "to date": all until today.
bool until_now(const ActionInput& input, Value& out) {
  set_days(out, input.today(), input.today(), Grain::kDay);
  out.open_start = true;
  return true;
}

// unit_edge GRAIN: the end of the running week, month or year.
bool unit_edge(const ActionInput& input, Value& out) {
  const Grain grain = static_cast<Grain>(input.argument(0));
  const LocalSeconds end = at_midnight(add_grains(grain, first_day(grain, input.today()), 1));
  set_period(out, end, end, Grain::kDay);
  return true;
}

// edge 0|1|2: the beginning, middle or end of a period as one end of a range: "to the end of 2008".
bool edge(const ActionInput& input, Value& out) {
  const Value& whole = input.last();
  const auto point = [&](const Interval& of) {
    if (input.argument(0) == 0) return of.start;
    if (input.argument(0) == 2) return of.end;
    return at_midnight(day_of(of.start + (of.end - of.start) / 2));
  };
  const LocalSeconds future = point(whole.period);
  set_period(out, future, future, Grain::kDay);
  if (whole.has_past) set_past(out, {point(whole.past), point(whole.past)});
  out.spec = whole.spec;
  return true;
}

bool century(const ActionInput& input, Value& out) {
  const int number = input.at(0).integer;
  if (number < 2 || number > 90) return false;
  const Day start = *make_day((number - 1) * 100, 1, 1);
  set_days(out, start, add_months(start, 1200), Grain::kCentury);
  return true;
}

constexpr NamedAction kPeriodActions[] = {
    {"unit", unit},
    {"cycle", cycle},
    {"month_of_year", month_of_year},
    {"relative_month", relative_month},
    {"whole_year", whole_year},
    {"months_of_year", months_of_year},
    {"next_units", next_units},
    {"part_of_period", part_of_period},
    {"part_of_day", part_of_day},
    {"rest_of", rest_of},
    {"so_far", so_far},
    {"nth_unit", nth_unit},
    {"week_number", week_number},
    {"unit_of", unit_of},
    {"weekend", weekend},
    {"nth_weekend", nth_weekend},
    {"working_week", working_week},
    {"season", season},
    {"season_in_year", season_in_year},
    {"decade", decade},
    {"century", century},
    {"month_steps", month_steps},
    {"end_of_unit", end_of_unit},
    {"season_part", season_part},
    {"decade_plus", decade_plus},
    {"until_now", until_now},
    {"edge", edge},
    {"unit_edge", unit_edge},
};

}  // namespace

std::span<const NamedAction> period_actions() {
  return kPeriodActions;
}

}  // namespace favilla

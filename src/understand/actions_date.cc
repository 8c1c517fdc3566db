// Actions that make days: see actions.h. "Future" is the reading that a plan means.
#include <algorithm>

#include "understand/grammar.h"
#include "understand/time_helpers.h"

namespace favilla {

bool merge_specs(const ActionInput& input, DateSpec& spec) {
  const auto take = [](int& field, int value) {
    if (value < 0) return true;
    if (field >= 0 && field != value) return false;
    field = value;
    return true;
  };
  for (int k = 0; k < input.count; ++k) {
    const DateSpec& part = input.at(k).spec;
    if (!take(spec.year, part.year) || !take(spec.month, part.month) || !take(spec.day, part.day) ||
        !take(spec.weekday, part.weekday)) {
      return false;
    }
  }
  return true;
}

namespace {

bool month(const ActionInput& input, Value& out) {
  out.spec.month = input.argument(0);
  out.integer = out.spec.month;
  return true;
}

bool weekday(const ActionInput& input, Value& out) {
  out.spec.weekday = input.argument(0);
  out.integer = out.spec.weekday;
  return true;
}

bool month_day(const ActionInput& input, Value& out) {
  const int day = input.last().integer;
  if (day < 1 || day > 31) return false;
  out.spec.day = day;
  out.digits = input.last().digits;
  return true;
}

bool year(const ActionInput& input, Value& out) {
  const int number = input.last().integer;
  if (number < 1 || number > 9999) return false;
  out.spec.year = number;
  return true;
}

// Two numbers of two digits: "nineteen ninety nine", "twenty eighteen".
bool century_year(const ActionInput& input, Value& out) {
  const int century = input.at(0).integer;
  const int rest = input.last().integer;
  if (century < 11 || century > 29 || rest < 0 || rest > 99) return false;
  out.spec.year = century * 100 + rest;
  return true;
}

// A number of four digits said in words: "two thousand and five".
bool year_in_words(const ActionInput& input, Value& out) {
  const int number = input.at(0).integer;
  if (number < 1100 || number > 2999) return false;
  out.spec.year = number;
  return true;
}

// The 15th in March, May, July and October, the 13th in other months.
bool ides(const ActionInput& input, Value& out) {
  out.spec = input.last().spec;
  const int month = out.spec.month;
  out.spec.day = month == 3 || month == 5 || month == 7 || month == 10 ? 15 : 13;
  return true;
}

bool merge(const ActionInput& input, Value& out) {
  out.grain = Grain::kDay;
  return merge_specs(input, out.spec);
}

bool date(const ActionInput& input, Value& out) {
  if (!merge_specs(input, out.spec)) return false;
  const std::optional<Days> days = resolve_date(out.spec, input.today());
  if (!days) return false;
  set_date(out, days->future, days->past);
  return true;
}

// A day that its month does not have: "30 February", "29/2/2027", "the 31st of this month".
bool no_date(const ActionInput& input, Value& out) {
  DateSpec spec;
  if (!merge_specs(input, spec) || spec.day < 1) return false;
  const Value* period = input.find(Shape::kPeriod);
  if (period != nullptr) {
    if (period->grain != Grain::kMonth) return false;
    spec.year = year_of(day_of(period->period.start));
    spec.month = month_of(day_of(period->period.start));
  }
  if (spec.month < 1 || resolve_date(spec, input.today())) return false;
  out.shape = Shape::kUnknown;
  return true;
}

// A time that is named but has no value here.
bool unknown(const ActionInput&, Value& out) {
  out.shape = Shape::kUnknown;
  return true;
}

// A day of the month in digits or words alone, where the clause ends: "for the 27.", but not "for the 27 guests".
bool date_at_end(const ActionInput& input, Value& out) {
  const std::vector<Token>& tokens = input.situation.tokens;
  if (input.to < static_cast<int>(tokens.size())) {
    const std::string& next = tokens[static_cast<size_t>(input.to)].text;
    if (next != "." && next != "," && next != ";" && next != "!" && next != "?") return false;
  }
  return date(input, out);
}

// Day before month is sure only where the first number is no month.
bool date_day_first(const ActionInput& input, Value& out) {
  for (int k = 0; k < input.count; ++k) {
    if (input.at(k).spec.day > 0 && input.at(k).spec.day <= 12) return false;
  }
  return date(input, out);
}

// A weekday and a date in digits, which counts only where the coming one is such a day.
bool date_on_weekday(const ActionInput& input, Value& out) {
  const Value& date = input.last();
  int weekday = 0;
  for (int k = 0; k < input.count; ++k) weekday = std::max(weekday, input.at(k).spec.weekday);
  set_date(out, date.day);
  return weekday_of(date.day) == weekday;
}

bool date_in_digits(const ActionInput& input, Value& out) {
  const int number = input.at(0).integer;
  out.spec.year = number / 10000;
  const std::optional<Day> day = make_day(number / 10000, number / 100 % 100, number % 100);
  if (!day || number / 10000 < 1900 || number / 10000 > 2100) return false;
  set_date(out, *day);
  return true;
}

// "this Friday 5/12", "next 6th of April": the date decides, the word says which of two years. relative_date, and the
// word's number comes first.
bool relative_date(const ActionInput& input, Value& out) {
  if (!date(input, out)) return false;
  const int which = input.at(0).integer;
  if (which < 0) out.day = out.past_day;
  if (which == 0 && out.spec.year < 0 && out.spec.month > 0) {
    const std::optional<Day> day = make_day(year_of(input.today()), out.spec.month, out.spec.day);
    if (!day) return false;
    out.day = *day;
  }
  set_date(out, out.day);
  return true;
}

bool relative_day(const ActionInput& input, Value& out) {
  set_date(out, input.today() + days(input.argument(0)));
  return true;
}

// "next Friday": Friday of the next week; "this Friday": the coming one; "last": of the week before.
bool relative_weekday(const ActionInput& input, Value& out) {
  const int which = input.at(0).integer;
  const int day = input.last().spec.weekday;
  const Day today = input.today();
  if (which == 0) {
    set_date(out, today + days((day - weekday_of(today) + 7) % 7));
  } else {
    set_date(out, first_day(Grain::kWeek, today) + days(7 * which + day - 1));
  }
  return true;
}

// weekday_steps N: the Nth such day after today; N < 0 before. A number among the parts multiplies.
bool weekday_steps(const ActionInput& input, Value& out) {
  int steps = input.argument(0, 1);
  int day = 0;
  for (int k = 0; k < input.count; ++k) {
    if (input.at(k).spec.weekday > 0) {
      day = input.at(k).spec.weekday;
    } else {
      if (input.at(k).integer < 1 || input.at(k).integer > 1000) return false;
      steps *= input.at(k).integer;
    }
  }
  const Day today = input.today();
  const int ahead = (day - weekday_of(today) + 6) % 7 + 1;  // 1..7
  const int behind = (weekday_of(today) - day + 6) % 7 + 1;
  set_date(out, steps > 0 ? today + days(ahead + 7 * (steps - 1)) : today - days(behind + 7 * (-steps - 1)));
  return true;
}

// A weekday and a period or day: that day of its (first) week. "Friday next week", "Monday two weeks from now".
bool weekday_of_week(const ActionInput& input, Value& out) {
  int day = 0;
  const Value* where = nullptr;
  for (int k = 0; k < input.count; ++k) {
    if (input.at(k).shape == Shape::kPeriod || input.at(k).shape == Shape::kDate) {
      where = &input.at(k);
    } else if (input.at(k).spec.weekday > 0) {
      day = input.at(k).spec.weekday;
    }
  }
  if (where == nullptr || day == 0) return false;
  const auto in_week_of = [day](Day any) { return first_day(Grain::kWeek, any) + days(day - 1); };
  if (where->shape == Shape::kDate) {
    set_date(out, in_week_of(where->day), in_week_of(where->past_day));
  } else {
    set_date(out, in_week_of(day_of(where->period.start)), in_week_of(day_of(where->past.start)));
  }
  return true;
}

// The interval of a period, with the choice between years made for what is asked of it: "first Friday of November" said
// late in November is next year's.
template <class Pick>
bool pick_in_period(const ActionInput& input, const Value& where, Pick pick, Value& out) {
  std::optional<Day> future = pick(day_of(where.period.start), day_of(where.period.end));
  std::optional<Day> past = where.has_past ? pick(day_of(where.past.start), day_of(where.past.end)) : future;
  const bool any_year = where.spec.month > 0 && where.spec.year < 0;
  if (any_year && future && *future < input.today()) {
    past = future;
    const Day start = add_months(day_of(where.period.start), 12);
    future = pick(start, add_months(start, 1));
  }
  if (!future) return false;
  set_date(out, *future, past.value_or(*future));
  return true;
}

const Value* find_ordinal(const ActionInput& input) {
  for (int k = 0; k < input.count; ++k) {
    const Value& part = input.at(k);
    if (part.shape == Shape::kNothing && part.spec.empty() && part.grain == Grain::kNone) return &part;
  }
  return nullptr;
}

// nth_weekday [SIGN]: an ordinal, a weekday, a period. SIGN -1 counts from the end ("second last Friday of May").
bool nth_weekday_of(const ActionInput& input, Value& out) {
  const Value* where = input.find(Shape::kPeriod);
  const Value* ordinal = find_ordinal(input);
  if (where == nullptr) return false;
  int day = 0;
  for (int k = 0; k < input.count; ++k) {
    if (&input.at(k) != where && input.at(k).spec.weekday > 0) day = input.at(k).spec.weekday;
  }
  const int nth = input.argument(0, 1) * (ordinal == nullptr ? 1 : ordinal->integer);
  const auto pick = [&](Day start, Day end) { return nth_weekday_in(start, end, nth, day); };
  return pick_in_period(input, *where, pick, out);
}

// "second Sunday": of this month.
bool nth_weekday_of_month(const ActionInput& input, Value& out) {
  const Day start = first_day(Grain::kMonth, input.today());
  const std::optional<Day> day = nth_weekday_in(start, add_months(start, 1), input.at(0).integer, input.last().integer);
  if (!day) return false;
  set_date(out, *day);
  return true;
}

// nth_day [SIGN]: an ordinal and a period: "third day of October", "last day in October".
bool nth_day_of(const ActionInput& input, Value& out) {
  const Value* where = input.find(Shape::kPeriod);
  const Value* ordinal = find_ordinal(input);
  if (where == nullptr) return false;
  const int nth = input.argument(0, 1) * (ordinal == nullptr ? 1 : ordinal->integer);
  const auto pick = [&](Day start, Day end) -> std::optional<Day> {
    const Day day = nth > 0 ? start + days(nth - 1) : end + days(nth);
    if (nth == 0 || day < start || day >= end) return std::nullopt;
    return day;
  };
  return pick_in_period(input, *where, pick, out);
}

// A day of the month and a month: "20th of next month", "the 4th of this month".
bool day_in_month(const ActionInput& input, Value& out) {
  const Value* where = input.find(Shape::kPeriod);
  if (where == nullptr || where->grain != Grain::kMonth || where->spec.month > 0) return false;
  int number = 0;
  for (int k = 0; k < input.count; ++k) number = std::max(number, input.at(k).spec.day);
  const auto pick = [&](Day start, Day end) -> std::optional<Day> {
    const Day day = start + days(number - 1);
    if (day >= end) return std::nullopt;
    return day;
  };
  return pick_in_period(input, *where, pick, out);
}

// A day that is counted in a week or month, with a time between the words for it: "Wednesday evening next week", "the
// first Monday evening of next month". An argument as for nth_weekday.
bool counted_day_time(const ActionInput& input, Value& out) {
  ActionInput day_words = input;
  day_words.count = 0;
  const Value* time = nullptr;
  for (int k = 0; k < input.count; ++k) {
    if (input.at(k).shape == Shape::kClock || input.at(k).shape == Shape::kClockRange) {
      time = &input.at(k);
    } else {
      day_words.captures[day_words.count++] = &input.at(k);
    }
  }
  if (time == nullptr) return false;
  const bool is_nth = input.argument(0) != 0 || find_ordinal(day_words) != nullptr;
  Value day;
  if (!(is_nth ? nth_weekday_of(day_words, day) : weekday_of_week(day_words, day))) return false;
  return put_on_day(input, day, *time, out);
}

bool result_of_shift(const ActionInput& input, const Span& span, int sign, Value& out) {
  const Value* base = input.find(Shape::kDate);
  const Value* time = input.find(Shape::kDateTime);
  const Value* period = input.find(Shape::kPeriod);
  if (period != nullptr) {  // "two years since 2011": from its start
    set_date(out, day_of(add_span(period->period.start, span, sign)));
    return true;
  }
  if (base == nullptr) {
    const LocalSeconds from = time != nullptr ? point_start(*time) : input.now();
    // Days are the calendar's, hours are real ones: "in 5 hours" passes a change of clocks.
    Span calendar = span;
    calendar.seconds = 0;
    const TimeZone& zone = input.situation.time.zone;
    const LocalSeconds day = add_span(from, calendar, sign);
    const LocalSeconds to =
        span.seconds == 0 ? day : zone.to_local(zone.to_moment(day) + std::chrono::seconds(sign * span.seconds));
    if (span.smallest >= Grain::kDay && time == nullptr) {
      set_date(out, day_of(to));
    } else {
      set_moment(out, to, span.smallest);
    }
    return true;
  }
  if (span.smallest < Grain::kDay) {
    set_moment(out, add_span(at_midnight(base->day), span, sign), span.smallest);
    return true;
  }
  const auto shifted = [&](Day day) { return day_of(add_span(at_midnight(day), span, sign)); };
  set_date(out, shifted(base->day), shifted(base->past_day));
  return true;
}

// shift SIGN: a length of time, from now or from a day: "in 3 days", "2 weeks after Christmas", "an hour ago".
// A second argument 1: only if that makes a day; 2: only if it makes a time.
bool shift(const ActionInput& input, Value& out) {
  const Value* span = input.find(Shape::kSpan);
  if (span == nullptr) return false;
  const int wanted = input.argument(1);
  if (wanted != 0 && (wanted == 1) != (span->span.smallest >= Grain::kDay)) return false;
  return result_of_shift(input, span->span, input.argument(0, 1), out);
}

// "today in one hour": the day is said for nothing.
bool shift_today(const ActionInput& input, Value& out) {
  if (input.at(0).day != input.today() || input.last().span.smallest >= Grain::kDay) return false;
  ActionInput rest = input;
  rest.captures[0] = input.captures[1];
  rest.count = 1;
  return result_of_shift(rest, input.last().span, 1, out);
}

// nth_weekday_after [NTH]: an ordinal, unless NTH says it, a weekday and a day: "third Tuesday after Christmas", "the
// Friday before Easter" (-1).
bool nth_weekday_after(const ActionInput& input, Value& out) {
  const Value& date = input.last();
  const int nth = input.argument(0, input.at(0).integer);
  const int weekday = input.at(input.count - 2).spec.weekday;
  if (nth < 0) {
    const Day before = date.day - days(1);
    set_date(out, before - days((weekday_of(before) - weekday + 7) % 7));
    return true;
  }
  if (nth < 1 || nth > 1000) return false;
  const Day next = date.day + days(1);
  set_date(out, next + days((weekday - weekday_of(next) + 7) % 7 + 7 * (nth - 1)));
  return true;
}

// shift_day DAYS: "the day after Christmas" (1), "Friday week" (7).
bool shift_day(const ActionInput& input, Value& out) {
  Span span;
  span.days = std::abs(input.argument(0, 1));
  span.smallest = Grain::kDay;
  return result_of_shift(input, span, input.argument(0, 1) < 0 ? -1 : 1, out);
}

std::optional<Day> holiday_in(const Rule& rule, int year) {
  const auto argument = [&rule](size_t index) { return index < rule.arguments.size() ? rule.arguments[index] : 0; };
  if (year < 1 || year > 9998) return std::nullopt;
  switch (argument(0)) {
    case 1:
      return make_day(year, argument(1), argument(2));
    case 2: {
      const std::optional<Day> day = nth_weekday(year, argument(1), argument(2), argument(3));
      if (!day) return std::nullopt;
      return *day + days(argument(4));
    }
    case 3:
      return easter(year) + days(argument(1));
    case 4:
      return orthodox_easter(year) + days(argument(1));
    case 7: {
      const std::optional<Day> day = make_day(year, argument(1), argument(2));
      return day && weekday_of(*day) == 7 ? *day - days(1) : day;
    }
    default:  // pairs of a year and month * 100 + day
      for (size_t k = argument(0) == 6 ? 2 : 1; k + 1 < rule.arguments.size(); k += 2) {
        if (rule.arguments[k] == year) {
          return make_day(year, rule.arguments[k + 1] / 100, rule.arguments[k + 1] % 100);
        }
      }
      return std::nullopt;
  }
}

// holiday 1 MONTH DAY | 2 MONTH NTH WEEKDAY OFFSET | 3 DAYS_AFTER_EASTER | 4 DAYS_AFTER_ORTHODOX_EASTER |
// 5 YEAR MMDD YEAR MMDD ... | 6 LENGTH YEAR MMDD ... (of a festival of LENGTH days) |
// 7 MONTH DAY (the day before when that is a Sunday)
bool holiday(const ActionInput& input, Value& out) {
  const int year = year_of(input.today());
  std::optional<Day> future;
  std::optional<Day> past;
  for (int k = -1; k <= 2; ++k) {
    const std::optional<Day> day = holiday_in(input.rule, year + k);
    if (!day) continue;
    if (*day < input.today()) past = day;
    if (*day >= input.today() && !future) future = day;
  }
  if (!future && !past) {  // a table that ends before or begins after: still a holiday, once a year is said
    out.holiday = &input.rule;
    out.latent = true;
    return false;
  }
  set_date(out, future.value_or(*past), past.value_or(*future));
  out.holiday = &input.rule;
  return true;
}

// A holiday and a year: said ("Easter 2018"), or a period of one ("of next year").
bool holiday_in_year(const ActionInput& input, Value& out) {
  const Value* period = input.find(Shape::kPeriod);
  int number = -1;
  const Rule* rule = nullptr;
  for (int k = 0; k < input.count; ++k) {
    number = std::max(number, input.at(k).spec.year);
    if (input.at(k).holiday != nullptr) rule = input.at(k).holiday;
  }
  if (period != nullptr && period->grain == Grain::kYear) number = year_of(day_of(period->period.start));
  if (rule == nullptr || number < 0) return false;
  const std::optional<Day> day = holiday_in(*rule, number);
  if (!day) return false;
  set_date(out, *day);
  return true;
}

// "Halloween weekend 2021"
bool holiday_weekend(const ActionInput& input, Value& out) {
  Value day;
  if (!holiday_in_year(input, day)) return false;
  const Interval weekend = long_weekend(day.day);
  set_period(out, weekend.start, weekend.end, Grain::kDay);
  out.part = "weekend";
  return true;
}

// A festival of several days, as a range.
bool festival_days(const ActionInput& input, Value& out) {
  const Rule* rule = nullptr;
  for (int k = 0; k < input.count; ++k) {
    if (input.at(k).holiday != nullptr) rule = input.at(k).holiday;
  }
  Value first;
  if (input.count == 1) {
    first = input.at(0);
  } else if (!holiday_in_year(input, first)) {
    return false;
  }
  const auto whole = [rule](Day day) {
    return Interval{at_midnight(day), at_midnight(day + days(rule->arguments[1]))};
  };
  set_period(out, whole(first.day).start, whole(first.day).end, Grain::kDay);
  if (first.has_past) set_past(out, whole(first.past_day));
  return true;
}

// "last Easter", "next Thanksgiving"
bool relative_holiday(const ActionInput& input, Value& out) {
  const int which = input.at(0).integer;
  const Value& day = input.last();
  set_date(out, which >= 0 ? day.day : day.past_day);
  return true;
}

// A holiday and a length of time: the first one from then on ("Thanksgiving in 9 months").
bool holiday_near(const ActionInput& input, Value& out) {
  const Value* span = input.find(Shape::kSpan);
  const Value* day = input.find(Shape::kDate);
  if (span == nullptr || day == nullptr || day->holiday == nullptr) return false;
  const Day then = day_of(add_span(input.now(), span->span, input.argument(0, 1)));
  std::optional<Day> best;
  for (int k = 1; k >= 0; --k) {
    const std::optional<Day> candidate = holiday_in(*day->holiday, year_of(then) + k);
    if (candidate && *candidate >= then) best = candidate;
  }
  if (!best) return false;
  set_date(out, *best);
  return true;
}

// nth_closest: [ordinal] weekday or holiday, then the day it is close to.
bool closest_weekday(const ActionInput& input, Value& out) {
  const Value* to = input.find(Shape::kDate);
  const Value* ordinal = find_ordinal(input);
  int day = 0;
  for (int k = 0; k < input.count; ++k) {
    if (&input.at(k) != to && input.at(k).spec.weekday > 0) day = input.at(k).spec.weekday;
  }
  if (to == nullptr || day == 0) return false;
  const int nth = ordinal == nullptr ? 1 : ordinal->integer;
  if (nth < 1 || nth > 100) return false;
  const int ahead = (day - weekday_of(to->day) + 7) % 7;
  // Distances in order: the nearer side first, then the other, then a week further on each side.
  const int near = ahead <= 3 ? ahead : ahead - 7;
  const int far = near > 0 ? near - 7 : near + 7;
  const int rounds = (nth - 1) / 2;
  const int start = nth % 2 == 1 ? near : far;
  set_date(out, to->day + days(start + (start > 0 || (start == 0 && near >= 0) ? 7 : -7) * rounds));
  return true;
}

constexpr NamedAction kDateActions[] = {
    {"month", month},
    {"weekday", weekday},
    {"month_day", month_day},
    {"year", year},
    {"century_year", century_year},
    {"merge", merge},
    {"date", date},
    {"date_day_first", date_day_first},
    {"date_at_end", date_at_end},
    {"no_date", no_date},
    {"unknown", unknown},
    {"date_in_digits", date_in_digits},
    {"date_on_weekday", date_on_weekday},
    {"relative_date", relative_date},
    {"relative_day", relative_day},
    {"relative_weekday", relative_weekday},
    {"weekday_steps", weekday_steps},
    {"weekday_of_week", weekday_of_week},
    {"nth_weekday", nth_weekday_of},
    {"nth_weekday_of_month", nth_weekday_of_month},
    {"counted_day_time", counted_day_time},
    {"nth_day", nth_day_of},
    {"day_in_month", day_in_month},
    {"shift", shift},
    {"shift_day", shift_day},
    {"shift_today", shift_today},
    {"nth_weekday_after", nth_weekday_after},
    {"year_in_words", year_in_words},
    {"ides", ides},
    {"holiday", holiday},
    {"holiday_in_year", holiday_in_year},
    {"relative_holiday", relative_holiday},
    {"holiday_near", holiday_near},
    {"festival_days", festival_days},
    {"holiday_weekend", holiday_weekend},
    {"closest_weekday", closest_weekday},
};

}  // namespace

std::span<const NamedAction> date_actions() {
  return kDateActions;
}

}  // namespace favilla

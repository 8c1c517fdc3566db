// Days, weeks, months and years, and what an incomplete date means at some day.
#pragma once

#include <optional>

#include "understand/values.h"

namespace favilla {

// nullopt for days that no calendar has; years 1 to 9999.
std::optional<Day> make_day(int year, int month, int day);

int year_of(Day day);
int month_of(Day day);
int day_of_month(Day day);
int weekday_of(Day day);  // 1 Monday .. 7 Sunday
int days_in_month(int year, int month);

// The day `months` later; the last day of a shorter month when it has no such day.
Day add_months(Day day, int months);

// The first day of the week (Monday), month, quarter ... that `day` is in. kDay and shorter: the day itself.
Day first_day(Grain grain, Day day);
// `count` lengths later, from any day.
Day add_grains(Grain grain, Day day, int count);

Day easter(int year);           // Gregorian
Day orthodox_easter(int year);  // as a Gregorian date

// The nth (1..5, or -1 the last, -2 the one before) weekday of a month.
std::optional<Day> nth_weekday(int year, int month, int nth, int weekday);
// The same of any interval of days.
std::optional<Day> nth_weekday_in(Day start, Day end, int nth, int weekday);

Interval weekend_of(Day day);    // Saturday and Sunday of its week
Interval long_weekend(Day day);  // the weekend that a holiday belongs to, which one next to it makes longer

// First day of a week by ISO 8601: week 1 has the year's first Thursday.
Day iso_week(int year, int week);

struct Days {
  Day future;  // today or later if the words allow it
  Day past;    // before today if the words allow it
};

// nullopt: there is no such day (30 February, Friday 13 with a year that has none).
std::optional<Days> resolve_date(const DateSpec& spec, Day today);

inline Day day_of(LocalSeconds time) {
  return std::chrono::floor<std::chrono::days>(time);
}

inline LocalSeconds at_midnight(Day day) {
  return LocalSeconds(day);
}

// `span` later (sign 1) or earlier (-1). Business days skip Saturdays and Sundays.
LocalSeconds add_span(LocalSeconds time, const Span& span, int sign);

}  // namespace favilla

// The calendar: see calendar.h. Proleptic Gregorian throughout.
#include "understand/calendar.h"

#include <algorithm>

namespace favilla {
namespace {

std::chrono::year_month_day ymd(Day day) {
  return std::chrono::year_month_day(day);
}

// Months from year 0; never out of the range of `year`.
Day month_start(int64_t months) {
  months = std::clamp<int64_t>(months, 12, 9999 * 12 + 11);
  return *make_day(static_cast<int>(months / 12), static_cast<int>(months % 12) + 1, 1);
}

int64_t month_number(Day day) {
  return int64_t{year_of(day)} * 12 + month_of(day) - 1;
}

int months_in(Grain grain) {
  switch (grain) {
    case Grain::kMonth:
      return 1;
    case Grain::kQuarter:
      return 3;
    case Grain::kYear:
      return 12;
    case Grain::kDecade:
      return 120;
    case Grain::kCentury:
      return 1200;
    default:
      return 0;
  }
}

constexpr int kMaxDays = 3'000'000;  // about 8000 years: keeps all sums in range

}  // namespace

std::optional<Day> make_day(int year, int month, int day) {
  if (year < 1 || year > 9999) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return Day(date);
}

int year_of(Day day) {
  return static_cast<int>(ymd(day).year());
}

int month_of(Day day) {
  return static_cast<int>(static_cast<unsigned>(ymd(day).month()));
}

int day_of_month(Day day) {
  return static_cast<int>(static_cast<unsigned>(ymd(day).day()));
}

int weekday_of(Day day) {
  return static_cast<int>(std::chrono::weekday(day).iso_encoding());
}

int days_in_month(int year, int month) {
  const std::chrono::year_month_day_last last{
      std::chrono::year(year), std::chrono::month_day_last(std::chrono::month(static_cast<unsigned>(month)))};
  return static_cast<int>(static_cast<unsigned>(last.day()));
}

Day add_months(Day day, int months) {
  const Day start = month_start(month_number(day) + months);
  const int length = days_in_month(year_of(start), month_of(start));
  return start + std::chrono::days(std::min(day_of_month(day), length) - 1);
}

Day first_day(Grain grain, Day day) {
  if (grain == Grain::kWeek) return day - std::chrono::days(weekday_of(day) - 1);
  const int months = months_in(grain);
  if (months == 0) return day;
  return month_start(month_number(day) / months * months);
}

Day add_grains(Grain grain, Day day, int count) {
  count = std::clamp(count, -kMaxDays / 7, kMaxDays / 7);
  if (grain == Grain::kWeek) return day + std::chrono::days(count * 7);
  const int months = months_in(grain);
  if (months == 0) return day + std::chrono::days(count);
  return add_months(day, std::clamp(count, -120'000, 120'000) * months);
}

// Anonymous Gregorian algorithm (Meeus, Jones, Butcher).
Day easter(int year) {
  const int golden = year % 19;
  const int century = year / 100;
  const int epact = (century - century / 4 - (8 * century + 13) / 25 + 19 * golden + 15) % 30;
  const int moon = epact - epact / 28 * (1 - epact / 28 * (29 / (epact + 1)) * ((21 - golden) / 11));
  const int sunday = (year + year / 4 + moon + 2 - century + century / 4) % 7;
  const int offset = moon - sunday;
  const int month = 3 + (offset + 40) / 44;
  const int day = offset + 28 - 31 * (month / 4);
  return *make_day(year, month, day);
}

// Meeus' Julian algorithm, and the days between the calendars (13 from 1900 to 2099).
Day orthodox_easter(int year) {
  const int d = (19 * (year % 19) + 15) % 30;
  const int e = (2 * (year % 4) + 4 * (year % 7) - d + 34) % 7;
  const int month = (d + e + 114) / 31;
  const int day = (d + e + 114) % 31 + 1;
  const int gap = year / 100 - year / 400 - 2;
  return *make_day(year, month, day) + std::chrono::days(gap);
}

std::optional<Day> nth_weekday_in(Day start, Day end, int nth, int weekday) {
  Day day;
  if (nth > 0) {
    day = start + std::chrono::days((weekday - weekday_of(start) + 7) % 7 + 7 * (nth - 1));
  } else if (nth < 0) {
    const Day last = end - std::chrono::days(1);
    day = last - std::chrono::days((weekday_of(last) - weekday + 7) % 7 + 7 * (-nth - 1));
  } else {
    return std::nullopt;
  }
  if (day < start || day >= end) return std::nullopt;
  return day;
}

std::optional<Day> nth_weekday(int year, int month, int nth, int weekday) {
  const std::optional<Day> start = make_day(year, month, 1);
  if (!start) return std::nullopt;
  return nth_weekday_in(*start, add_months(*start, 1), nth, weekday);
}

Interval weekend_of(Day day) {
  const Day saturday = first_day(Grain::kWeek, day) + std::chrono::days(5);
  return {LocalSeconds(saturday), LocalSeconds(saturday + std::chrono::days(2))};
}

Interval long_weekend(Day day) {
  const int weekday = weekday_of(day);
  Interval interval = weekend_of(weekday <= 2 ? day - std::chrono::days(weekday) : day);
  if (weekday == 1) interval.end += std::chrono::days(1);
  if (weekday == 5) interval.start -= std::chrono::days(1);
  return interval;
}

Day iso_week(int year, int week) {
  const Day january4 = *make_day(std::clamp(year, 1, 9999), 1, 4);
  return first_day(Grain::kWeek, january4) + std::chrono::days(7 * (week - 1));
}

namespace {

bool fits(const DateSpec& spec, Day day) {
  return (spec.year < 0 || year_of(day) == spec.year) && (spec.month < 0 || month_of(day) == spec.month) &&
         (spec.day < 0 || day_of_month(day) == spec.day) && (spec.weekday < 0 || weekday_of(day) == spec.weekday);
}

// The nearest fitting day from `day` on, in steps of months or years. nullopt: none within `tries`.
std::optional<Day> search(const DateSpec& spec, Day today, int direction, int tries) {
  const bool yearly = spec.month > 0;
  int year = year_of(today);
  int month = yearly ? spec.month : month_of(today);
  for (int k = 0; k < tries; ++k) {
    const std::optional<Day> day = make_day(year, month, spec.day);
    if (day && fits(spec, *day) && (direction > 0 ? *day >= today : *day < today)) return day;
    if (yearly) {
      year += direction;
    } else {
      month += direction;
      if (month == 13 || month == 0) {
        year += direction;
        month = month == 13 ? 1 : 12;
      }
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Days> resolve_date(const DateSpec& spec, Day today) {
  if (spec.day > 0 && spec.year >= 0) {
    const std::optional<Day> day = make_day(spec.year, spec.month > 0 ? spec.month : month_of(today), spec.day);
    if (!day) return std::nullopt;
    return Days{*day, *day};
  }
  if (spec.day > 0) {
    // 29 February comes every four years, at most eight; a weekday on the 13th of a month within four years. A weekday
    // that does not fit the next two years was a slip: the date counts.
    const int tries = spec.month > 0 ? (spec.weekday > 0 ? 3 : 10) : 50;
    std::optional<Day> future = search(spec, today, 1, tries);
    std::optional<Day> past = search(spec, today, -1, tries);
    if (spec.weekday > 0 && !future) {
      DateSpec plain = spec;
      plain.weekday = -1;
      future = search(plain, today, 1, 10);
      past = search(plain, today, -1, 10);
    }
    if (!future) return std::nullopt;
    // "Thursday the 21st": a day just over is meant rather than one that is months away, which would be said with its
    // month.
    constexpr std::chrono::days kMonth{31};
    const bool is_over = spec.weekday > 0 && spec.month < 0 && past && today - *past < kMonth;
    if (is_over && *future - today > kMonth) future = past;
    return Days{*future, past.value_or(*future)};
  }
  if (spec.weekday > 0 && spec.month < 0 && spec.year < 0) {
    const Day future = today + std::chrono::days((spec.weekday - weekday_of(today) + 7) % 7);
    return Days{future, future - std::chrono::days(7)};
  }
  return std::nullopt;
}

LocalSeconds add_span(LocalSeconds time, const Span& span, int sign) {
  Day day = day_of(time);
  const std::chrono::seconds clock = time - LocalSeconds(day);
  day = add_months(day, sign * std::clamp(span.years * 12 + span.months, -120'000, 120'000));
  const int days = std::clamp(span.weeks * 7 + span.days, -kMaxDays, kMaxDays);
  if (span.business) {
    for (int left = std::min(days, 4000); left > 0;) {
      day += std::chrono::days(sign);
      if (weekday_of(day) < 6) --left;
    }
  } else {
    day += std::chrono::days(sign * days);
  }
  return LocalSeconds(day) + clock + std::chrono::seconds(sign * span.seconds);
}

}  // namespace favilla

// What a part of a sentence means, while rules put parts together (chart.h). One flat struct for all categories: a
// rule's action reads the fields that its parts' categories fill, and fills those of its own category.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/clock.h"

namespace favilla {

using Day = std::chrono::local_days;

// Lengths of calendar time, in the order of their size. Rule files write them as these numbers.
enum class Grain : int8_t {
  kNone = 0,
  kSecond = 1,
  kMinute = 2,
  kHour = 3,
  kDay = 4,
  kWeek = 5,
  kMonth = 6,
  kQuarter = 7,
  kYear = 8,
  kDecade = 9,
  kCentury = 10,
};

// mantissa * 10^exponent, exactly, unless !exact: then `approximate` is all there is (thirds, powers).
struct Decimal {
  int64_t mantissa = 0;
  int exponent = 0;
  bool exact = true;
  double approximate = 0;
  bool operator==(const Decimal&) const = default;
};

// What was said of a day; -1: not said.
struct DateSpec {
  int year = -1;
  int month = -1;
  int day = -1;
  int weekday = -1;  // 1 Monday .. 7 Sunday
  bool operator==(const DateSpec&) const = default;
  bool empty() const { return year < 0 && month < 0 && day < 0 && weekday < 0; }
};

// A time of day; hour -1: not said.
struct ClockTime {
  int hour = -1;
  int minute = 0;
  int second = 0;
  bool either_half = false;  // "at 5": 05:00 or 17:00
  bool next_day = false;     // "midnight", "12 in the evening": belongs to the day that follows
  bool operator==(const ClockTime&) const = default;
  int seconds() const { return (hour * 60 + minute) * 60 + second; }
};

// A length of time. Fractions of a unit have been turned into smaller ones; `nominal_seconds` has months of 30 days and
// years of 365.
struct Span {
  int years = 0;
  int months = 0;
  int weeks = 0;
  int days = 0;
  int64_t seconds = 0;
  int nanoseconds = 0;
  bool business = false;  // days that are not Saturday or Sunday
  double nominal_seconds = 0;
  Grain smallest = Grain::kNone;
  bool operator==(const Span&) const = default;
};

struct Interval {
  LocalSeconds start{};
  LocalSeconds end{};  // exclusive
  bool operator==(const Interval&) const = default;
};

// RFC 5545 terms; 0 or empty: not said.
struct Repeat {
  char frequency = 0;  // 'S' secondly, 'T' minutely, 'H', 'D', 'W', 'M', 'Y'
  int interval = 1;
  unsigned weekdays = 0;  // bit 1 Monday .. bit 7 Sunday
  int nth = 0;            // of the weekdays in a month; -1 the last
  int month = 0;
  int month_day = 0;  // -1 the last
  bool except_holidays = false;
  bool operator==(const Repeat&) const = default;
};

// What kind of time a Value holds.
// kUnknown: a time that is named but has no value here: a day that no calendar has, the fiscal year.
enum class Shape : int8_t { kNothing, kDate, kClock, kDateTime, kPeriod, kClockRange, kSpan, kRepeat, kUnknown };

struct Rule;

struct Value {
  Shape shape = Shape::kNothing;
  bool latent = false;  // too weak to stand alone in a sentence
  bool approximate = false;
  bool open_start = false;  // kPeriod, kClockRange: no start ("before")
  bool open_end = false;
  bool has_past = false;  // past_day, past are there and differ from the future ones
  int other_count = 0;
  bool inclusive = false;  // kPeriod made of two days: `end` is after the last
  Grain grain = Grain::kNone;
  int integer = 0;             // lexical values: month, weekday, number of a part of the day ...
  int digits = 0;              // of a number written in digits
  int half = 0;                // of a part of the day: which half of the clock it means
  const char* part = nullptr;  // name of a part of the day, or another vague name ("weekend")
  bool flag = false;           // a unit: business days only; a relative word: always
  const char* text = nullptr;  // unit and part names; lives as long as the grammar
  const char* dimension = nullptr;
  const Rule* holiday = nullptr;  // kDate that comes every year: how to find it in another one
  Decimal number;
  DateSpec spec;
  Day day{};  // kDate, kDateTime: the future reading; kClock: unused
  Day past_day{};
  ClockTime clock;  // kClockRange: the start
  ClockTime clock_end;
  Interval period;  // kPeriod: the future reading
  Interval past;
  Interval other;  // kPeriod: further readings, as many as other_count says
  Interval other2;
  Span span;
  Repeat repeat;
  bool operator==(const Value&) const = default;
};

}  // namespace favilla

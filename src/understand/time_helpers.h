// Small makers of values that several families of actions share.
#pragma once

#include "understand/actions.h"
#include "understand/calendar.h"

namespace favilla {

inline std::chrono::days days(int count) {
  return std::chrono::days(count);
}

inline void set_date(Value& out, Day future, Day past) {
  out.shape = Shape::kDate;
  out.day = future;
  out.past_day = past;
  out.has_past = future != past;
  out.grain = Grain::kDay;
}

inline void set_date(Value& out, Day day) {
  set_date(out, day, day);
}

inline void set_period(Value& out, LocalSeconds start, LocalSeconds end, Grain grain) {
  out.shape = Shape::kPeriod;
  out.period = {start, end};
  out.past = out.period;
  out.grain = grain;
}

inline void set_days(Value& out, Day start, Day end, Grain grain) {
  set_period(out, at_midnight(start), at_midnight(end), grain);
}

inline void set_past(Value& out, Interval past) {
  out.past = past;
  out.has_past = !(past == out.period);
}

inline void set_moment(Value& out, LocalSeconds time, Grain grain) {
  out.shape = Shape::kDateTime;
  out.day = day_of(time);
  out.past_day = out.day;
  const int seconds = static_cast<int>((time - at_midnight(out.day)).count());
  out.clock = {seconds / 3600, seconds / 60 % 60, seconds % 60, false, false};
  out.grain = grain;
}

// Union of what the parts say of a day; false where two of them differ.
bool merge_specs(const ActionInput& input, DateSpec& spec);

// The time of a day that a clock shows; next_day counts.
inline LocalSeconds moment(Day day, const ClockTime& clock) {
  return at_midnight(day) + std::chrono::seconds(clock.seconds()) + days(clock.next_day ? 1 : 0);
}

// Actions: a day with a time, with a part of the day, with a range of times, in any order.
bool date_time(const ActionInput& input, Value& out);
bool date_part(const ActionInput& input, Value& out);
bool date_clock_range(const ActionInput& input, Value& out);

// A time of day, a range of such or a part of the day on a day (kDate): false where they do not fit.
bool put_on_day(const ActionInput& input, const Value& date, const Value& time, Value& out);

// What a point in time is, in the reading that is meant: kDate as its midnight.
LocalSeconds point_start(const Value& value);

// A clock without am or pm, on a day of which nothing else is known: 1 to 6 are afternoons.
ClockTime daytime_half(const ClockTime& clock);
ClockTime other_half(const ClockTime& clock);

}  // namespace favilla

// How replies put times, durations, counts and lists into words, the same for all tools. Written is for the eye
// ("Friday at 18:00"), spoken for the ear ("on Friday at 6 p.m.").
//
//   reply = "Added: call Ana, " + say_time(due, now, Say::kWritten) + ".";        // today at 18:00
//   spoken = "I'll remind you to call Ana " + say_time(due, now, Say::kSpoken);   // today at 6 p.m.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace favilla {

enum class Say { kWritten, kSpoken };

// "18:00"; spoken "6 p.m.", "6:30 p.m.", "noon", "midnight".
std::string say_clock(LocalSeconds time, Say say);

// "today", "tomorrow", "yesterday", "Friday" (in the coming six days), "last Friday" (in the past six), "3 December",
// "3 December 2028" when it is more than half a year away and in another year. Spoken with "on" where that is said.
std::string say_day(LocalSeconds day, LocalSeconds now, Say say);

// "today at 18:00"
std::string say_time(LocalSeconds time, LocalSeconds now, Say say);

// "today, 18:00-19:00", "Friday 22:00 to Saturday 02:00"; spoken "today from 6 p.m. to 7 p.m.". One without length is a
// time.
std::string say_span(LocalSeconds start, LocalSeconds end, LocalSeconds now, Say say);

// Whole days, `end` exclusive: "tomorrow", "Friday to 3 December".
std::string say_days(LocalSeconds start, LocalSeconds end, LocalSeconds now, Say say);

// The text with a full stop at its end, unless "p.m." or a title brought one.
std::string sentence(std::string text);

// "1 hour 30 minutes", "2 days", "45 seconds"; the sign is ignored.
std::string say_duration(std::chrono::seconds duration);

// "1 reminder", "3 reminders", "no reminders"
std::string say_count(size_t count, std::string_view noun);

// "a", "a and b", "a, b and c"
std::string say_list(const std::vector<std::string>& parts);

// An RRULE in words: "every day", "every 2 weeks on Monday and Friday", "every month on the last Friday, 10 times".
// What has no short words is "by the rule FREQ=...".
std::string say_rule(std::string_view rule);

}  // namespace favilla

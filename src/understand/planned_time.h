// Which of the times that words may mean a plan means: plans lie ahead, and dinners are in the evening.
#pragma once

#include <string>
#include <vector>

#include "understand/entities.h"
#include "understand/sentence.h"

namespace favilla {

// Words that tell the half of the day of a bare "at 7". The single ones are sorted.
struct HalfOfDayWords {
  std::vector<std::string> evening;                       // "dinner": 5 to 11 are evenings
  std::vector<std::string> morning;                       // "wake": 4 to 11 are mornings
  std::vector<std::vector<std::string>> morning_phrases;  // "get up"
};

// Puts into `entity.reading` what a plan means; other kinds than times stay. `sentence` is all that was said.
// - A bare clock time (`others` has the other half of the day): as a word of the sentence says; without one, what would
//   be in the small hours is the afternoon, unless it comes soon.
// - A weekday that is today, without a time, or at one that is over or in doubt: a week later.
// - With `wakes`, as an alarm does, a bare clock time from 4 on is the morning's, unless a word says otherwise.
// - A range that is over by now: its next time. "The first of the month": the next one.
void set_planned_time(Entity& entity, const Sentence& sentence, const HalfOfDayWords& words, const TimeContext& context,
                      bool wakes);

// A bare clock time that no day goes with, such as in "move it to one o'clock": in daytime, unless a word of the
// sentence says otherwise.
void set_daytime(Entity& entity, const Sentence& sentence, const HalfOfDayWords& words, const TimeContext& context);

}  // namespace favilla

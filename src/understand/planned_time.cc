// See planned_time.h.
#include "understand/planned_time.h"

#include <algorithm>
#include <chrono>

namespace favilla {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;

constexpr hours kHalfDay{12};
constexpr days kWeek{7};
constexpr int kFirstMorningHour = 4;   // with a word for mornings
constexpr int kFirstEveningHour = 5;   // with one for evenings
constexpr int kLastAfternoonHour = 6;  // without either
constexpr int kEndOfSmallHours = 6;    // before that nobody plans anything without saying so,
constexpr hours kSoon{3};              // unless it is about to come

LocalSeconds midnight_of(LocalSeconds time) {
  return floor<days>(time);
}

int hour_of(LocalSeconds time) {
  return static_cast<int>(floor<hours>(time - midnight_of(time)).count());
}

bool has_one_of(const Sentence& sentence, const std::vector<std::string>& words) {
  return std::any_of(sentence.words.begin(), sentence.words.end(),
                     [&](const Word& word) { return std::binary_search(words.begin(), words.end(), word.text); });
}

bool holds_phrase(const Sentence& sentence, const std::vector<std::string>& phrase) {
  const auto same = [](const Word& word, const std::string& text) { return word.text == text; };
  return std::search(sentence.words.begin(), sentence.words.end(), phrase.begin(), phrase.end(), same) !=
         sentence.words.end();
}

// Whether the words leave open which half of the day is meant.
bool is_open(const Entity& entity) {
  const bool is_clock = entity.kind == EntityKind::kTime || entity.kind == EntityKind::kDateTime;
  return is_clock && std::any_of(entity.others.begin(), entity.others.end(), [&](const Reading& other) {
           return other.start && std::chrono::abs(*other.start - *entity.reading.start) % days{1} == kHalfDay;
         });
}

enum class Half { kUnknown, kMorning, kAfternoon };

Half half_of_words(const Sentence& sentence, const HalfOfDayWords& words, int hour) {
  const int shown = hour % 12;
  const bool is_morning = has_one_of(sentence, words.morning) ||
                          std::any_of(words.morning_phrases.begin(), words.morning_phrases.end(),
                                      [&](const auto& phrase) { return holds_phrase(sentence, phrase); });
  if (shown >= kFirstMorningHour && is_morning) return Half::kMorning;
  if (shown >= kFirstEveningHour && has_one_of(sentence, words.evening)) return Half::kAfternoon;
  return Half::kUnknown;
}

LocalSeconds in_half(LocalSeconds time, Half half) {
  const bool is_afternoon = hour_of(time) >= 12;
  if (half == Half::kMorning && is_afternoon) return time - kHalfDay;
  if (half == Half::kAfternoon && !is_afternoon) return time + kHalfDay;
  return time;
}

Half daytime_half(int hour) {
  const int shown = hour % 12;
  return shown <= kLastAfternoonHour ? Half::kAfternoon : Half::kMorning;
}

// kTime: the next time that the clock shows it in that half.
LocalSeconds next_in_half(LocalSeconds time, Half half, LocalSeconds now) {
  const LocalSeconds today = midnight_of(now) + (in_half(time, half) - midnight_of(in_half(time, half)));
  return today > now ? today : today + days{1};
}

LocalSeconds next_month(LocalSeconds time) {
  const auto day = floor<days>(time);
  std::chrono::year_month_day date{day};
  date += std::chrono::months{1};
  if (!date.ok()) date = date.year() / date.month() / std::chrono::last;
  return std::chrono::local_days{date} + (time - day);
}

// How often the same words are true again: once a week for "on Friday".
days period_of(const Entity& entity) {
  if (!entity.past || !entity.past->start || !entity.reading.start) return days{0};
  return floor<days>(*entity.reading.start - *entity.past->start);
}

void shift(Reading& reading, days by) {
  if (reading.start) *reading.start += by;
  if (reading.end) *reading.end += by;
}

void settle_open_half(Entity& entity, const Sentence& sentence, const HalfOfDayWords& words, LocalSeconds now,
                      Half usual) {
  LocalSeconds& start = *entity.reading.start;
  Half said = half_of_words(sentence, words, hour_of(start));
  if (said == Half::kUnknown && hour_of(start) % 12 >= kFirstMorningHour) said = usual;
  if (entity.kind == EntityKind::kDateTime) {
    start = in_half(start, said);
    return;
  }
  if (said != Half::kUnknown) {
    start = next_in_half(start, said, now);
  } else if (hour_of(start) < kEndOfSmallHours && start - now > kSoon) {
    start += kHalfDay;
  }
}

}  // namespace

void set_planned_time(Entity& entity, const Sentence& sentence, const HalfOfDayWords& words, const TimeContext& context,
                      bool wakes) {
  Reading& reading = entity.reading;
  if (!reading.start) return;
  const LocalSeconds now = context.now;
  const LocalSeconds today = midnight_of(now);
  const bool open = is_open(entity);
  if (open) settle_open_half(entity, sentence, words, now, wakes ? Half::kMorning : Half::kUnknown);
  // "at 10", said at 10.
  if (entity.kind == EntityKind::kTime && *reading.start == now) *reading.start += open ? kHalfDay : days{1};

  const bool has_clock =
      entity.kind == EntityKind::kDateTime || (entity.kind == EntityKind::kRange && !entity.whole_days);
  const bool is_this_weekday = midnight_of(*reading.start) == today && period_of(entity) == kWeek;
  if (entity.kind == EntityKind::kDate && is_this_weekday) shift(reading, kWeek);  // or it had been called today
  if (has_clock && is_this_weekday) {
    if (open && !wakes && half_of_words(sentence, words, hour_of(*reading.start)) == Half::kUnknown)
      *reading.start = in_half(*reading.start, daytime_half(hour_of(*reading.start)));
    const LocalSeconds until = reading.end.value_or(*reading.start);
    if (open || until <= now) shift(reading, kWeek);
  }
  const std::string_view said = sentence.text;
  const bool of_month = said.substr(0, entity.to).ends_with("the month");
  if (entity.kind != EntityKind::kRange && of_month && *reading.start < today)
    *reading.start = next_month(*reading.start);
}

void set_daytime(Entity& entity, const Sentence& sentence, const HalfOfDayWords& words, const TimeContext& context) {
  if (!entity.reading.start || !is_open(entity)) return;
  LocalSeconds& start = *entity.reading.start;
  const Half said = half_of_words(sentence, words, hour_of(start));
  start = next_in_half(start, said == Half::kUnknown ? daytime_half(hour_of(start)) : said, context.now);
}

}  // namespace favilla

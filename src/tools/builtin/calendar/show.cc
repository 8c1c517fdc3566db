// Showing, finding and counting what is in the calendars, and what is free between.
#include <fmt/format.h>

#include <algorithm>

#include "tools/builtin/calendar/actions.h"
#include "tools/ical/target.h"
#include "tools/match.h"

namespace favilla {
namespace {

using std::chrono::days;
using std::chrono::seconds;

constexpr size_t kMaxShown = 200;
constexpr size_t kMaxSpoken = 5;
constexpr seconds kUsefulGap{1800};
constexpr seconds kWorkStart{9 * 3600};
constexpr seconds kWorkEnd{18 * 3600};
constexpr days kMaxFreeDays{62};

std::string line_of(const EventAt& event, bool one_day, const ToolContext& context) {
  const CalendarItem& item = *event.at.item;
  const Moment now = context.clock.now();
  const std::string when = describe_time(item, event.at, context.zone, now, Say::kWritten);
  // The day is in the heading: "09:00-10:00" of "today, 09:00-10:00" is enough.
  const size_t comma = when.find(", ");
  const bool short_time = one_day && !event.at.whole_days && comma != std::string::npos;
  const std::string time = one_day && event.at.whole_days ? "all day" : short_time ? when.substr(comma + 2) : when;
  std::string line = fmt::format("{}: {}", time, item.title.empty() ? "(no title)" : item.title);
  if (!item.place.empty()) line += ", " + item.place;
  if (!item.rule_problem.empty()) line += " (its repetition is not understood)";
  return line;
}

// "3 events tomorrow:" and a line for each; `what` is "tomorrow" or "with \"dentist\"".
Outcome list_outcome(const ToolContext& context, const Vdir& vdir, const std::vector<EventAt>& events,
                     std::string_view what, bool one_day) {
  Outcome outcome;
  outcome.result["events"] = Json::array();
  const std::string heading = fmt::format("{} {}", say_count(events.size(), "event"), what);
  outcome.reply = events.empty() ? sentence(heading) : heading + ":";
  if (events.empty()) outcome.reply[0] = 'N';
  std::vector<std::string> spoken;
  for (const EventAt& event : events) {
    if (outcome.references.size() == kMaxShown) {
      outcome.reply += fmt::format("\n... and {} more", events.size() - kMaxShown);
      break;
    }
    outcome.reply += "\n- " + line_of(event, one_day, context);
    if (spoken.size() < kMaxSpoken)
      spoken.push_back(describe(*event.at.item, event.at, context.zone, context.clock.now(), Say::kSpoken));
    outcome.references.push_back(
        {"event", occurrence_id(*event.at.item, event.at, event.stored->file.zones), event.at.item->title});
    outcome.result["events"].push_back(item_json(*event.stored, *event.at.item, event.at, context.zone));
  }
  outcome.reply += vdir.broken_note();
  if (events.size() > kMaxSpoken) spoken.push_back(fmt::format("{} more", events.size() - kMaxSpoken));
  const std::string counted = fmt::format("You have {} {}", say_count(events.size(), "event"), what);
  outcome.spoken = sentence(spoken.empty() ? counted : counted + ": " + say_list(spoken));
  return outcome;
}

// The asked range, or that of `which`, or today; with what to call it.
Result<std::pair<AskedRange, std::string>> range_of(const Json& arguments, LocalSeconds now) {
  const LocalSeconds today = std::chrono::floor<days>(now);
  if (const std::optional<AskedRange> range = TRY(asked_range(arguments, now))) {
    const bool whole =
        std::chrono::floor<days>(range->start) == range->start && std::chrono::floor<days>(range->end) == range->end;
    return std::pair(*range, whole ? say_days(range->start, range->end, now, Say::kSpoken)
                                   : say_span(range->start, range->end, now, Say::kSpoken));
  }
  const std::string which = asked_text(arguments, "which");
  if (which == "tomorrow") return std::pair(AskedRange{today + days{1}, today + days{2}}, std::string("tomorrow"));
  if (which == "week") return std::pair(AskedRange{today, today + days{7}}, std::string("in the next seven days"));
  if (which == "month") return std::pair(AskedRange{today, today + days{30}}, std::string("in the next thirty days"));
  return std::pair(AskedRange{today, today + days{1}}, std::string("today"));
}

// The named calendar; nullptr when none is named.
Result<const Vdir::Calendar*> calendar_of(const Vdir& vdir, const Json& arguments) {
  const std::string name = asked_text(arguments, "calendar");
  const Vdir::Calendar* calendar = name.empty() ? nullptr : vdir.find_calendar(name);
  if (!name.empty() && calendar == nullptr)
    return Error{ErrorKind::kNotFound, fmt::format("There is no calendar \"{}\".", name)};
  return calendar;
}

bool has_person(const CalendarItem& item, const Words& person) {
  const auto is_person = [&](const Attendee& one) {
    return match(person, Words(one.name + " " + one.address)) != Match::kNone;
  };
  return match(person, Words(item.title)) != Match::kNone || (item.organizer && is_person(*item.organizer)) ||
         std::any_of(item.attendees.begin(), item.attendees.end(), is_person);
}

bool has_words(const CalendarItem& item, const Words& words) {
  return match(words, Words(item.title + " " + item.place + " " + item.note)) != Match::kNone;
}

// The hours of a day in which free time counts, since midnight.
Result<std::pair<seconds, seconds>> working_hours(const ToolContext& context, const Json& arguments) {
  std::pair<seconds, seconds> hours{kWorkStart, kWorkEnd};
  const std::string setting = setting_text(context.settings, "calendar", "working_hours", "");
  if (const size_t dash = setting.find('-'); dash != std::string::npos) {
    const Json parts{{"from", setting.substr(0, dash)}, {"to", setting.substr(dash + 1)}};
    const std::optional<AskedTime> from = TRY(asked_time(parts, "from").context("working_hours of config.toml"));
    const std::optional<AskedTime> to = TRY(asked_time(parts, "to").context("working_hours of config.toml"));
    if (from && from->clock) hours.first = *from->clock;
    if (to && to->clock) hours.second = *to->clock;
  }
  const std::optional<AskedTime> from = TRY(asked_time(arguments, "from_time"));
  const std::optional<AskedTime> to = TRY(asked_time(arguments, "to_time"));
  if (from && from->clock) hours.first = *from->clock;
  if (to && to->clock) hours.second = *to->clock;
  if (hours.second <= hours.first)
    return Error{ErrorKind::kInvalidArgument, "The working hours end before they begin."};
  return hours;
}

struct Gap {
  LocalSeconds start;
  LocalSeconds end;
};

// What is free of one window, at least `length` long.
void add_gaps(const Vdir& vdir, const TimeZone& zone, Gap window, seconds length, std::vector<Gap>& gaps) {
  LocalSeconds free_from = window.start;
  for (const EventAt& event : events_between(vdir, zone.to_moment(window.start), zone.to_moment(window.end))) {
    if (!event.at.item->takes_time || event.at.end == event.at.start) continue;
    const LocalSeconds start = zone.to_local(event.at.start);
    if (start - free_from >= length) gaps.push_back({free_from, start});
    free_from = std::max(free_from, zone.to_local(event.at.end));
  }
  if (window.end - free_from >= length) gaps.push_back({free_from, window.end});
}

// Whether one stretch of time is free.
Outcome answer_is_free(const ToolContext& context, const Vdir& vdir, Gap asked) {
  const LocalSeconds now = context.zone.to_local(context.clock.now());
  std::vector<std::string> busy;
  Outcome outcome;
  for (const EventAt& event :
       events_between(vdir, context.zone.to_moment(asked.start), context.zone.to_moment(asked.end))) {
    if (!event.at.item->takes_time) continue;
    busy.push_back(describe(*event.at.item, event.at, context.zone, context.clock.now()));
    outcome.references.push_back(
        {"event", occurrence_id(*event.at.item, event.at, event.stored->file.zones), event.at.item->title});
  }
  outcome.result = {{"is_free", busy.empty()}};
  const std::string written = say_span(asked.start, asked.end, now, Say::kWritten);
  const std::string spoken = say_span(asked.start, asked.end, now, Say::kSpoken);
  outcome.reply = sentence(busy.empty() ? "You are free " + written : "You are not free: " + say_list(busy));
  outcome.spoken = sentence(busy.empty() ? "You are free " + spoken : "You are not free, you have " + say_list(busy));
  outcome.reply += vdir.broken_note();
  return outcome;
}

}  // namespace

std::vector<EventAt> events_between(const Vdir& vdir, Moment from, Moment to, const Vdir::Calendar* calendar) {
  std::vector<EventAt> events;
  for (const StoredItem& stored : vdir.items) {
    if (calendar != nullptr && stored.calendar != calendar->name) continue;
    for (const Occurrence& one : expand(stored.file, from, to).occurrences) events.push_back({&stored, one});
  }
  std::stable_sort(events.begin(), events.end(), [](const EventAt& a, const EventAt& b) {
    return std::pair(a.at.start, !a.at.whole_days) < std::pair(b.at.start, !b.at.whole_days);
  });
  return events;
}

Result<Outcome> plan_event_show(const ToolContext& context, const Json& arguments) {
  const auto [range, words] = TRY(range_of(arguments, context.zone.to_local(context.clock.now())));
  const Vdir vdir = TRY(load_events(context));
  const Vdir::Calendar* calendar = TRY(calendar_of(vdir, arguments));
  const std::vector<EventAt> events =
      events_between(vdir, context.zone.to_moment(range.start), context.zone.to_moment(range.end), calendar);
  return list_outcome(context, vdir, events, words, range.end - range.start <= days{1});
}

Result<Outcome> plan_event_next(const ToolContext& context, const Json& arguments) {
  const Moment now = context.clock.now();
  const Vdir vdir = TRY(load_events(context));
  const Vdir::Calendar* calendar = TRY(calendar_of(vdir, arguments));
  const std::string words = asked_text(arguments, "match");
  const Words asked(words);
  std::optional<EventAt> next;
  for (const StoredItem& stored : vdir.items) {
    if (calendar != nullptr && stored.calendar != calendar->name) continue;
    const CalendarItem& item = stored.file.main();
    if (!words.empty() && !has_words(item, asked) && !has_person(item, asked)) continue;
    const std::optional<Occurrence> one = next_occurrence(stored.file, now);
    if (one && (!next || one->start < next->at.start)) next = EventAt{&stored, *one};
  }
  Outcome outcome;
  if (!next) {
    const std::string what = words.empty() ? "" : fmt::format(" with \"{}\"", words);
    outcome.reply = fmt::format("There is no event{} to come.", what) + vdir.broken_note();
    return outcome;
  }
  const CalendarItem& item = *next->at.item;
  outcome.result = item_json(*next->stored, item, next->at, context.zone);
  outcome.references.push_back({"event", occurrence_id(item, next->at, next->stored->file.zones), item.title});
  const std::string place = item.place.empty() ? "" : ", " + item.place;
  outcome.reply = sentence(fmt::format("Next: {}{}", describe(item, next->at, context.zone, now), place));
  outcome.reply += vdir.broken_note();
  outcome.spoken = sentence("Next is " + describe(item, next->at, context.zone, now, Say::kSpoken));
  return outcome;
}

Result<Outcome> plan_event_find(const ToolContext& context, const Json& arguments) {
  const Moment now = context.clock.now();
  const LocalSeconds local_now = context.zone.to_local(now);
  const std::string words = asked_text(arguments, "match");
  const std::string person = asked_text(arguments, "person");
  const std::optional<AskedRange> range = TRY(asked_range(arguments, local_now));
  if (words.empty() && person.empty() && !range) {
    Outcome outcome;
    outcome.question = {"What should I look for?", "match", {}};
    return outcome;
  }
  const Vdir vdir = TRY(load_events(context));
  std::vector<EventAt> found;
  // Without a range: the next time of each event, else its last one within ten years.
  const Moment from = range ? context.zone.to_moment(range->start) : now - days{3660};
  for (const StoredItem& stored : vdir.items) {
    const CalendarItem& item = stored.file.main();
    if (!words.empty() && !has_words(item, Words(words))) continue;
    if (!person.empty() && !has_person(item, Words(person))) continue;
    if (range) {
      for (const Occurrence& one : expand(stored.file, from, context.zone.to_moment(range->end)).occurrences)
        found.push_back({&stored, one});
    } else if (const std::optional<Occurrence> next = next_occurrence(stored.file, now)) {
      found.push_back({&stored, *next});
    } else if (const Expansion past = expand(stored.file, from, now); !past.occurrences.empty()) {
      found.push_back({&stored, past.occurrences.back()});
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const EventAt& a, const EventAt& b) { return a.at.start < b.at.start; });
  std::string what;
  if (!words.empty()) what = fmt::format("with \"{}\"", words);
  if (!person.empty()) what += fmt::format("{}with {}", what.empty() ? "" : " ", person);
  if (range) what += (what.empty() ? "" : " ") + say_days(range->start, range->end, local_now, Say::kSpoken);
  return list_outcome(context, vdir, found, what, false);
}

Result<Outcome> plan_event_free(const ToolContext& context, const Json& arguments) {
  const LocalSeconds now = context.zone.to_local(context.clock.now());
  const std::optional<seconds> asked_length = asked_seconds(arguments, "duration_seconds");
  const std::optional<AskedTime> start = TRY(asked_time(arguments, "start"));
  const auto [range, words] = TRY(range_of(arguments, now));
  const auto [day_start, day_end] = TRY(working_hours(context, arguments));
  const Vdir vdir = TRY(load_events(context));
  if (start && start->clock && !arguments.contains("end")) {
    const LocalSeconds from = start->from(now);
    return answer_is_free(context, vdir, {from, from + asked_length.value_or(kDefaultLength)});
  }
  Gap window{range.start, range.end};
  if (window.end - window.start > kMaxFreeDays) window.end = window.start + kMaxFreeDays;
  const bool by_the_clock = std::chrono::floor<days>(window.start) != window.start;
  std::vector<Gap> gaps;
  for (LocalSeconds day = std::chrono::floor<days>(window.start); day < window.end; day += days{1}) {
    // A range with times of its own ("tomorrow afternoon") counts as it is; whole days count in working hours.
    Gap part{std::max(day + (by_the_clock ? seconds{0} : day_start), window.start),
             std::min(day + (by_the_clock ? seconds{days{1}} : day_end), window.end)};
    part.start = std::max(part.start, now);
    if (part.start < part.end) add_gaps(vdir, context.zone, part, asked_length.value_or(kUsefulGap), gaps);
  }
  Outcome outcome;
  outcome.result["free"] = Json::array();
  std::vector<std::string> written;
  std::vector<std::string> spoken;
  for (const Gap& gap : gaps) {
    outcome.result["free"].push_back({{"start", format_iso(gap.start)}, {"end", format_iso(gap.end)}});
    written.push_back("\n- " + say_span(gap.start, gap.end, now, Say::kWritten));
    if (spoken.size() < kMaxSpoken) spoken.push_back(say_span(gap.start, gap.end, now, Say::kSpoken));
  }
  const std::string length = asked_length ? " for " + say_duration(*asked_length) : "";
  outcome.reply = gaps.empty() ? sentence(fmt::format("You are not free{} {}", length, words))
                               : fmt::format("You are free{}:{}", length, fmt::join(written, ""));
  outcome.spoken = gaps.empty() ? outcome.reply : sentence("You are free" + length + " " + say_list(spoken));
  outcome.reply += vdir.broken_note();
  return outcome;
}

}  // namespace favilla

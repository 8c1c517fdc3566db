// Finding the one item that words mean, or the short question that finds it.
#include "tools/ical/pick.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/ical/asked.h"
#include "tools/match.h"

namespace favilla {
namespace {

using std::chrono::days;
using std::chrono::seconds;

constexpr size_t kMaxChoices = 8;
constexpr days kLookBack{366};
// How far an instance may have been moved and still be found by the day it was on.
constexpr days kMovedBy{35};

const char* noun_of(ItemKind kind) {
  return kind == ItemKind::kTask ? "reminder" : "event";
}

struct Candidate {
  const StoredItem* stored = nullptr;
  std::optional<Occurrence> occurrence;
  Match match = Match::kNone;
};

bool fits(const AskedTime& asked, LocalSeconds local, LocalSeconds now) {
  const LocalSeconds wanted = asked.from(now);
  return asked.whole_day() ? std::chrono::floor<days>(local) == std::chrono::floor<days>(wanted) : local == wanted;
}

// The occurrence at the asked time; else the one that was there before it was moved.
std::optional<Occurrence> occurrence_at(const ItemFile& file, const AskedTime& asked, const PickOptions& options) {
  const LocalSeconds now = options.zone.to_local(options.now);
  const Moment about = options.zone.to_moment(asked.from(now));
  const Expansion around = expand(file, about - kMovedBy, about + kMovedBy);
  for (const Occurrence& one : around.occurrences) {
    if (fits(asked, options.zone.to_local(one.start), now)) return one;
  }
  for (const Occurrence& one : around.occurrences) {
    if (one.instance && fits(asked, options.zone.to_local(file.zones.to_moment(*one.instance)), now)) return one;
  }
  return std::nullopt;
}

// The one that goes on or comes next, else the last one.
std::optional<Occurrence> current_occurrence(const ItemFile& file, const PickOptions& options) {
  if (std::optional<Occurrence> next = next_occurrence(file, options.now)) {
    if (!file.main().recurs() || next->start - options.now < days{1}) return next;
  }
  const Expansion recent = expand(file, options.now, options.now + seconds{1});
  if (!recent.occurrences.empty()) return recent.occurrences.front();
  if (std::optional<Occurrence> next = next_occurrence(file, options.now)) return next;
  Expansion past = expand(file, options.now - kLookBack, options.now);
  if (past.occurrences.empty()) return std::nullopt;
  return past.occurrences.back();
}

Match match_item(const Words& asked, const CalendarItem& item) {
  const Match by_title = match(asked, Words(item.title));
  if (by_title != Match::kNone) return by_title;
  std::string text = item.title + " " + item.place;
  for (const Attendee& attendee : item.attendees) text += " " + attendee.name;
  for (const std::string& category : item.categories) text += " " + category;
  return std::min(match(asked, Words(text)), Match::kBeginnings);
}

class Picker {
 public:
  Picker(const Vdir& vdir, const PickOptions& options) : vdir_(vdir), options_(options) {}

  Result<Picked> by_id(std::string id, const std::optional<AskedTime>& asked) const {
    std::optional<AskedTime> wanted = asked;
    const StoredItem* stored = vdir_.find_uid(id);
    const size_t hash = id.rfind('#');
    if (stored == nullptr && hash != std::string::npos) {
      wanted = TRY(asked_time(Json{{"id", id.substr(hash + 1)}}, "id"));
      id.resize(hash);
      stored = vdir_.find_uid(id);
    }
    if (stored == nullptr)
      return Error{ErrorKind::kNotFound, fmt::format("There is no {} with the id {}.", noun_of(options_.kind), id)};
    Picked picked;
    picked.stored = stored;
    picked.occurrence_named = wanted.has_value();
    picked.occurrence = occurrence_of(*stored, wanted);
    if (wanted && !picked.occurrence)
      return Error{ErrorKind::kNotFound, fmt::format("{} does not take place then.", stored->file.main().title)};
    return picked;
  }

  Result<Picked> by_words(const std::string& words, const std::optional<AskedTime>& asked) const {
    std::vector<Candidate> found;
    const Words wanted(words);
    for (const StoredItem& stored : vdir_.items) {
      if (!options_.done_too && options_.kind == ItemKind::kTask && stored.file.main().done()) continue;
      if (std::optional<Picked> chosen = by_description(stored, words, asked)) return *chosen;
      Match best = words.empty() ? Match::kSame : Match::kNone;
      for (const CalendarItem& item : stored.file.items) best = std::max(best, match_item(wanted, item));
      if (best == Match::kNone) continue;
      Candidate candidate{&stored, occurrence_of(stored, asked), best};
      if (candidate.occurrence || (!asked && options_.kind == ItemKind::kTask)) found.push_back(candidate);
    }
    keep_best(found);
    if (found.empty()) {
      return Error{ErrorKind::kNotFound, words.empty()
                                             ? fmt::format("I found no {} at that time.", noun_of(options_.kind))
                                             : fmt::format("I found no {} that matches \"{}\"{}.",
                                                           noun_of(options_.kind), words, asked ? " then" : "")};
    }
    Picked picked;
    if (found.size() > 1) {
      picked.question = which_one(found);
      return picked;
    }
    picked.stored = found.front().stored;
    picked.occurrence = found.front().occurrence;
    picked.occurrence_named = asked.has_value();
    return picked;
  }

 private:
  // A choice of an earlier question comes back word for word.
  std::optional<Picked> by_description(const StoredItem& stored, const std::string& words,
                                       const std::optional<AskedTime>& asked) const {
    if (!words.starts_with(stored.file.main().title)) return std::nullopt;
    const std::optional<Occurrence> one = occurrence_of(stored, asked);
    const CalendarItem& item = one ? *one->item : stored.file.main();
    if (describe(item, one, options_.zone, options_.now) != words) return std::nullopt;
    return Picked{&stored, one, asked.has_value(), std::nullopt};
  }

  std::optional<Occurrence> occurrence_of(const StoredItem& stored, const std::optional<AskedTime>& asked) const {
    if (options_.kind == ItemKind::kTask) {
      std::optional<Occurrence> one = task_occurrence(stored.file);
      const LocalSeconds now = options_.zone.to_local(options_.now);
      if (one && asked && !fits(*asked, options_.zone.to_local(one->start), now)) one.reset();
      return one;
    }
    return asked ? occurrence_at(stored.file, *asked, options_) : current_occurrence(stored.file, options_);
  }

  // What is still to come is meant rather than what is over; then the best match; then the order of time.
  void keep_best(std::vector<Candidate>& found) const {
    const auto to_come = [&](const Candidate& one) {
      return options_.kind == ItemKind::kTask || (one.occurrence && one.occurrence->end > options_.now);
    };
    if (std::any_of(found.begin(), found.end(), to_come)) {
      std::erase_if(found, [&](const Candidate& one) { return !to_come(one); });
    }
    Match best = Match::kNone;
    for (const Candidate& one : found) best = std::max(best, one.match);
    std::erase_if(found, [&](const Candidate& one) { return one.match != best; });
    std::stable_sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) {
      if (!a.occurrence || !b.occurrence) return a.occurrence.has_value() && !b.occurrence.has_value();
      return a.occurrence->start < b.occurrence->start;
    });
  }

  Outcome which_one(const std::vector<Candidate>& found) const {
    Outcome outcome;
    Outcome::Question question;
    question.argument = "match";
    for (const Candidate& one : found) {
      if (question.choices.size() == kMaxChoices) break;
      const CalendarItem& item = one.occurrence ? *one.occurrence->item : one.stored->file.main();
      question.choices.push_back(describe(item, one.occurrence, options_.zone, options_.now));
      outcome.references.push_back(
          {options_.kind == ItemKind::kTask ? "task" : "event",
           one.occurrence ? occurrence_id(item, *one.occurrence, one.stored->file.zones) : item.uid, item.title});
    }
    question.text = fmt::format("Which one: {}?", fmt::join(question.choices, "; "));
    if (found.size() > kMaxChoices)
      question.text = fmt::format("{} {}s match. Which one, for example {}?", found.size(), noun_of(options_.kind),
                                  question.choices.front());
    outcome.question = std::move(question);
    return outcome;
  }

  const Vdir& vdir_;
  const PickOptions& options_;
};

}  // namespace

std::optional<Occurrence> task_occurrence(const ItemFile& file) {
  const CalendarItem& task = file.main();
  if (!task.when()) return std::nullopt;
  Occurrence one;
  one.item = &task;
  one.start = one.end = file.zones.to_moment(*task.when());
  one.whole_days = task.when()->is_date();
  return one;
}

Result<Picked> pick(const Vdir& vdir, const Json& arguments, const PickOptions& options) {
  const std::optional<AskedTime> asked = TRY(asked_time(arguments, "occurrence"));
  const std::string id = asked_text(arguments, "id");
  const std::string words = asked_text(arguments, "match");
  const Picker picker(vdir, options);
  if (!id.empty()) return picker.by_id(id, asked);
  if (!words.empty() || asked) return picker.by_words(words, asked);
  Picked picked;
  picked.question = Outcome();
  picked.question->question = {fmt::format("Which {}?", noun_of(options.kind)), "match", {}};
  return picked;
}

std::string occurrence_id(const CalendarItem& item, const Occurrence& one, const IcalZones& zones) {
  if (!one.instance) return item.uid;
  const std::string local = format_iso(zones.owner().to_local(zones.to_moment(*one.instance)));
  return item.uid + "#" + (one.instance->is_date() ? local.substr(0, 10) : local);
}

std::string describe_time(const CalendarItem& item, const std::optional<Occurrence>& one, const TimeZone& zone,
                          Moment now, Say say) {
  if (!one) return "";
  const LocalSeconds local_now = zone.to_local(now);
  const LocalSeconds start = zone.to_local(one->start);
  const LocalSeconds end = zone.to_local(one->end);
  if (item.kind == ItemKind::kTask)
    return one->whole_days ? say_day(start, local_now, say) : say_time(start, local_now, say);
  return one->whole_days ? say_days(start, end, local_now, say) : say_span(start, end, local_now, say);
}

std::string describe(const CalendarItem& item, const std::optional<Occurrence>& one, const TimeZone& zone, Moment now,
                     Say say) {
  const std::string title = item.title.empty() ? "(no title)" : item.title;
  const std::string when = describe_time(item, one, zone, now, say);
  if (when.empty()) return title;
  return title + (say == Say::kSpoken ? " " : ", ") + when;
}

Json item_json(const StoredItem& stored, const CalendarItem& item, const std::optional<Occurrence>& one,
               const TimeZone& zone) {
  Json json = {{"id", one ? occurrence_id(item, *one, stored.file.zones) : item.uid}, {"title", item.title}};
  const auto local = [&](Moment moment) {
    const std::string text = format_iso(zone.to_local(moment));
    return one->whole_days ? text.substr(0, 10) : text;
  };
  if (one && item.kind == ItemKind::kTask) json["due"] = local(one->start);
  if (one && item.kind == ItemKind::kEvent) {
    json["start"] = local(one->start);
    json["end"] = local(one->end);
    json["all_day"] = one->whole_days;
  }
  if (!item.place.empty()) json["place"] = item.place;
  if (!item.note.empty()) json["note"] = item.note;
  for (const Attendee& attendee : item.attendees) json["attendees"].push_back(attendee.name);
  if (stored.file.main().rule) json["recurrence"] = stored.file.main().rule->text();
  if (item.kind == ItemKind::kTask) {
    if (item.priority > 0) json["priority"] = item.priority <= 4 ? "high" : item.priority == 5 ? "medium" : "low";
    json["done"] = item.done();
    json["list"] = stored.calendar;
  } else {
    json["calendar"] = stored.calendar;
  }
  return json;
}

}  // namespace favilla

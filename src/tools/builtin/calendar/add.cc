// Adding an event, and what add, move and change say afterwards.
#include <fmt/format.h>

#include <algorithm>

#include "tools/builtin/calendar/actions.h"
#include "tools/ical/edit.h"
#include "tools/ical/target.h"

namespace favilla {
namespace {

using std::chrono::days;
using std::chrono::seconds;

constexpr days kConflictSearch{62};
constexpr size_t kMaxConflicts = 3;

struct When {
  LocalSeconds start{};
  seconds length{0};
  bool whole_days = false;
  std::optional<RecurrenceRule> rule;
};

// The start alone: of `start`, or of the recurrence.
struct Start {
  LocalSeconds local{};
  bool whole_days = false;
};

std::optional<Start> start_of(const std::optional<AskedTime>& asked, const std::optional<AskedRule>& rule,
                              LocalSeconds now) {
  if (!asked && !rule) return std::nullopt;
  Start start;
  if (asked) {
    // The first time of a recurrence without a time of day comes as midnight.
    start = {asked->from(now), asked->whole_day() || (rule && *asked->clock == seconds{0})};
  } else {
    start = {rule->clock ? now : std::chrono::floor<days>(now), true};
  }
  if (rule && rule->clock && start.whole_days) start.whole_days = false;
  if (rule) start.local = rule->first(start.local);
  return start;
}

// Where the event ends, counted from its start; nullopt when the arguments do not say.
Result<std::optional<seconds>> length_of(const Json& arguments, const Start& start) {
  if (const std::optional<seconds> length = asked_seconds(arguments, "duration_seconds"); length) return length;
  const std::optional<AskedTime> end = TRY(asked_time(arguments, "end"));
  if (!end) return std::optional<seconds>();
  const LocalSeconds until = end->day ? *end->day + end->clock.value_or(seconds{0}) : end->from(start.local);
  if (until <= start.local) return Error{ErrorKind::kInvalidArgument, "end: the event would end before it begins"};
  return std::optional(until - start.local);
}

Result<std::optional<When>> when_of(const Json& arguments, LocalSeconds now) {
  const std::optional<AskedRule> rule = TRY(asked_rule(arguments, "recurrence"));
  const std::optional<RecurrenceRule> plain_rule = rule ? std::optional(rule->rule) : std::nullopt;
  const std::optional<AskedTime> asked = TRY(asked_time(arguments, "start"));
  std::optional<Start> start = start_of(asked, rule, now);
  if (!start) return std::optional<When>();
  const auto all_day = arguments.find("all_day");
  if (all_day != arguments.end() && all_day->get<bool>()) start = {std::chrono::floor<days>(start->local), true};
  const std::optional<seconds> length = TRY(length_of(arguments, *start));
  // "on Friday for two hours": the day is known and the time is not, so it stays a whole day.
  const seconds usual = start->whole_days ? seconds{days{1}} : seconds{kDefaultLength};
  return std::optional(When{start->local, length.value_or(usual), start->whole_days, plain_rule});
}

}  // namespace

IcalLine attendee_line(const std::string& who) {
  const size_t open = who.find('<');
  const size_t close = who.find('>', open == std::string::npos ? 0 : open);
  std::string name = who;
  std::string address;
  if (open != std::string::npos && close != std::string::npos) {
    address = who.substr(open + 1, close - open - 1);
    name = who.substr(0, who.find_last_not_of(' ', open == 0 ? 0 : open - 1) + 1);
  } else if (who.find('@') != std::string::npos && who.find(' ') == std::string::npos) {
    address = name = who;
  }
  // A person without an address needs some URI (RFC 5545 has no attendee without one); this one is never delivered.
  return make_line("ATTENDEE;CN=" + parameter_value(name), address.empty() ? "invalid:nomail" : "mailto:" + address);
}

std::string conflict_words(const Vdir& vdir, const ItemFile& file, const ToolContext& context) {
  const Moment now = context.clock.now();
  const std::optional<IcalTime>& start = file.main().when();
  const Moment from = start ? std::max(now, file.zones.to_moment(*start)) : now;
  const std::vector<Occurrence> own = expand(file, from, from + kConflictSearch).occurrences;
  if (own.empty()) return "";
  Moment last = own.front().end;
  for (const Occurrence& one : own) last = std::max(last, one.end);
  const std::vector<EventAt> others = events_between(vdir, own.front().start, last);
  std::vector<std::string> found;
  for (const Occurrence& one : own) {
    if (one.whole_days || !one.item->takes_time) continue;
    for (const EventAt& other : others) {
      if (other.at.start >= one.end) break;
      const bool counts = other.stored->file.main().uid != file.main().uid && !other.at.whole_days &&
                          other.at.item->takes_time && other.at.end > one.start;
      if (counts && found.size() < kMaxConflicts)
        found.push_back(describe(*other.at.item, other.at, context.zone, now));
    }
  }
  return found.empty() ? "" : sentence(" It overlaps with " + say_list(found));
}

Result<void> tell_event(const ToolContext& context, const Vdir& vdir, const StoredItem* stored,
                        std::string_view calendar, const std::string& content, const std::optional<IcalTime>& instance,
                        std::string_view verb, Outcome& outcome) {
  const Moment now = context.clock.now();
  const StoredItem after{stored != nullptr ? stored->path : std::filesystem::path(), std::string(calendar), "",
                         TRY(read_item_file(content, context.zone))};
  const CalendarItem& main = after.file.main();
  std::optional<Occurrence> shown;
  if (instance) {
    const Moment original = after.file.zones.to_moment(*instance);
    for (const Occurrence& one : expand(after.file, original - days{366}, original + days{366}).occurrences) {
      if (one.instance && after.file.zones.to_moment(*one.instance) == original) shown = one;
    }
  } else if (main.when()) {
    const Moment first = after.file.zones.to_moment(*main.when());
    shown = next_occurrence(after.file, stored == nullptr || !main.recurs() ? first : std::max(first, now));
  }
  const CalendarItem& item = shown ? *shown->item : main;
  outcome.result = item_json(after, item, shown, context.zone);
  outcome.references.push_back({"event", shown ? occurrence_id(item, *shown, after.file.zones) : item.uid, item.title});
  const std::string conflicts = conflict_words(vdir, after.file, context);
  const std::string place = item.place.empty() ? "" : ", " + item.place;
  const std::string first = main.rule && !instance ? ", first " : ", ";
  const std::string rule = instance ? "" : rule_words(main);
  const std::string title = item.title.empty() ? "(no title)" : item.title;
  outcome.reply = sentence(fmt::format("{}: {}{}{}{}{}", verb, title, rule, first,
                                       describe_time(item, shown, context.zone, now, Say::kWritten), place)) +
                  conflicts + vdir.broken_note();
  outcome.spoken = sentence(fmt::format("{} {}{}{}{}", verb, title, rule, rule.empty() ? " " : ", first ",
                                        describe_time(item, shown, context.zone, now, Say::kSpoken))) +
                   conflicts;
  return {};
}

Result<Outcome> plan_event_add(const ToolContext& context, const Json& arguments) {
  const Moment now = context.clock.now();
  const std::string title = asked_text(arguments, "title");
  const std::optional<When> when = TRY(when_of(arguments, context.zone.to_local(now)));
  Outcome outcome;
  if (!when) {
    outcome.question = {fmt::format("When is {}?", title), "start", {}};
    return outcome;
  }
  const Vdir vdir = TRY(load_events(context));
  const std::string calendar_name =
      TRY(target_calendar(vdir, asked_text(arguments, "calendar"), default_calendar(context)));
  const std::string uid = make_uid(now, "event " + title + " " + std::to_string(vdir.items.size()));

  IcalComponent event = make_item(ItemKind::kEvent, uid, now);
  event.add(make_text_line("SUMMARY", title));
  IcalComponent calendar = make_calendar();
  const IcalTime start = owner_time(when->start, when->whole_days, context.zone);
  set_event_time(event, start, when->length, IcalZones(calendar, context.zone));
  if (when->rule) event.add(make_line("RRULE", when->rule->text()));
  if (const std::string place = asked_text(arguments, "place"); !place.empty())
    event.add(make_text_line("LOCATION", place));
  if (const std::string note = asked_text(arguments, "note"); !note.empty())
    event.add(make_text_line("DESCRIPTION", note));
  if (const auto people = arguments.find("attendees"); people != arguments.end()) {
    for (const Json& who : *people) event.add(attendee_line(who.get<std::string>()));
  }
  if (const std::optional<seconds> before = asked_seconds(arguments, "alarm_seconds")) set_alarm(event, *before);
  put_item(calendar, std::move(event), context.zone);
  const std::string content = calendar.to_text();
  TRY(tell_event(context, vdir, nullptr, calendar_name, content, std::nullopt, "Added", outcome));
  outcome.changes = {create_file(vdir, calendar_name, uid, content)};
  return outcome;
}

}  // namespace favilla

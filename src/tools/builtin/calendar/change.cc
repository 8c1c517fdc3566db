// Moving, changing and cancelling events, one of a series, or series.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tools/builtin/calendar/actions.h"
#include "tools/ical/edit.h"
#include "tools/ical/target.h"

namespace favilla {
namespace {

using std::chrono::days;
using std::chrono::seconds;

constexpr std::array<std::string_view, 7> kDays{"MO", "TU", "WE", "TH", "FR", "SA", "SU"};

// The event that is meant, and how much of its series; or the question that is still open.
struct Target {
  const StoredItem* stored = nullptr;
  std::optional<Occurrence> at;
  Which which = Which::kAll;
  std::optional<Outcome> question;

  const CalendarItem& main() const { return stored->file.main(); }
  bool one_of_series() const { return which == Which::kThis && at && at->instance; }
};

// What a series means when the call does not say whether this one or all.
enum class Unsaid { kAsk, kAll };

Result<Target> find_target(const ToolContext& context, const Vdir& vdir, const Json& arguments, Unsaid unsaid) {
  const Moment now = context.clock.now();
  Picked picked = TRY(pick(vdir, arguments, {ItemKind::kEvent, now, context.zone}));
  Target target{picked.stored, picked.occurrence, Which::kAll, std::move(picked.question)};
  if (target.question) return target;
  if (!target.main().recurs()) return target;
  const std::optional<Which> which = TRY(asked_which(arguments));
  if (which || picked.occurrence_named) {
    target.which = which.value_or(Which::kThis);
  } else if (unsaid == Unsaid::kAsk) {
    const std::string when = describe_time(target.main(), target.at, context.zone, now, Say::kWritten);
    Outcome outcome;
    outcome.question = {fmt::format("{} repeats{}. Only the one {}, or all of them?", target.main().title,
                                    rule_words(target.main()).substr(target.main().rule ? 1 : 0), when),
                        "which",
                        {kOnlyThis, kAllOfThem}};
    if (target.at) {
      outcome.references.push_back(
          {"event", occurrence_id(target.main(), *target.at, target.stored->file.zones), target.main().title});
    }
    target.question = std::move(outcome);
  }
  return target;
}

// The rule after its start moved from one day to another: every Friday becomes every Monday.
Result<RecurrenceRule> move_rule(const RecurrenceRule& rule, LocalSeconds from, LocalSeconds to) {
  const int64_t shift = (std::chrono::floor<days>(to) - std::chrono::floor<days>(from)).count();
  if (shift == 0) return rule;
  const std::chrono::year_month_day date{std::chrono::floor<days>(to)};
  RecurrenceRule moved = rule;
  const auto is_list = [](const std::string& value) { return value.find(',') != std::string::npos; };
  const std::optional<std::string> by_day = rule.part("BYDAY");
  const std::optional<std::string> by_month_day = rule.part("BYMONTHDAY");
  const std::optional<std::string> by_month = rule.part("BYMONTH");
  const std::string frequency = rule.part("FREQ").value_or("");
  const bool weekly = frequency == "WEEKLY" || frequency == "DAILY";
  const bool fixed = rule.part("BYSETPOS") || rule.part("BYYEARDAY") || rule.part("BYWEEKNO") ||
                     (by_day && (!weekly || by_day->find_first_of("0123456789") != std::string::npos)) ||
                     (by_month_day && is_list(*by_month_day)) || (by_month && (is_list(*by_month) || weekly));
  if (fixed) {
    return Error{ErrorKind::kInvalidArgument,
                 fmt::format("It repeats {}; say the new repetition instead.", say_rule(rule.text()))};
  }
  if (by_day) {
    std::string list;
    for (size_t at = 0; at < by_day->size(); at += 3) {
      const auto day = std::find(kDays.begin(), kDays.end(), std::string_view(*by_day).substr(at, 2)) - kDays.begin();
      list += (list.empty() ? "" : ",") + std::string(kDays[static_cast<size_t>(((day + shift) % 7 + 7) % 7)]);
    }
    moved = moved.with("BYDAY", list);
  }
  if (by_month_day) moved = moved.with("BYMONTHDAY", std::to_string(static_cast<unsigned>(date.day())));
  if (by_month) moved = moved.with("BYMONTH", std::to_string(static_cast<unsigned>(date.month())));
  return moved;
}

// Moves the times of all lines of one property.
void shift_lines(IcalComponent& component, const char* property, seconds shift) {
  std::vector<IcalTime> times;
  for (const IcalLine* line : component.all(property)) {
    for (const IcalTime& time : read_times(*line).value_or(std::vector<IcalTime>{})) times.push_back(time);
  }
  component.remove(property);
  for (IcalTime& time : times) {
    time.local += time.is_date() ? std::chrono::floor<days>(shift) : shift;
    component.add(make_time_line(property, time));
  }
}

// Moves a whole series so that the occurrence at `from` is at `to`, both on the series' wall clock.
Result<void> move_series(IcalComponent& calendar, const ItemFile& file, const IcalTime& from, const IcalTime& to,
                         seconds length, Moment now) {
  const seconds shift = to.local - from.local;
  IcalComponent& series = main_component(calendar, ItemKind::kEvent);
  IcalTime start = *file.main().start;
  if (file.main().rule) {
    RecurrenceRule rule = TRY(move_rule(*file.main().rule, from.local, to.local));
    if (file.main().rule_until) {
      IcalTime until = *file.main().rule_until;
      until.local += shift;
      rule = rule.with("UNTIL", format_time(until));
    }
    if (rule.text() != file.main().rule->text()) series.set(make_line("RRULE", rule.text()));
  }
  start.local += shift;
  set_event_time(series, start, length, file.zones);
  for (const char* property : {"EXDATE", "RDATE"}) shift_lines(series, property, shift);
  touch(series, now);
  for (IcalNode& node : calendar.nodes) {
    IcalComponent* component = std::get_if<IcalComponent>(&node.value);
    if (component != nullptr && component->find("RECURRENCE-ID") != nullptr)
      shift_lines(*component, "RECURRENCE-ID", shift);
  }
  return {};
}

// Where an event goes: what is not asked for stays as it is.
struct NewTime {
  IcalTime start;
  seconds length{0};
};

Result<NewTime> new_time(const ToolContext& context, const Json& arguments, const Target& target,
                         const IcalTime& current) {
  const IcalZones& zones = target.stored->file.zones;
  const LocalSeconds old_start = context.zone.to_local(target.at->start);
  const std::optional<AskedTime> asked = TRY(asked_time(arguments, "start"));
  const std::optional<AskedTime> end = TRY(asked_time(arguments, "end"));
  LocalSeconds start = old_start;
  if (asked) {
    if (current.is_date() && asked->clock)
      return Error{ErrorKind::kInvalidArgument, fmt::format("{} takes whole days; say a day.", target.main().title)};
    const LocalSeconds day = asked->day.value_or(std::chrono::floor<days>(old_start));
    start = day + (asked->clock ? *asked->clock : old_start - std::chrono::floor<days>(old_start));
  } else {
    const seconds by = asked_seconds(arguments, "by_seconds").value_or(seconds{0});
    start += current.is_date() ? std::chrono::floor<days>(by) : by;
  }
  NewTime result{zones.from_moment(context.zone.to_moment(start), current), target.at->item->length};
  if (end) {
    const LocalSeconds until = end->day ? *end->day + end->clock.value_or(seconds{0}) : end->from(start);
    if (until <= start) return Error{ErrorKind::kInvalidArgument, "end: the event would end before it begins"};
    result.length = until - start;
  }
  return result;
}

void apply_changes(IcalComponent& event, const CalendarItem& item, const Json& arguments, const IcalZones& zones) {
  if (const std::string title = asked_text(arguments, "title"); !title.empty())
    event.set(make_text_line("SUMMARY", title));
  if (arguments.contains("place")) event.set(make_text_line("LOCATION", asked_text(arguments, "place")));
  if (arguments.contains("note")) event.set(make_text_line("DESCRIPTION", asked_text(arguments, "note")));
  if (const auto people = arguments.find("add_attendees"); people != arguments.end()) {
    for (const Json& who : *people) event.add(attendee_line(who.get<std::string>()));
  }
  if (const std::optional<seconds> length = asked_seconds(arguments, "duration_seconds"))
    set_event_time(event, *item.start, *length, zones);
  if (const std::optional<seconds> before = asked_seconds(arguments, "alarm_seconds")) set_alarm(event, *before);
}

// Ends a series before the occurrence at `instance`, and drops its changed instances from there on.
void end_before(IcalComponent& calendar, const ItemFile& file, const IcalTime& instance, Moment now) {
  IcalComponent& series = main_component(calendar, ItemKind::kEvent);
  const Moment from = file.zones.to_moment(instance);
  IcalTime until = instance;
  if (instance.is_date()) {
    until.local -= days{1};
  } else if (instance.kind == IcalTime::Kind::kFloating) {
    until.local -= seconds{1};
  } else {
    until = {LocalSeconds{std::chrono::floor<seconds>((from - seconds{1}).time_since_epoch())}, IcalTime::Kind::kUtc,
             ""};
  }
  if (file.main().rule) {
    const RecurrenceRule rule = file.main().rule->with("COUNT", std::nullopt).with("UNTIL", format_time(until));
    series.set(make_line("RRULE", rule.text()));
  }
  series.remove("RDATE");
  for (const IcalTime& extra : file.main().extra) {
    if (file.zones.to_moment(extra) < from) series.add(make_time_line("RDATE", extra));
  }
  touch(series, now);
  std::erase_if(calendar.nodes, [&](const IcalNode& node) {
    const IcalComponent* component = std::get_if<IcalComponent>(&node.value);
    const IcalLine* line = component == nullptr ? nullptr : component->find("RECURRENCE-ID");
    const std::optional<IcalTime> time = line == nullptr ? std::nullopt : read_time(*line);
    return time && file.zones.to_moment(*time) >= from;
  });
}

}  // namespace

Result<Outcome> plan_event_move(const ToolContext& context, const Json& arguments) {
  const Moment now = context.clock.now();
  const Vdir vdir = TRY(load_events(context));
  const Target target = TRY(find_target(context, vdir, arguments, Unsaid::kAsk));
  if (target.question) return *target.question;
  Outcome outcome;
  if (!arguments.contains("start") && !arguments.contains("by_seconds") && !arguments.contains("end")) {
    outcome.question = {fmt::format("When should {} be?", target.main().title), "start", {}};
    return outcome;
  }
  if (!target.at) return Error{ErrorKind::kNotFound, fmt::format("{} has no time to move.", target.main().title)};
  const ItemFile& file = target.stored->file;
  IcalComponent calendar = file.calendar;
  std::optional<IcalTime> shown;
  if (target.one_of_series()) {
    const NewTime moved = TRY(new_time(context, arguments, target, *target.at->item->start));
    IcalComponent& instance = change_instance(calendar, file, *target.at->instance, now);
    set_event_time(instance, moved.start, moved.length, file.zones);
    shown = target.at->instance;
  } else {
    const IcalTime from = target.at->instance.value_or(*file.main().start);
    const NewTime moved = TRY(new_time(context, arguments, target, from));
    TRY(move_series(calendar, file, from, moved.start, moved.length, now));
  }
  const std::string content = calendar.to_text();
  TRY(tell_event(context, vdir, target.stored, target.stored->calendar, content, shown, "Moved", outcome));
  outcome.changes.push_back(replace_file(*target.stored, content));
  return outcome;
}

Result<Outcome> plan_event_change(const ToolContext& context, const Json& arguments) {
  const Moment now = context.clock.now();
  const bool end_rule = asked_text(arguments, "recurrence") == "none";
  const std::optional<AskedRule> rule = end_rule ? std::nullopt : TRY(asked_rule(arguments, "recurrence"));
  const Vdir vdir = TRY(load_events(context));
  const Target target = TRY(find_target(context, vdir, arguments, Unsaid::kAll));
  if (target.question) return *target.question;
  const ItemFile& file = target.stored->file;
  IcalComponent calendar = file.calendar;
  const bool one = target.one_of_series() && !rule && !end_rule;
  IcalComponent& event =
      one ? change_instance(calendar, file, *target.at->instance, now) : main_component(calendar, ItemKind::kEvent);
  const std::string before = event.to_text();
  CalendarItem item = one ? *target.at->item : file.main();
  if (one && !item.instance) item.start = target.at->instance;
  apply_changes(event, item, arguments, file.zones);
  if (end_rule) {
    for (const char* property : {"RRULE", "RDATE", "EXDATE"}) event.remove(property);
  }
  if (rule) event.set(make_line("RRULE", rule->rule.text()));
  Outcome outcome;
  if (event.to_text() == before) {
    outcome.question = {fmt::format("What should I change about {}?", target.main().title), "title", {}};
    return outcome;
  }
  if (!one) touch(event, now);
  const std::string content = calendar.to_text();
  TRY(tell_event(context, vdir, target.stored, target.stored->calendar, content,
                 one ? target.at->instance : std::nullopt, "Changed", outcome));
  outcome.changes.push_back(replace_file(*target.stored, content));
  return outcome;
}

Result<Outcome> plan_event_cancel(const ToolContext& context, const Json& arguments) {
  const Moment now = context.clock.now();
  const Vdir vdir = TRY(load_events(context));
  const Target target = TRY(find_target(context, vdir, arguments, Unsaid::kAsk));
  if (target.question) return *target.question;
  const ItemFile& file = target.stored->file;
  const std::string& title = target.main().title;
  const std::string written = describe_time(target.main(), target.at, context.zone, now, Say::kWritten);
  const std::string spoken = describe_time(target.main(), target.at, context.zone, now, Say::kSpoken);
  Outcome outcome;
  outcome.result = {{"id", target.main().uid}, {"title", title}};
  IcalComponent calendar = file.calendar;
  const bool from_start = target.at && target.at->instance &&
                          file.zones.to_moment(*target.at->instance) <= file.zones.to_moment(*file.main().start);
  if (target.one_of_series()) {
    exclude(calendar, file, *target.at->instance, now);
    outcome.changes.push_back(replace_file(*target.stored, calendar.to_text()));
    outcome.reply = sentence(fmt::format("Cancelled: {}, {}, only this one", title, written));
    outcome.spoken = sentence(fmt::format("I've cancelled {} {}, only this one", title, spoken));
    outcome.references.push_back({"event", target.main().uid, title});
  } else if (target.which == Which::kFollowing && target.at && target.at->instance && !from_start) {
    end_before(calendar, file, *target.at->instance, now);
    outcome.changes.push_back(replace_file(*target.stored, calendar.to_text()));
    outcome.reply = sentence(fmt::format("Cancelled: {}, {} and all later ones", title, written));
    outcome.spoken = sentence(fmt::format("I've cancelled {} {} and all later ones", title, spoken));
    outcome.references.push_back({"event", target.main().uid, title});
  } else {
    outcome.changes.push_back(replace_file(*target.stored, std::nullopt));
    const std::string all = target.main().recurs() ? rule_words(target.main()) + ", all of them" : ", " + written;
    outcome.reply = sentence(fmt::format("Cancelled: {}{}", title, all));
    outcome.spoken = sentence(target.main().recurs() ? fmt::format("I've cancelled all of {}", title)
                                                     : fmt::format("I've cancelled {} {}", title, spoken));
  }
  return outcome;
}

}  // namespace favilla

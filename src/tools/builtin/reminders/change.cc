// Completing, moving, editing and deleting one reminder.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "tools/builtin/reminders/actions.h"
#include "tools/ical/asked.h"
#include "tools/ical/edit.h"
#include "tools/ical/target.h"
#include "tools/wording.h"

namespace favilla {
namespace {

using std::chrono::days;
using std::chrono::seconds;

constexpr seconds kSnooze{600};

PickOptions options_of(const ToolContext& context) {
  return {ItemKind::kTask, context.clock.now(), context.zone};
}

IcalComponent& task_in(IcalComponent& calendar) {
  return main_component(calendar, ItemKind::kTask);
}

void mark_done(IcalComponent& task, Moment now) {
  const IcalTime done{LocalSeconds{std::chrono::floor<seconds>(now.time_since_epoch())}, IcalTime::Kind::kUtc, ""};
  task.set(make_line("STATUS", "COMPLETED"));
  task.set(make_time_line("COMPLETED", done));
  task.set(make_line("PERCENT-COMPLETE", "100"));
  touch(task, now);
}

struct Next {
  IcalTime due;
  int steps = 0;  // how many occurrences further than the current one
};

// The first occurrence behind the current one that has not passed; nullopt when the series ends.
std::optional<Next> next_due(const ItemFile& file, Moment now) {
  const CalendarItem& task = file.main();
  if (!task.rule || !task.when()) return std::nullopt;
  const IcalTime current = *task.when();
  const LocalSeconds today = std::chrono::floor<days>(file.zones.owner().to_local(now));
  const std::string count_text = task.rule->part("COUNT").value_or("");
  std::optional<Next> next;
  int steps = 0;
  task.rule->for_each(current.local, current.local, [&](LocalSeconds local) {
    IcalTime time = current;
    time.local = local;
    if (local == current.local) return true;
    ++steps;
    const Moment moment = file.zones.to_moment(time);
    const bool ended =
        task.rule_until && (task.rule_until->is_date() ? std::chrono::floor<days>(local) > task.rule_until->local
                                                       : moment > file.zones.to_moment(*task.rule_until));
    if (ended) return false;
    const bool passed = time.is_date() ? local < today : moment <= now;
    const bool excluded = std::find(task.excluded.begin(), task.excluded.end(), time) != task.excluded.end();
    if (passed || excluded) return true;
    next = {time, steps};
    return false;
  });
  return next;
}

// Moves a recurring task to its next occurrence. False when there is none.
bool advance(IcalComponent& task, const ItemFile& file, Moment now, std::optional<Next>& next) {
  next = next_due(file, now);
  if (!next) return false;
  set_due(task, next->due, file.zones);
  if (const std::optional<std::string> count = file.main().rule->part("COUNT")) {
    int left = 0;
    std::from_chars(count->data(), count->data() + count->size(), left);
    task.set(make_line("RRULE", file.main().rule->with("COUNT", std::to_string(left - next->steps)).text()));
  }
  task.set(make_line("STATUS", "NEEDS-ACTION"));
  task.remove("PERCENT-COMPLETE");
  task.remove("COMPLETED");
  touch(task, now);
  return true;
}

std::string time_words(const IcalTime& time, const IcalZones& zones, Moment now, Say say) {
  const LocalSeconds local = zones.owner().to_local(zones.to_moment(time));
  const LocalSeconds local_now = zones.owner().to_local(now);
  return time.is_date() ? say_day(local, local_now, say) : say_time(local, local_now, say);
}

// The new due time as the task writes times: in its own zone, unless it is the first time it gets one.
IcalTime due_like(const CalendarItem& task, const IcalZones& zones, LocalSeconds local, bool whole_day) {
  const std::optional<IcalTime>& old = task.when();
  if (!old || whole_day || old->is_date()) return owner_time(local, whole_day, zones.owner());
  return zones.from_moment(zones.owner().to_moment(local), *old);
}

// This occurrence becomes a task of its own, due at `due`; the series goes on with its next one.
Result<void> split_off(const ToolContext& context, const Vdir& vdir, const StoredItem& stored, const IcalTime& due,
                       Outcome& outcome) {
  const Moment now = context.clock.now();
  IcalComponent series = stored.file.calendar;
  std::optional<Next> next;
  if (!advance(task_in(series), stored.file, now, next)) {
    // The last one needs no series any more.
    IcalComponent& task = task_in(series);
    for (const char* property : {"RRULE", "RDATE", "EXDATE"}) task.remove(property);
    set_due(task, due, stored.file.zones);
    touch(task, now);
    tell_task(context, stored, series.to_text(), outcome);
    return {};
  }
  const std::string uid = make_uid(now, "task " + stored.file.main().uid);
  IcalComponent own = stored.file.calendar;
  IcalComponent& task = task_in(own);
  for (const char* property : {"RRULE", "RDATE", "EXDATE", "DTSTART"}) task.remove(property);
  task.set(make_text_line("UID", uid));
  set_due(task, due, stored.file.zones);
  touch(task, now);
  outcome.changes.push_back(create_file(vdir, stored.calendar, uid, own.to_text()));
  tell_task(context, stored, series.to_text(), outcome);
  outcome.references.insert(outcome.references.begin(), {"task", uid, stored.file.main().title});
  return {};
}

// The most recently rung one, else the next one: what "snooze" without a name means.
const StoredItem* last_rung(const Vdir& vdir, Moment now) {
  const StoredItem* last = nullptr;
  Moment last_due;
  for (const StoredItem& stored : vdir.items) {
    const std::optional<Occurrence> due = task_occurrence(stored.file);
    if (!due || stored.file.main().done() || due->start > now) continue;
    if (last == nullptr || due->start >= last_due) {
      last = &stored;
      last_due = due->start;
    }
  }
  return last;
}

// Changes the due time of `stored`, of the whole series or of this occurrence.
Result<Outcome> set_due_outcome(const ToolContext& context, const Vdir& vdir, const StoredItem& stored,
                                const IcalTime& due, bool whole_series, std::string_view verb) {
  const Moment now = context.clock.now();
  Outcome outcome;
  if (stored.file.main().rule && !whole_series) {
    TRY(split_off(context, vdir, stored, due, outcome));
  } else {
    IcalComponent calendar = stored.file.calendar;
    IcalComponent& task = task_in(calendar);
    const bool first_time = !stored.file.main().when();
    set_due(task, due, stored.file.zones);
    if (first_time) set_alarm(task, due.is_date() ? -seconds{kAlarmOfWholeDay} : seconds{0});
    touch(task, now);
    define_zones(calendar, IcalComponent(task), context.zone);
    tell_task(context, stored, calendar.to_text(), outcome);
  }
  const std::string& title = stored.file.main().title;
  outcome.reply =
      sentence(fmt::format("{}: {}, {}", verb, title, time_words(due, stored.file.zones, now, Say::kWritten)));
  outcome.spoken =
      sentence(fmt::format("I'll remind you to {} {}", title, time_words(due, stored.file.zones, now, Say::kSpoken)));
  return outcome;
}

Outcome ask(std::string text, std::string argument, std::vector<std::string> choices = {}) {
  Outcome outcome;
  outcome.question = {std::move(text), std::move(argument), std::move(choices)};
  return outcome;
}

void apply_edits(IcalComponent& task, const ItemFile& file, const Json& arguments, const std::optional<AskedRule>& rule,
                 const TimeZone& zone, LocalSeconds now) {
  if (const std::string text = asked_text(arguments, "text"); !text.empty()) task.set(make_text_line("SUMMARY", text));
  if (arguments.contains("note")) task.set(make_text_line("DESCRIPTION", asked_text(arguments, "note")));
  if (const std::string word = asked_text(arguments, "priority"); word == "none") {
    task.remove("PRIORITY");
  } else if (!word.empty()) {
    task.set(make_line("PRIORITY", std::to_string(priority_number(word))));
  }
  if (const std::optional<seconds> before = asked_seconds(arguments, "alarm_seconds")) set_alarm(task, *before);
  if (asked_text(arguments, "recurrence") == "none") {
    for (const char* property : {"RRULE", "RDATE", "EXDATE"}) task.remove(property);
  }
  if (!rule) return;
  const std::optional<IcalTime>& old = file.main().when();
  const bool whole_day = rule->clock ? false : !old || old->is_date();
  LocalSeconds from = old ? zone.to_local(file.zones.to_moment(*old)) : std::chrono::floor<days>(now);
  if (rule->clock && old) from = std::chrono::floor<days>(from);
  const IcalTime due = owner_time(rule->first(from), whole_day, zone);
  task.set(make_time_line("DTSTART", due));
  task.set(make_time_line("DUE", due));
  task.set(make_line("RRULE", rule->rule.text()));
}

}  // namespace

void tell_task(const ToolContext& context, const StoredItem& before, std::string content, Outcome& outcome) {
  const CalendarItem& old = before.file.main();
  outcome.references.push_back({"task", old.uid, old.title});
  if (auto file = read_item_file(content, context.zone)) {
    const StoredItem after{before.path, before.calendar, "", *std::move(file)};
    outcome.result = item_json(after, after.file.main(), task_occurrence(after.file), context.zone);
  }
  outcome.changes.push_back(replace_file(before, std::move(content)));
}

Result<Outcome> plan_reminder_complete(const ToolContext& context, const Json& arguments) {
  const Moment now = context.clock.now();
  const Vdir vdir = TRY(load_tasks(context));
  const Picked picked = TRY(pick(vdir, arguments, options_of(context)));
  if (picked.question) return *picked.question;
  const StoredItem& stored = *picked.stored;
  const std::string& title = stored.file.main().title;
  Outcome outcome;
  if (stored.file.main().done()) {
    outcome.reply = fmt::format("{} is done already.", title);
    return outcome;
  }
  IcalComponent calendar = stored.file.calendar;
  IcalComponent& task = task_in(calendar);
  std::optional<Next> next;
  if (advance(task, stored.file, now, next)) {
    outcome.reply = sentence(
        fmt::format("Done: {}. Next: {}", title, time_words(next->due, stored.file.zones, now, Say::kWritten)));
    outcome.spoken =
        sentence(fmt::format("Done. The next one is {}", time_words(next->due, stored.file.zones, now, Say::kSpoken)));
  } else {
    mark_done(task, now);
    outcome.reply = sentence(fmt::format("Done: {}", title));
    outcome.spoken = fmt::format("I've marked {} as done.", title);
  }
  tell_task(context, stored, calendar.to_text(), outcome);
  return outcome;
}

Result<Outcome> plan_reminder_snooze(const ToolContext& context, const Json& arguments) {
  const Moment now = context.clock.now();
  const LocalSeconds local_now = context.zone.to_local(now);
  const std::optional<AskedTime> until = TRY(asked_time(arguments, "due"));
  const Vdir vdir = TRY(load_tasks(context));
  const StoredItem* stored = nullptr;
  if (asked_text(arguments, "id").empty() && asked_text(arguments, "match").empty()) {
    stored = last_rung(vdir, now);
    if (stored == nullptr)
      return Error{ErrorKind::kNotFound, "No reminder has come due, so there is nothing to snooze."};
  } else {
    const Picked picked = TRY(pick(vdir, arguments, options_of(context)));
    if (picked.question) return *picked.question;
    stored = picked.stored;
  }
  const CalendarItem& task = stored->file.main();
  IcalTime due;
  if (until) {
    due = due_like(task, stored->file.zones, until->from(local_now), until->whole_day());
  } else {
    const seconds later = asked_seconds(arguments, "duration_seconds").value_or(kSnooze);
    const std::optional<Occurrence> current = task_occurrence(stored->file);
    const bool to_come = current && !current->whole_days && current->start > now;
    const LocalSeconds from = to_come ? context.zone.to_local(current->start) : local_now;
    due = due_like(task, stored->file.zones, from + later, false);
  }
  return set_due_outcome(context, vdir, *stored, due, false, "Snoozed");
}

Result<Outcome> plan_reminder_move(const ToolContext& context, const Json& arguments) {
  const LocalSeconds local_now = context.zone.to_local(context.clock.now());
  const std::optional<AskedTime> asked = TRY(asked_time(arguments, "due"));
  const std::optional<seconds> by = asked_seconds(arguments, "by_seconds");
  const Vdir vdir = TRY(load_tasks(context));
  const Picked picked = TRY(pick(vdir, arguments, options_of(context)));
  if (picked.question) return *picked.question;
  const StoredItem& stored = *picked.stored;
  const CalendarItem& task = stored.file.main();
  if (!asked && !by) return ask(fmt::format("When should I remind you to {}?", task.title), "due");
  const std::optional<Which> which = TRY(asked_which(arguments));
  if (task.rule && !which)
    return ask(fmt::format("Only this time, or every time you {}?", task.title), "which", {kOnlyThis, kAllOfThem});
  LocalSeconds local = local_now;
  bool whole_day = false;
  if (const std::optional<Occurrence> current = picked.occurrence) {
    local = context.zone.to_local(current->start);
    whole_day = current->whole_days;
  } else if (asked && !asked->day) {
    local = asked->from(local_now);
  }
  if (asked) {
    const LocalSeconds day = asked->day.value_or(std::chrono::floor<days>(local));
    if (asked->clock) whole_day = false;
    if (!picked.occurrence && !asked->clock) whole_day = true;
    local = day + (asked->clock ? *asked->clock : whole_day ? seconds{0} : local - std::chrono::floor<days>(local));
  } else {
    local += *by;
    whole_day = whole_day && *by % days{1} == seconds{0};
  }
  const IcalTime due = due_like(task, stored.file.zones, local, whole_day);
  return set_due_outcome(context, vdir, stored, due, which == Which::kAll, "Moved");
}

Result<Outcome> plan_reminder_edit(const ToolContext& context, const Json& arguments) {
  const Moment now = context.clock.now();
  const LocalSeconds local_now = context.zone.to_local(now);
  const bool end_rule = asked_text(arguments, "recurrence") == "none";
  const std::optional<AskedRule> rule = end_rule ? std::nullopt : TRY(asked_rule(arguments, "recurrence"));
  const Vdir vdir = TRY(load_tasks(context));
  const Picked picked = TRY(pick(vdir, arguments, options_of(context)));
  if (picked.question) return *picked.question;
  const StoredItem& stored = *picked.stored;
  IcalComponent calendar = stored.file.calendar;
  apply_edits(task_in(calendar), stored.file, arguments, rule, context.zone, local_now);
  const std::string list = asked_text(arguments, "list");
  if (list.empty() && calendar.to_text() == stored.file.calendar.to_text())
    return ask(fmt::format("What should I change about {}?", stored.file.main().title), "text");
  touch(task_in(calendar), now);
  define_zones(calendar, IcalComponent(task_in(calendar)), context.zone);
  const std::string content = calendar.to_text();

  Outcome outcome;
  tell_task(context, stored, content, outcome);
  if (!list.empty()) {
    const std::string target = TRY(target_calendar(vdir, list, list));
    if (target != stored.calendar) {
      outcome.changes = {replace_file(stored, std::nullopt),
                         create_file(vdir, target, stored.file.main().uid, content)};
    }
  }
  const ItemFile after = TRY(read_item_file(content, context.zone));
  outcome.reply = sentence(fmt::format(
      "Changed: {}{}", describe(after.main(), task_occurrence(after), context.zone, now), rule_words(after.main())));
  return outcome;
}

Result<Outcome> plan_reminder_delete(const ToolContext& context, const Json& arguments) {
  const Vdir vdir = TRY(load_tasks(context));
  PickOptions options = options_of(context);
  options.done_too = true;
  const Picked picked = TRY(pick(vdir, arguments, options));
  if (picked.question) return *picked.question;
  const CalendarItem& task = picked.stored->file.main();
  Outcome outcome;
  outcome.changes.push_back(replace_file(*picked.stored, std::nullopt));
  outcome.result = {{"id", task.uid}, {"title", task.title}};
  outcome.reply = sentence(fmt::format(
      "Deleted: {}{}", describe(task, picked.occurrence, context.zone, context.clock.now()), rule_words(task)));
  outcome.spoken = sentence(fmt::format("I've deleted the reminder to {}", task.title));
  return outcome;
}

}  // namespace favilla

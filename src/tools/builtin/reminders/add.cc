// Adding a reminder.
#include <fmt/format.h>

#include "tools/builtin/reminders/actions.h"
#include "tools/ical/asked.h"
#include "tools/ical/edit.h"
#include "tools/ical/target.h"
#include "tools/wording.h"

namespace favilla {
namespace {

using std::chrono::seconds;

struct When {
  LocalSeconds local{};
  bool whole_day = false;
  std::optional<RecurrenceRule> rule;
};

// The due time that the arguments ask for; the first one of a recurrence.
Result<std::optional<When>> due_of(const Json& arguments, LocalSeconds now) {
  const std::optional<AskedTime> due = TRY(asked_time(arguments, "due"));
  const std::optional<AskedRule> rule = TRY(asked_rule(arguments, "recurrence"));
  When when;
  if (const std::optional<seconds> later = asked_seconds(arguments, "in_seconds"); later && !due) {
    when.local = now + *later;
  } else if (due) {
    when.local = due->from(now);
    // The first time of a recurrence without a time of day comes as midnight.
    when.whole_day = due->whole_day() || (rule && *due->clock == seconds{0});
    if (rule && rule->clock && when.whole_day) {
      when.local += *rule->clock;
      when.whole_day = false;
    }
  } else if (rule) {
    when.whole_day = !rule->clock;
    when.local = when.whole_day ? std::chrono::floor<std::chrono::days>(now) : now;
  } else {
    return std::optional<When>();
  }
  if (rule) {
    when.local = rule->first(when.local);
    when.rule = rule->rule;
  }
  return std::optional(when);
}

std::string reply_words(const std::string& text, const std::optional<When>& when, LocalSeconds now, Say say) {
  const bool spoken = say == Say::kSpoken;
  if (!when) return sentence(spoken ? fmt::format("I've added {} to your reminders", text) : "Added: " + text);
  const std::string time = when->whole_day ? say_day(when->local, now, say) : say_time(when->local, now, say);
  if (!when->rule) {
    const bool past = when->whole_day ? when->local < std::chrono::floor<std::chrono::days>(now) : when->local < now;
    const std::string words =
        spoken ? fmt::format("I'll remind you to {} {}", text, time) : fmt::format("Added: {}, {}", text, time);
    return sentence(words) + (past ? " That is in the past." : "");
  }
  const std::string rule = say_rule(when->rule->text());
  return sentence(spoken ? fmt::format("I'll remind you to {} {}, first {}", text, rule, time)
                         : fmt::format("Added: {}, {}, first {}", text, rule, time));
}

void add_due(IcalComponent& task, const When& when, const TimeZone& zone) {
  const IcalTime due = owner_time(when.local, when.whole_day, zone);
  if (when.rule) {
    // RFC 5545 wants a DTSTART beside an RRULE.
    task.add(make_time_line("DTSTART", due));
    task.add(make_line("RRULE", when.rule->text()));
  }
  task.add(make_time_line("DUE", due));
}

}  // namespace

Result<Outcome> plan_reminder_add(const ToolContext& context, const Json& arguments) {
  const Moment now = context.clock.now();
  const LocalSeconds local_now = context.zone.to_local(now);
  std::string text = asked_text(arguments, "text");
  if (text.starts_with("to ")) text.erase(0, 3);  // an answer to "What should I remind you of?"
  const std::optional<When> when = TRY(due_of(arguments, local_now));
  const Vdir vdir = TRY(load_tasks(context));
  const std::string list = TRY(target_calendar(vdir, asked_text(arguments, "list"), default_list(context)));
  const std::string uid = make_uid(now, "task " + text + " " + std::to_string(vdir.items.size()));

  IcalComponent task = make_item(ItemKind::kTask, uid, now);
  task.add(make_text_line("SUMMARY", text));
  if (const std::string note = asked_text(arguments, "note"); !note.empty())
    task.add(make_text_line("DESCRIPTION", note));
  if (when) add_due(task, *when, context.zone);
  if (const int priority = priority_number(asked_text(arguments, "priority")); priority > 0)
    task.add(make_line("PRIORITY", std::to_string(priority)));
  task.add(make_line("STATUS", "NEEDS-ACTION"));
  if (when) {
    const std::optional<seconds> before = asked_seconds(arguments, "alarm_seconds");
    set_alarm(task, before ? *before : when->whole_day ? -seconds{kAlarmOfWholeDay} : seconds{0});
  }
  IcalComponent calendar = make_calendar();
  put_item(calendar, std::move(task), context.zone);
  const std::string content = calendar.to_text();

  Outcome outcome;
  outcome.changes = {create_file(vdir, list, uid, content)};
  StoredItem stored{{}, list, "", TRY(read_item_file(content, context.zone))};
  outcome.result = item_json(stored, stored.file.main(), task_occurrence(stored.file), context.zone);
  outcome.references.push_back({"task", uid, text});
  outcome.reply = reply_words(text, when, local_now, Say::kWritten) + vdir.broken_note();
  outcome.spoken = reply_words(text, when, local_now, Say::kSpoken);
  return outcome;
}

}  // namespace favilla

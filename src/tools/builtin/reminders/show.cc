// Listing reminders, finding them by words, and telling those that came due.
#include <fmt/format.h>

#include <algorithm>

#include "tools/builtin/reminders/actions.h"
#include "tools/ical/asked.h"
#include "tools/match.h"
#include "tools/wording.h"

namespace favilla {
namespace {

using std::chrono::days;

constexpr size_t kMaxShown = 100;
constexpr size_t kMaxSpoken = 5;
constexpr size_t kMaxTold = 10;
constexpr const char* kToldRecords = "reminder_told";

struct Listed {
  const StoredItem* stored = nullptr;
  std::optional<Occurrence> due;
};

// The first thing of the day first, then what is urgent; what has no date comes last.
void sort_by_time(std::vector<Listed>& listed) {
  const auto rank = [](const Listed& one) {
    const int priority = one.stored->file.main().priority;
    return std::tuple(!one.due.has_value(), one.due ? one.due->start : Moment{}, priority == 0 ? 10 : priority);
  };
  std::stable_sort(listed.begin(), listed.end(), [&](const Listed& a, const Listed& b) { return rank(a) < rank(b); });
}

bool is_overdue(const Listed& one, Moment now, const TimeZone& zone) {
  if (!one.due || one.stored->file.main().done()) return false;
  if (!one.due->whole_days) return one.due->start < now;
  return zone.to_local(one.due->start) < std::chrono::floor<days>(zone.to_local(now));
}

std::string line_of(const Listed& one, const ToolContext& context, Say say) {
  const Moment now = context.clock.now();
  const CalendarItem& task = one.stored->file.main();
  std::string line = describe(task, one.due, context.zone, now, say);
  if (say == Say::kSpoken) return line;
  if (task.rule) line += ", " + say_rule(task.rule->text());
  if (task.done()) return line + " (done)";
  if (task.priority > 0 && task.priority <= 4) line += " (high priority)";
  return is_overdue(one, now, context.zone) ? line + " (overdue)" : line;
}

// `what` is "today", "overdue" or "matching \"milk\"".
Outcome list_outcome(const ToolContext& context, const Vdir& vdir, std::vector<Listed> listed, std::string_view what) {
  sort_by_time(listed);
  Outcome outcome;
  outcome.result["reminders"] = Json::array();
  std::vector<std::string> spoken;
  const std::string behind = what.empty() ? "" : fmt::format(" {}", what);
  const std::string heading = say_count(listed.size(), "reminder") + behind;
  outcome.reply = listed.empty() ? sentence(heading) : heading + ":";
  if (listed.empty()) outcome.reply[0] = 'N';
  for (const Listed& one : listed) {
    if (outcome.references.size() == kMaxShown) {
      outcome.reply += fmt::format("\n... and {} more", listed.size() - kMaxShown);
      break;
    }
    outcome.reply += "\n- " + line_of(one, context, Say::kWritten);
    if (spoken.size() < kMaxSpoken) spoken.push_back(line_of(one, context, Say::kSpoken));
    outcome.references.push_back({"task", one.stored->file.main().uid, one.stored->file.main().title});
    outcome.result["reminders"].push_back(item_json(*one.stored, one.stored->file.main(), one.due, context.zone));
  }
  outcome.reply += vdir.broken_note();
  if (listed.size() > kMaxSpoken) spoken.push_back(fmt::format("{} more", listed.size() - kMaxSpoken));
  const std::string counted = fmt::format("You have {}{}", say_count(listed.size(), "reminder"), behind);
  outcome.spoken = sentence(spoken.empty() ? counted : counted + ": " + say_list(spoken));
  return outcome;
}

struct Filter {
  std::string words;  // for the reply
  std::optional<LocalSeconds> start;
  std::optional<LocalSeconds> end;
  bool overdue_only = false;
  bool done_only = false;
};

Result<Filter> filter_of(const Json& arguments, LocalSeconds now) {
  const LocalSeconds today = std::chrono::floor<days>(now);
  if (const std::optional<AskedRange> range = TRY(asked_range(arguments, now))) {
    return Filter{say_days(range->start, range->end, now, Say::kWritten), range->start, range->end};
  }
  const std::string which = asked_text(arguments, "which");
  if (which == "today") return Filter{"for today", std::nullopt, today + days{1}};
  if (which == "tomorrow") return Filter{"for tomorrow", today + days{1}, today + days{2}};
  if (which == "week") return Filter{"in the next seven days", today, today + days{7}};
  if (which == "overdue") return Filter{"overdue", std::nullopt, std::nullopt, true};
  if (which == "done") return Filter{"done", std::nullopt, std::nullopt, false, true};
  return Filter{};
}

bool passes(const Filter& filter, const Listed& one, const ToolContext& context) {
  if (one.stored->file.main().done() != filter.done_only) return false;
  if (filter.overdue_only) return is_overdue(one, context.clock.now(), context.zone);
  if (!filter.start && !filter.end) return true;
  if (!one.due) return false;
  const LocalSeconds due = context.zone.to_local(one.due->start);
  return (!filter.start || due >= *filter.start) && (!filter.end || due < *filter.end);
}

// When the reminder rings; nullopt when it does not.
std::optional<Moment> rings_at(const Listed& one) {
  if (!one.due || one.stored->file.main().done()) return std::nullopt;
  const std::optional<std::chrono::seconds> alarm = one.stored->file.main().alarm;
  if (alarm) return one.due->start - *alarm;
  return one.due->whole_days ? one.due->start + kAlarmOfWholeDay : one.due->start;
}

}  // namespace

Result<Outcome> plan_reminder_show(const ToolContext& context, const Json& arguments) {
  const Filter filter = TRY(filter_of(arguments, context.zone.to_local(context.clock.now())));
  const Vdir vdir = TRY(load_tasks(context));
  const std::string list = asked_text(arguments, "list");
  const Vdir::Calendar* calendar = vdir.find_calendar(list);
  if (!list.empty() && calendar == nullptr)
    return Error{ErrorKind::kNotFound, fmt::format("There is no list \"{}\".", list)};
  const int priority = priority_number(asked_text(arguments, "priority"));
  std::vector<Listed> listed;
  for (const StoredItem& stored : vdir.items) {
    const Listed one{&stored, task_occurrence(stored.file)};
    if (calendar != nullptr && stored.calendar != calendar->name) continue;
    if (priority > 0 && stored.file.main().priority != priority) continue;
    if (passes(filter, one, context)) listed.push_back(one);
  }
  return list_outcome(context, vdir, std::move(listed), filter.words);
}

Result<Outcome> plan_reminder_find(const ToolContext& context, const Json& arguments) {
  const Vdir vdir = TRY(load_tasks(context));
  const std::string words = asked_text(arguments, "match");
  const Words asked(words);
  std::vector<Listed> listed;
  for (const StoredItem& stored : vdir.items) {
    const CalendarItem& task = stored.file.main();
    if (match(asked, Words(task.title + " " + task.note + " " + stored.calendar)) == Match::kNone) continue;
    listed.push_back({&stored, task_occurrence(stored.file)});
  }
  return list_outcome(context, vdir, std::move(listed), fmt::format("with \"{}\"", words));
}

Result<Outcome> due_reminders(const ToolContext& context) {
  const Moment now = context.clock.now();
  const Vdir vdir = TRY(load_tasks(context));
  std::vector<Listed> due;
  Outcome outcome;
  for (const StoredItem& stored : vdir.items) {
    const Listed one{&stored, task_occurrence(stored.file)};
    const std::optional<Moment> rings = rings_at(one);
    if (!rings || *rings > now) continue;
    const Json told = format_iso(one.due->start);
    const std::optional<Json> before = TRY(context.records.find(kToldRecords, stored.file.main().uid));
    if (before && *before == told) continue;
    outcome.changes.push_back(SetRecord{kToldRecords, stored.file.main().uid, before, told});
    due.push_back(one);
  }
  sort_by_time(due);
  std::vector<std::string> lines;
  for (const Listed& one : due) {
    if (lines.size() < kMaxTold) lines.push_back("Reminder: " + line_of(one, context, Say::kWritten));
    outcome.references.push_back({"task", one.stored->file.main().uid, one.stored->file.main().title});
  }
  if (due.size() > kMaxTold) lines.push_back(fmt::format("... and {} more", due.size() - kMaxTold));
  outcome.reply = fmt::format("{}", fmt::join(lines, "\n"));
  return outcome;
}

}  // namespace favilla

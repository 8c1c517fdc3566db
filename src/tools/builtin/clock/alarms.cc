// Alarms: {"name", "time": wall clock, "ends": MS, "recurrence": RRULE} in the owner's zone.
#include <fmt/format.h>

#include <algorithm>

#include "tools/builtin/clock/actions.h"
#include "tools/ical/asked.h"
#include "tools/wording.h"

namespace favilla::clock_tool {
namespace {

constexpr size_t kMaxAlarms = 100;

LocalSeconds local_end(const ToolContext& context, const Kept& alarm) {
  return context.zone.to_local(ends(alarm));
}

// "today at 18:00", "every day at 07:00"
std::string when_text(const ToolContext& context, const Kept& alarm, Say say) {
  const LocalSeconds time = local_end(context, alarm);
  const std::string rule = alarm.value.value("recurrence", "");
  if (rule.empty()) return say_time(time, context.zone.to_local(context.clock.now()), say);
  return fmt::format("{} at {}", say_rule(rule), say_clock(time, say));
}

std::string described(const ToolContext& context, const Kept& alarm) {
  const std::string name = alarm.value.value("name", "");
  const std::string when = when_text(context, alarm, Say::kWritten);
  return name.empty() ? when : fmt::format("{}, {}", name, when);
}

// When it rings next: at the asked time, or by the rule's own time of day, from now on.
Result<LocalSeconds> first_time(const ToolContext& context, const Json& arguments,
                                const std::optional<AskedRule>& rule) {
  const LocalSeconds now = context.zone.to_local(context.clock.now());
  const std::optional<AskedTime> time = TRY(asked_time(arguments, "time"));
  const std::optional<std::chrono::seconds> clock =
      time && time->clock ? time->clock : (rule ? rule->clock : std::nullopt);
  if (!clock) return Error{ErrorKind::kInvalidArgument, "time is missing: when should it ring?"};
  if (!rule) {
    const LocalSeconds ring = time->from(now);
    if (ring > now) return ring;
    return Error{ErrorKind::kInvalidArgument, fmt::format("{} has passed", say_time(ring, now, Say::kWritten))};
  }
  const auto today = std::chrono::floor<std::chrono::days>(now);
  const LocalSeconds from = today + *clock;
  return rule->first(from > now ? from : from + std::chrono::days{1});
}

// The occurrence after `now` of a recurring alarm; nullopt when its rule has ended.
std::optional<Moment> next_time(const ToolContext& context, const Kept& alarm) {
  const Result<RecurrenceRule> rule = RecurrenceRule::parse(alarm.value.value("recurrence", ""));
  if (!rule) return std::nullopt;
  const LocalSeconds now = context.zone.to_local(context.clock.now());
  const Result<LocalSeconds> first = parse_iso_local(alarm.value.value("time", ""));
  if (!first) return std::nullopt;
  std::optional<LocalSeconds> next;
  rule->for_each(*first, now + std::chrono::seconds{1}, [&](LocalSeconds occurrence) {
    next = occurrence;
    return false;
  });
  if (!next) return std::nullopt;
  return context.zone.to_moment(*next);
}

Reference reference_to(const ToolContext& context, const Kept& alarm) {
  return {"alarm", alarm.key, described(context, alarm)};
}

}  // namespace

Result<Outcome> alarm_set(const ToolContext& context, const Json& arguments) {
  const std::vector<Kept> all = TRY(kept(context, "alarm"));
  if (all.size() >= kMaxAlarms) return Error{ErrorKind::kExhausted, "there are too many alarms already"};
  const std::optional<AskedRule> rule = TRY(asked_rule(arguments, "recurrence"));
  if (!arguments.contains("time") && !(rule && rule->clock)) return ask({"For when?", "time", {}});
  const LocalSeconds time = TRY(first_time(context, arguments, rule));
  Kept alarm{free_key(all), Json{{"name", arguments.value("name", "")},
                                 {"time", format_iso(time)},
                                 {"ends", context.zone.to_moment(time).time_since_epoch().count()}}};
  if (rule) alarm.value["recurrence"] = rule->rule.text();
  Outcome outcome;
  outcome.result = Json{{"id", alarm.key}, {"time", format_iso(time)}};
  const std::string name = arguments.value("name", "");
  const std::string named = name.empty() ? "" : fmt::format(" \"{}\"", name);
  outcome.reply = fmt::format("Alarm{} set: {}.", named, when_text(context, alarm, Say::kWritten));
  outcome.spoken = fmt::format("Alarm set for {}.", when_text(context, alarm, Say::kSpoken));
  outcome.references.push_back(reference_to(context, alarm));
  outcome.changes.push_back(SetRecord{"alarm", alarm.key, std::nullopt, alarm.value});
  return outcome;
}

Result<Outcome> alarm_list(const ToolContext& context, const Json&) {
  Outcome outcome;
  outcome.result["alarms"] = Json::array();
  for (const Kept& alarm : TRY(kept(context, "alarm"))) {
    outcome.result["alarms"].push_back(
        {{"id", alarm.key}, {"name", alarm.value.value("name", "")}, {"time", format_iso(local_end(context, alarm))}});
    outcome.references.push_back(reference_to(context, alarm));
    outcome.reply += fmt::format("{}Alarm: {}.", outcome.reply.empty() ? "" : "\n", described(context, alarm));
  }
  if (outcome.reply.empty()) outcome.reply = "No alarm is set.";
  return outcome;
}

Result<Outcome> alarm_cancel(const ToolContext& context, const Json& arguments) {
  std::vector<Kept> chosen = TRY(kept(context, "alarm"));
  const std::optional<AskedTime> time = TRY(asked_time(arguments, "time"));
  if (time && time->clock) {
    std::erase_if(chosen, [&](const Kept& alarm) {
      const LocalSeconds local = local_end(context, alarm);
      const auto day = std::chrono::floor<std::chrono::days>(local);
      return local - day != *time->clock || (time->day && *time->day != day);
    });
    if (chosen.empty()) return Error{ErrorKind::kNotFound, "there is no alarm at that time"};
  }
  if (!time || !time->clock || chosen.size() > 1) {
    KeptOrQuestion found = TRY(choose(context, "alarm", arguments));
    if (auto* question = std::get_if<Outcome::Question>(&found)) {
      question->argument = "id";
      question->choices.clear();
      for (const Kept& alarm : chosen) question->choices.push_back(described(context, alarm));
      return ask(std::move(*question));
    }
    chosen = std::get<std::vector<Kept>>(found);
  }
  Outcome outcome;
  outcome.result["alarms"] = Json::array();
  for (const Kept& alarm : chosen) {
    outcome.result["alarms"].push_back(alarm.key);
    outcome.reply +=
        fmt::format("{}Cancelled the alarm: {}.", outcome.reply.empty() ? "" : "\n", described(context, alarm));
    outcome.changes.push_back(SetRecord{"alarm", alarm.key, alarm.value, std::nullopt});
  }
  return outcome;
}

Result<void> due_alarms(const ToolContext& context, Outcome& outcome) {
  for (const Kept& alarm : TRY(kept(context, "alarm"))) {
    if (ends(alarm) > context.clock.now()) continue;
    const std::string name = alarm.value.value("name", "");
    const LocalSeconds now = context.zone.to_local(context.clock.now());
    const std::string time = say_time(local_end(context, alarm), now, Say::kWritten);
    outcome.reply +=
        fmt::format("{}Alarm{}: {}.", outcome.reply.empty() ? "" : "\n", name.empty() ? "" : " " + name, time);
    std::optional<Json> after;
    if (const std::optional<Moment> next = next_time(context, alarm)) {
      after = alarm.value;
      (*after)["ends"] = next->time_since_epoch().count();
    }
    outcome.changes.push_back(SetRecord{"alarm", alarm.key, alarm.value, after});
  }
  return {};
}

}  // namespace favilla::clock_tool

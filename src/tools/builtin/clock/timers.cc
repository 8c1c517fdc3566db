// Timers: {"name", "duration_seconds", "ends": MS} while they run, with "left_ms" instead of a moment while paused.
#include <fmt/format.h>

#include <functional>

#include "tools/builtin/clock/actions.h"
#include "tools/wording.h"

namespace favilla::clock_tool {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr size_t kMaxTimers = 100;

// Whole seconds are what people say; what is left of one counts.
seconds rounded_up(milliseconds time) {
  return std::chrono::ceil<seconds>(time);
}

bool is_paused(const Kept& timer) {
  return timer.value.contains("left_ms");
}

seconds left(const Kept& timer, Moment now) {
  if (is_paused(timer)) return rounded_up(milliseconds{timer.value.value("left_ms", int64_t{0})});
  return rounded_up(ends(timer) - now);
}

Reference reference_to(const Kept& timer) {
  return {"timer", timer.key, title_of("timer", timer)};
}

std::string capital(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

// Changes each chosen timer by `edit`, which returns what to say about it; nullopt in `after` removes it.
using Edit = std::function<Result<std::string>(const Kept& timer, std::optional<Json>& after)>;

Result<Outcome> edit_timers(const ToolContext& context, const Json& arguments, const Edit& edit) {
  KeptOrQuestion chosen = TRY(choose(context, "timer", arguments));
  if (auto* question = std::get_if<Outcome::Question>(&chosen)) return ask(std::move(*question));
  Outcome outcome;
  outcome.result["timers"] = Json::array();
  for (const Kept& timer : std::get<std::vector<Kept>>(chosen)) {
    std::optional<Json> after = timer.value;
    const std::string said = TRY(edit(timer, after));
    outcome.reply += (outcome.reply.empty() ? "" : " ") + said;
    outcome.result["timers"].push_back(timer.key);
    outcome.references.push_back(reference_to(timer));
    if (after != timer.value) outcome.changes.push_back(SetRecord{"timer", timer.key, timer.value, after});
  }
  return outcome;
}

}  // namespace

Result<Outcome> timer_start(const ToolContext& context, const Json& arguments) {
  const std::vector<Kept> all = TRY(kept(context, "timer"));
  if (all.size() >= kMaxTimers) return Error{ErrorKind::kExhausted, "there are too many timers already"};
  const seconds duration{arguments["duration_seconds"].get<int64_t>()};
  const Moment end = context.clock.now() + duration;
  Kept timer{free_key(all), Json{{"name", arguments.value("name", "")},
                                 {"duration_seconds", duration.count()},
                                 {"ends", end.time_since_epoch().count()}}};
  Outcome outcome;
  outcome.result = Json{{"id", timer.key}, {"ends", format_iso(end)}};
  const std::string name = arguments.value("name", "");
  const std::string what = name.empty() ? "Timer" : fmt::format("{} timer", name);
  const LocalSeconds local = context.zone.to_local(end);
  outcome.reply =
      fmt::format("{} set for {}, until {}.", capital(what), say_duration(duration), say_clock(local, Say::kWritten));
  outcome.spoken = fmt::format("{} set for {}.", capital(what), say_duration(duration));
  outcome.references.push_back(reference_to(timer));
  outcome.changes.push_back(SetRecord{"timer", timer.key, std::nullopt, timer.value});
  return outcome;
}

Result<Outcome> timer_list(const ToolContext& context, const Json& arguments) {
  Outcome outcome;
  outcome.result["timers"] = Json::array();
  std::vector<Kept> all = TRY(kept(context, "timer"));
  if (all.empty()) {
    outcome.reply = "No timer is running.";
    return outcome;
  }
  const bool named = arguments.contains("name") || arguments.contains("id") || arguments.contains("duration_seconds");
  if (named) {
    KeptOrQuestion chosen = TRY(choose(context, "timer", arguments));
    if (auto* some = std::get_if<std::vector<Kept>>(&chosen)) all = std::move(*some);
  }
  for (const Kept& timer : all) {
    const seconds rest = left(timer, context.clock.now());
    outcome.result["timers"].push_back({{"id", timer.key},
                                        {"name", timer.value.value("name", "")},
                                        {"left_seconds", rest.count()},
                                        {"paused", is_paused(timer)}});
    outcome.references.push_back(reference_to(timer));
    const char* state = is_paused(timer) ? " left, paused" : " left";
    outcome.reply += fmt::format("{}{}: {}.", outcome.reply.empty() ? "" : "\n", capital(title_of("timer", timer)),
                                 rest.count() > 0 ? say_duration(rest) + state : std::string("ended"));
  }
  return outcome;
}

Result<Outcome> timer_cancel(const ToolContext& context, const Json& arguments) {
  return edit_timers(context, arguments, [](const Kept& timer, std::optional<Json>& after) -> Result<std::string> {
    after.reset();
    return fmt::format("Cancelled {}.", title_of("timer", timer));
  });
}

Result<Outcome> timer_extend(const ToolContext& context, const Json& arguments) {
  const seconds more{arguments["seconds"].get<int64_t>()};
  const auto edit = [&](const Kept& timer, std::optional<Json>& after) -> Result<std::string> {
    const seconds rest = left(timer, context.clock.now()) + more;
    if (rest <= seconds{0}) {
      return Error{ErrorKind::kInvalidArgument, fmt::format("{} has less than that left", title_of("timer", timer))};
    }
    const char* key = is_paused(timer) ? "left_ms" : "ends";
    (*after)[key] = (*after)[key].get<int64_t>() + milliseconds{more}.count();
    return fmt::format("{} has {} left now.", capital(title_of("timer", timer)), say_duration(rest));
  };
  return edit_timers(context, arguments, edit);
}

Result<Outcome> timer_pause(const ToolContext& context, const Json& arguments) {
  const auto edit = [&](const Kept& timer, std::optional<Json>& after) -> Result<std::string> {
    if (is_paused(timer)) return fmt::format("{} is paused already.", capital(title_of("timer", timer)));
    (*after)["left_ms"] = (ends(timer) - context.clock.now()).count();
    return fmt::format("Paused {} with {} left.", title_of("timer", timer),
                       say_duration(left(timer, context.clock.now())));
  };
  return edit_timers(context, arguments, edit);
}

Result<Outcome> timer_resume(const ToolContext& context, const Json& arguments) {
  const auto edit = [&](const Kept& timer, std::optional<Json>& after) -> Result<std::string> {
    if (!is_paused(timer)) return fmt::format("{} is running.", capital(title_of("timer", timer)));
    const milliseconds rest{timer.value.value("left_ms", int64_t{0})};
    (*after)["ends"] = (context.clock.now() + rest).time_since_epoch().count();
    after->erase("left_ms");
    return fmt::format("{} goes on, {} left.", capital(title_of("timer", timer)), say_duration(rounded_up(rest)));
  };
  return edit_timers(context, arguments, edit);
}

Result<void> due_timers(const ToolContext& context, Outcome& outcome) {
  const Moment now = context.clock.now();
  for (const Kept& timer : TRY(kept(context, "timer"))) {
    if (is_paused(timer) || ends(timer) > now) continue;
    const auto ago = std::chrono::floor<seconds>(now - ends(timer));
    const std::string when = ago < seconds{2} ? "is up" : fmt::format("ended {} ago", say_duration(ago));
    outcome.reply +=
        fmt::format("{}{} {}.", outcome.reply.empty() ? "" : "\n", capital(title_of("timer", timer)), when);
    outcome.changes.push_back(SetRecord{"timer", timer.key, timer.value, std::nullopt});
  }
  return {};
}

}  // namespace favilla::clock_tool

// The functions behind the table of clock.cc, and what their files share.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tools/tool.h"

namespace favilla::clock_tool {

// A record of the collection "timer" or "alarm", by its key.
struct Kept {
  std::string key;
  Json value;
};

// Those of a collection, in the order in which they end: `value["ends"]` (milliseconds since 1970).
Result<std::vector<Kept>> kept(const ToolContext& context, std::string_view collection);

// The smallest number that is no key yet.
std::string free_key(const std::vector<Kept>& all);

// Those that the arguments id, name and duration_seconds name, all of them with `all`; the only one when nothing is
// said. A question when several fit; kNotFound when none does. `noun` is "timer" or "alarm".
using KeptOrQuestion = std::variant<std::vector<Kept>, Outcome::Question>;
Result<KeptOrQuestion> choose(const ToolContext& context, std::string_view noun, const Json& arguments);

// "the pasta timer", "the 10 minute timer".
std::string title_of(std::string_view noun, const Kept& one);

Moment ends(const Kept& one);

Outcome ask(Outcome::Question question);

Result<Outcome> now(const ToolContext& context, const Json& arguments);
Result<Outcome> difference(const ToolContext& context, const Json& arguments);
Result<Outcome> timer_start(const ToolContext& context, const Json& arguments);
Result<Outcome> timer_list(const ToolContext& context, const Json& arguments);
Result<Outcome> timer_cancel(const ToolContext& context, const Json& arguments);
Result<Outcome> timer_extend(const ToolContext& context, const Json& arguments);
Result<Outcome> timer_pause(const ToolContext& context, const Json& arguments);
Result<Outcome> timer_resume(const ToolContext& context, const Json& arguments);
Result<Outcome> alarm_set(const ToolContext& context, const Json& arguments);
Result<Outcome> alarm_list(const ToolContext& context, const Json& arguments);
Result<Outcome> alarm_cancel(const ToolContext& context, const Json& arguments);
Result<Outcome> stopwatch_start(const ToolContext& context, const Json& arguments);
Result<Outcome> stopwatch_lap(const ToolContext& context, const Json& arguments);
Result<Outcome> stopwatch_stop(const ToolContext& context, const Json& arguments);
Result<Outcome> stopwatch_show(const ToolContext& context, const Json& arguments);

// Adds what came due to `outcome`.
Result<void> due_timers(const ToolContext& context, Outcome& outcome);
Result<void> due_alarms(const ToolContext& context, Outcome& outcome);

}  // namespace favilla::clock_tool

// The functions behind the actions of `home`.
#pragma once

#include "tools/tool.h"

namespace favilla {

Result<Outcome> plan_home_turn_on(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_home_turn_off(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_home_toggle(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_home_set(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_home_open(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_home_close(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_home_lock(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_home_unlock(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_home_activate(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_home_media(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_home_vacuum(const ToolContext& context, const Json& arguments);

Result<Outcome> plan_home_state(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_home_measure(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_home_list(const ToolContext& context, const Json& arguments);

// {"calls": [{"domain", "service", "data"}, ...]}, one after the other.
Result<Json> perform_home_calls(const ToolContext& context, const Json& request);

}  // namespace favilla

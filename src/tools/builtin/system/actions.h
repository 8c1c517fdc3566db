// The functions behind the actions of `system`.
#pragma once

#include <string>

#include "tools/tool.h"

namespace favilla {

Result<Outcome> plan_system_battery(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_system_network(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_system_disk(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_system_memory(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_system_uptime(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_system_processes(const ToolContext& context, const Json& arguments);

Result<Outcome> plan_system_volume(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_system_set_volume(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_system_brightness(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_system_set_brightness(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_system_screenshot(const ToolContext& context, const Json& arguments);
Result<Outcome> plan_system_lock_screen(const ToolContext& context, const Json& arguments);

Result<Json> perform_system(const ToolContext& context, const Json& request);

// `path` of /proc or /sys below `[system] root`.
std::filesystem::path system_path(const ToolContext& context, std::string_view path);

// The text of a small file there, without the line end; kNotFound when there is none.
Result<std::string> system_text(const ToolContext& context, std::string_view path);

}  // namespace favilla

// The tools' actions as the functions that an agent chooses from.
//
//   AgentRequest request{.messages = ..., .tools = offered_functions(builtin_tools())};
//   std::optional<PlannedAction> action = action_of(call, builtin_tools());
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/model.h"
#include "tools/tools.h"
#include "understand/understand.h"

namespace favilla {

// "calendar_add"
std::string function_name(std::string_view tool, std::string_view action);

// All but those that a sentence cannot fill: they need an id, or their values are written in a language of their own.
std::vector<ToolDefinition> offered_functions(std::span<const Tool> tools);

// Sentences that ask for them, by name, and under kNoTool some that ask for none (examples/functions.txt).
std::map<std::string, std::vector<std::string>> function_examples();

// nullopt: no function that is offered has this name.
std::optional<PlannedAction> action_of(const ToolCall& call, std::span<const Tool> tools);

}  // namespace favilla

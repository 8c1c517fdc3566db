// The tools' actions, and the approved tools of MCP servers, as the functions that an agent chooses from.
//
//   AgentRequest request{.messages = ..., .tools = offered_functions(builtin_tools(), offers)};
//   std::optional<PlannedAction> action = action_of(call, builtin_tools(), offers);
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/model.h"
#include "tools/mcp/mcp.h"
#include "tools/tools.h"
#include "understand/understand.h"

namespace favilla {

// "calendar_add"
std::string function_name(std::string_view tool, std::string_view action);

// All but those that a sentence cannot fill: they need an id, or their values are written in a language of their own.
// Behind them the servers' tools, under their own names and in their vendors' words.
std::vector<ToolDefinition> offered_functions(std::span<const Tool> tools, std::span<const McpToolOffer> offers = {});

// Sentences that ask for them, by name, and under kNoTool some that ask for none (examples/functions.txt).
std::map<std::string, std::vector<std::string>> function_examples();

// nullopt: no function that is offered has this name.
std::optional<PlannedAction> action_of(const ToolCall& call, std::span<const Tool> tools,
                                       std::span<const McpToolOffer> offers = {});

// The arguments that a sentence gives: those of the action, or of a call to a server's tool the tool's own.
Json& said_arguments(PlannedAction& action);

}  // namespace favilla

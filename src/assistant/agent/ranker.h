// How well each function fits a request by words and by sentence vectors; no language model.
//
//   std::vector<RankedTool> ranked = rank_tools(tools, said, similarities);   // in the order of `tools`
#pragma once

#include <span>
#include <vector>

#include "assistant/agent/agent.h"
#include "assistant/agent/said.h"

namespace favilla {

// `similarities`: of the request's vector with each function's; empty without an embedder.
std::vector<RankedTool> rank_tools(std::span<const ToolDefinition> tools, const Said& said,
                                   std::span<const double> similarities);

// What stands for a function in the embedder: its name in words, and its description.
std::string tool_sentence(const ToolDefinition& tool);

// What stands for the request: what the user said last, with the sentence before where that says little.
std::string request_sentence(const Said& said);

// Made before with these arguments.
bool is_repetition(const Said& said, const ToolCall& call);

}  // namespace favilla

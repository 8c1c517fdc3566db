// mcp: tools of MCP servers that the owner named in mcp.json and approved one by one.
//
//   for (const McpToolOffer& offer : TRY(offered_mcp_tools(context))) offer_to_model(offer.name, offer.parameters);
//   runner.run("mcp", "call", mcp_call_arguments(offer, arguments), {.label = label, .words = words});
//
// Offers come from what was approved; no server is started or asked before a call is allowed. The tool `mcp`
// (builtin/mcp/) lists, approves and calls.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "tools/tool.h"

namespace favilla {

// An approved tool, as a model may be told of it. Its words are the vendor's: they describe, they promise nothing.
struct McpToolOffer {
  std::string name;         // "notes__search": letters, digits, _ and -; no two offers have the same
  std::string description;  // at most kMaxOfferedDescription_bytes
  Json parameters;          // JSON Schema of the arguments, with whatever keywords the server uses
  std::string server;       // "notes"
  std::string tool;         // "search"
};

inline constexpr size_t kMaxOfferedDescription_bytes = 1000;

// The approved tools of the servers in mcp.json, sorted by name, less those that are known to have changed since. Reads
// mcp.json, records and the cache only.
Result<std::vector<McpToolOffer>> offered_mcp_tools(const ToolContext& context);

// The arguments of the action `mcp call` that call it.
Json mcp_call_arguments(const McpToolOffer& offer, const Json& arguments);

}  // namespace favilla

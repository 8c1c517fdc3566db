// Pins of servers that are still there, and whose last list still says the same.
#include "tools/mcp/mcp.h"

#include <algorithm>

#include "base/foreign_text.h"
#include "tools/mcp/config.h"
#include "tools/mcp/pins.h"

namespace favilla {
namespace {

// Whether the server said something else of the pinned tool when it was last asked, or had it no more.
bool is_outdated(const McpPin& pin, const std::optional<SeenTools>& seen) {
  if (!seen) return false;
  return std::none_of(seen->tools.begin(), seen->tools.end(),
                      [&](const McpTool& tool) { return tool.name == pin.tool.name && tool.hash == pin.tool.hash; });
}

}  // namespace

Result<std::vector<McpToolOffer>> offered_mcp_tools(const ToolContext& context) {
  std::vector<McpToolOffer> offers;
  for (const McpServer& server : TRY(read_mcp_servers(context))) {
    const std::string identity = identity_of(server);
    const std::optional<SeenTools> seen = read_seen(context, server);
    for (const auto& [name, pin] : TRY(pins_of(context.records, server.name))) {
      if (pin.identity != identity || is_outdated(pin, seen)) continue;
      offers.push_back({offered_name(server.name, name), shown_text(pin.tool.description, kMaxOfferedDescription_bytes),
                        TRY(parse_json(pin.tool.schema)), server.name, name});
    }
  }
  const auto by_name = [](const McpToolOffer& a, const McpToolOffer& b) { return a.name < b.name; };
  const auto same_name = [](const McpToolOffer& a, const McpToolOffer& b) { return a.name == b.name; };
  std::stable_sort(offers.begin(), offers.end(), by_name);
  offers.erase(std::unique(offers.begin(), offers.end(), same_name), offers.end());
  return offers;
}

Json mcp_call_arguments(const McpToolOffer& offer, const Json& arguments) {
  return {{"server", offer.server}, {"tool", offer.tool}, {"arguments", arguments}};
}

}  // namespace favilla

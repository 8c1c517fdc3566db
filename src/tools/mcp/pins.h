// What the owner approved of a server: each tool exactly as it was when he saw it. Records of favilla.db, so that
// approving is journaled and can be undone. Beside them, in the cache, what each server said last.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tools/mcp/config.h"
#include "tools/mcp/definition.h"
#include "tools/tool.h"

namespace favilla {

inline constexpr std::string_view kPinCollection = "mcp_pin";

// One approved tool.
struct McpPin {
  std::string server;
  std::string identity;  // of the server (config.h)
  McpTool tool;
};

// "notes/search"; a server's name holds no "/".
std::string pin_key(std::string_view server, std::string_view tool);
Json to_json(const McpPin& pin);

// The pins of one server by the names of the tools. A record that is none counts as not there.
Result<std::map<std::string, McpPin>> pins_of(const Records& records, std::string_view server);

enum class PinState {
  kNew,       // never approved
  kApproved,  // exactly as approved
  kChanged,   // differs: blocked until it is approved again
};
PinState state_of(const McpServer& server, const McpTool& tool, const McpPin* pin);

// What differs, in words: "its description". `pin` must differ.
std::string difference(const McpServer& server, const McpTool& tool, const McpPin& pin);

// What a server said when it was last asked.
struct SeenTools {
  std::string version;  // of the protocol
  std::vector<McpTool> tools;
};

// Where a server's own files are: what it said, and a stdio server's home.
std::filesystem::path server_folder(const ToolContext& context, const McpServer& server);

// nullopt: it was not asked yet, or another server had its name then.
std::optional<SeenTools> read_seen(const ToolContext& context, const McpServer& server);
Result<void> write_seen(const ToolContext& context, const McpServer& server, const SeenTools& seen);

}  // namespace favilla

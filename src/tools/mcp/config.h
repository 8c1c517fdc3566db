// mcp.json: the MCP servers that the owner uses, as other hosts write them, and what Favilla lets each do.
//
//   {"mcpServers": {
//     "notes":   {"command": "python3", "args": ["/opt/notes/server.py"], "env": {"NOTES_TOKEN": "..."},
//                 "sandbox": {"network": false, "read": ["~/mcp"], "write": ["~/Notes"]},
//                 "limits": {"start_seconds": 10, "call_seconds": 60, "memory_megabytes": 1024}},
//     "weather": {"url": "https://weather.example/mcp", "headers": {"Authorization": "Bearer ..."}}}}
//
// `sandbox` and `limits` are ours; other keys of other hosts ("type", "disabled") are understood or passed over.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "tools/tool.h"

namespace favilla {

struct McpLimits {
  int start_s = 10;
  int call_s = 60;
  int memory_mb = 1024;  // of each process of a stdio server
};

struct McpServer {
  using Pairs = std::vector<std::pair<std::string, std::string>>;

  std::string name;
  std::string command;  // of a stdio server; empty: it has a url
  std::vector<std::string> args;
  Pairs env;
  std::string url;  // of a Streamable HTTP server
  Pairs headers;
  bool network = false;
  std::vector<std::string> read;  // folders that a stdio server sees; absolute
  std::vector<std::string> write;
  McpLimits limits;
};

// "mcp.json: weather: ..." for what it cannot be: one sentence that says what to change. `home` stands for "~/".
// Servers that say "disabled": true are left out.
Result<std::vector<McpServer>> parse_mcp_servers(std::string_view text, const std::filesystem::path& home);

// config.toml may name another file, one that another host uses: `[mcp] file = "~/.mcp.json"`. The settings then say
// where it is; without, they hold what complete_mcp_settings put there. Empty: there is none.
std::filesystem::path mcp_file(const ToolContext& context);

// Makes settings["mcp"]["file"] absolute; `standard` when config.toml does not say. kInvalidArgument for what is no
// path.
Result<void> complete_mcp_settings(Settings& settings, const std::filesystem::path& standard,
                                   const std::filesystem::path& home);

// Of that file; none without one. kPermission for a file that others may write.
Result<std::vector<McpServer>> read_mcp_servers(const ToolContext& context);

// Sets one server's entry in the file, or takes it away (nullopt), and keeps everything else that is in it. Nothing is
// written unless the whole can be read again. kNotFound when there is none to take away.
Result<void> edit_mcp_servers(const ToolContext& context, const std::string& name, const std::optional<Json>& entry);

// SHA-256 over what decides which program runs, or which address is asked, and what it may touch. The environment is
// part of it (PATH and its like decide what runs), headers are not: a new token makes no other server.
std::string identity_of(const McpServer& server);

// "python3 /opt/notes/server.py" or the url.
std::string told_start(const McpServer& server);

}  // namespace favilla

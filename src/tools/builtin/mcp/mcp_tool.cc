// `tools` asks the servers and keeps what they say; `approve` pins exactly that, as it was shown; `call` compares once
// more with what the server says at that moment.
#include "tools/builtin/mcp/mcp_tool.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/foreign_text.h"
#include "tools/mcp/client.h"
#include "tools/mcp/pins.h"
#include "tools/sandbox.h"

namespace favilla {

extern const char kMcpSentences[];

namespace {

// The arguments go to whoever runs the server, which may pass them on; what comes back is the vendor's.
constexpr Declared kCalls{kFromDevices, Sends::kOthers, Undo::kImpossible};
constexpr Declared kLists{kFromDevices, Sends::kOwnServer, Undo::kNotNeeded};
constexpr Declared kApproves{kFromDevices, Sends::kNowhere, Undo::kPossible, Asks::kAlways};

constexpr size_t kMaxLine_bytes = 160;

Result<McpServer> find_server(const ToolContext& context, const std::string& name) {
  std::string names;
  for (McpServer& server : TRY(read_mcp_servers(context))) {
    if (server.name == name) return std::move(server);
    names += (names.empty() ? "" : ", ") + server.name;
  }
  return Error{ErrorKind::kNotFound, names.empty()
                                         ? "There are no MCP servers in mcp.json."
                                         : fmt::format("mcp.json has no server \"{}\"; it has {}.", name, names)};
}

const McpPin* pin_of(const std::map<std::string, McpPin>& pins, const std::string& tool) {
  const auto found = pins.find(tool);
  return found == pins.end() ? nullptr : &found->second;
}

const McpTool* find_tool(const std::vector<McpTool>& tools, const std::string& name) {
  const auto found = std::find_if(tools.begin(), tools.end(), [&](const McpTool& tool) { return tool.name == name; });
  return found == tools.end() ? nullptr : &*found;
}

McpPlace place_of(const ToolContext& context, const McpServer& server) {
  return {server_folder(context, server) / "home", own_folders(context.settings)};
}

// ---- servers

Result<Outcome> plan_servers(const ToolContext& context, const Json&) {
  Outcome outcome;
  outcome.result["servers"] = Json::array();
  for (const McpServer& server : TRY(read_mcp_servers(context))) {
    const std::map<std::string, McpPin> pins = TRY(pins_of(context.records, server.name));
    const std::optional<SeenTools> seen = read_seen(context, server);
    const std::string count = seen ? fmt::format("{} tools", seen->tools.size()) : "its tools were not listed yet";
    outcome.reply += fmt::format("{}{}: {}, {} approved ({})", outcome.reply.empty() ? "" : "\n", server.name, count,
                                 pins.size(), told_start(server));
    outcome.result["servers"].push_back({{"name", server.name},
                                         {"start", told_start(server)},
                                         {"tools", seen ? Json(seen->tools.size()) : Json()},
                                         {"approved", pins.size()}});
  }
  if (outcome.reply.empty()) outcome.reply = "There are no MCP servers in mcp.json.";
  return outcome;
}

// ---- tools

struct Listed {
  SeenTools seen;
  std::vector<std::string> refused;
};

// Starts or asks the server; what it says is kept, for `approve`.
Result<Listed> ask_server(const ToolContext& context, const McpServer& server) {
  McpClient client = TRY(McpClient::connect(server, place_of(context, server), context.cancel));
  McpToolList list = TRY(client.list_tools());
  Listed listed{{client.version(), std::move(list.tools)}, std::move(list.refused)};
  TRY(write_seen(context, server, listed.seen));
  return listed;
}

const char* name_of(PinState state) {
  constexpr const char* kNames[] = {"new", "approved", "changed"};
  return kNames[static_cast<int>(state)];
}

Result<void> tell_tools(const ToolContext& context, const McpServer& server, Outcome& outcome) {
  const std::map<std::string, McpPin> pins = TRY(pins_of(context.records, server.name));
  const Listed listed = TRY(ask_server(context, server));
  Json told{{"server", server.name}, {"protocol", listed.seen.version}, {"tools", Json::array()}};
  outcome.reply += fmt::format("{} (protocol {}):", server.name, listed.seen.version);
  for (const McpTool& tool : listed.seen.tools) {
    const McpPin* pin = pin_of(pins, tool.name);
    const PinState state = state_of(server, tool, pin);
    std::string words = name_of(state);
    if (state == PinState::kChanged) {
      words += fmt::format(" ({}), blocked until you approve it again", difference(server, tool, *pin));
    }
    outcome.reply += fmt::format("\n- {}: {}. {}", tool.name, words, shown_line(tool.description, kMaxLine_bytes));
    told["tools"].push_back({{"name", tool.name},
                             {"state", name_of(state)},
                             {"description", tool.description},
                             {"parameters", TRY(parse_json(tool.schema))}});
  }
  for (const auto& [name, pin] : pins) {
    if (find_tool(listed.seen.tools, name) != nullptr) continue;
    outcome.reply += fmt::format("\n- {}: approved, but the server has it no more", name);
    told["tools"].push_back({{"name", name}, {"state", "gone"}});
  }
  for (const std::string& each : listed.refused) outcome.reply += fmt::format("\n- left out: {}", each);
  if (told["tools"].empty()) outcome.reply += " no tools";
  told["refused"] = listed.refused;
  outcome.result["servers"].push_back(std::move(told));
  return {};
}

Result<Outcome> plan_tools(const ToolContext& context, const Json& arguments) {
  std::vector<McpServer> servers;
  if (arguments.contains("server")) {
    servers.push_back(TRY(find_server(context, arguments["server"])));
  } else {
    servers = TRY(read_mcp_servers(context));
  }
  Outcome outcome;
  outcome.result["servers"] = Json::array();
  for (const McpServer& server : servers) {
    if (!outcome.reply.empty()) outcome.reply += "\n";
    const Result<void> told = tell_tools(context, server, outcome);
    if (told) continue;
    if (servers.size() == 1) return told.error();  // one that is broken must not hide the others
    outcome.reply += told.error().message;
    outcome.result["servers"].push_back({{"server", server.name}, {"error", told.error().message}});
  }
  if (servers.empty()) outcome.reply = "There are no MCP servers in mcp.json.";
  return outcome;
}

// ---- approve, revoke

Result<Outcome> plan_approve(const ToolContext& context, const Json& arguments) {
  const McpServer server = TRY(find_server(context, arguments["server"]));
  const std::string only = arguments.value("tool", "");
  const std::optional<SeenTools> seen = read_seen(context, server);
  if (!seen) {
    return Error{ErrorKind::kNotFound,
                 fmt::format("The tools of {} were not listed yet: favilla mcp list {}", server.name, server.name)};
  }
  if (!only.empty() && find_tool(seen->tools, only) == nullptr) {
    return Error{ErrorKind::kNotFound, fmt::format("{} has no tool \"{}\".", server.name, shown_line(only, 100))};
  }
  const std::map<std::string, McpPin> pins = TRY(pins_of(context.records, server.name));
  Outcome outcome;
  outcome.result["approved"] = Json::array();
  std::string names;
  for (const McpTool& tool : seen->tools) {
    const McpPin* pin = pin_of(pins, tool.name);
    if ((!only.empty() && tool.name != only) || state_of(server, tool, pin) == PinState::kApproved) continue;
    const std::string key = pin_key(server.name, tool.name);
    const std::optional<Json> before = TRY(context.records.find(kPinCollection, key));
    outcome.changes.push_back(
        SetRecord{std::string(kPinCollection), key, before, to_json(McpPin{server.name, identity_of(server), tool})});
    outcome.result["approved"].push_back(tool.name);
    names += (names.empty() ? "" : ", ") + tool.name;
    const std::string changed = pin != nullptr ? fmt::format(" (changed: {})", difference(server, tool, *pin)) : "";
    outcome.needs_approval +=
        fmt::format("\n{}{}: {}\n  arguments: {}", tool.name, changed, tool.description, tool.schema);
  }
  if (outcome.changes.empty()) {
    outcome.reply = fmt::format("Nothing of {} is left to approve.", server.name);
    return outcome;
  }
  outcome.needs_approval = fmt::format("let {} ({}) offer these tools, whose words are its own:{}", server.name,
                                       told_start(server), outcome.needs_approval);
  outcome.reply = fmt::format("Approved of {}: {}.", server.name, names);
  return outcome;
}

Result<Outcome> plan_revoke(const ToolContext& context, const Json& arguments) {
  const std::string server = arguments["server"];
  const std::string only = arguments.value("tool", "");
  Outcome outcome;
  std::string names;
  for (const auto& [name, pin] : TRY(pins_of(context.records, server))) {
    if (!only.empty() && name != only) continue;
    const std::string key = pin_key(server, name);
    outcome.changes.push_back(
        SetRecord{std::string(kPinCollection), key, TRY(context.records.find(kPinCollection, key)), std::nullopt});
    names += (names.empty() ? "" : ", ") + name;
  }
  if (names.empty()) return Error{ErrorKind::kNotFound, "Nothing of that was approved."};
  outcome.reply = fmt::format("No longer approved of {}: {}.", server, names);
  return outcome;
}

// ---- call

Error blocked(const McpServer& server, const std::string& tool, const std::string& what) {
  return {
      ErrorKind::kPermission,
      fmt::format("{} of {} is blocked: {} changed since you approved it (favilla mcp list {} shows it, favilla mcp "
                  "approve {} approves it)",
                  tool, server.name, what, server.name, server.name)};
}

// The pin of a tool that may be called, as far as is known without asking the server.
Result<McpPin> callable(const ToolContext& context, const McpServer& server, const std::string& tool) {
  const std::map<std::string, McpPin> pins = TRY(pins_of(context.records, server.name));
  const McpPin* pin = pin_of(pins, tool);
  if (pin == nullptr) {
    return Error{ErrorKind::kPermission, fmt::format("{} of {} was never approved: favilla mcp approve {}",
                                                     shown_line(tool, 100), server.name, server.name)};
  }
  if (pin->identity != identity_of(server)) return blocked(server, tool, difference(server, pin->tool, *pin));
  return *pin;
}

Result<Outcome> plan_call(const ToolContext& context, const Json& arguments) {
  const McpServer server = TRY(find_server(context, arguments["server"]));
  const std::string tool = arguments["tool"];
  TRY(callable(context, server, tool));
  Outcome outcome;
  outcome.result = arguments;
  outcome.reply = fmt::format("{} of {}:", tool, server.name);
  outcome.needs_approval = fmt::format("call {} of the MCP server {} ({}) with {}", tool, server.name,
                                       told_start(server), to_json_text(arguments["arguments"]));
  Json request = arguments;
  request["configured_destination"] = server.name;
  outcome.changes.push_back(OutwardCall{std::move(request), std::nullopt});
  return outcome;
}

Result<Json> perform_call(const ToolContext& context, const Json& request) {
  const McpServer server = TRY(find_server(context, request["server"]));
  const McpPin pin = TRY(callable(context, server, request["tool"]));
  McpClient client = TRY(McpClient::connect(server, place_of(context, server), context.cancel));
  Result<McpToolList> list = client.list_tools();
  if (!list) return Error{ErrorKind::kIo, list.error().message};
  const McpTool* now = find_tool(list->tools, pin.tool.name);
  if (now == nullptr || state_of(server, *now, &pin) != PinState::kApproved) {
    const std::string what = now == nullptr ? "whether there is such a tool" : difference(server, *now, pin);
    TRY(write_seen(context, server, {client.version(), list->tools}));
    return blocked(server, pin.tool.name, what);
  }
  const SortedJson arguments = request["arguments"];
  const McpCallResult result = TRY(client.call(*now, arguments));
  const char* empty = result.is_error ? "It failed." : "It said nothing.";
  const std::string reply = (result.is_error && !result.text.empty() ? "It failed: " : "") + result.text;
  return Json{{"reply", result.text.empty() ? empty : reply}, {"is_error", result.is_error}};
}

constexpr const char* kNothing = R"({"type": "object", "properties": {}, "required": [],
    "additionalProperties": false})";

constexpr const char* kServer = R"({"type": "object", "properties": {
    "server": {"type": "string", "minLength": 1, "maxLength": 32, "description": "its name in mcp.json; all without it"}
  }, "required": [], "additionalProperties": false})";

constexpr const char* kServerAndTool = R"({"type": "object", "properties": {
    "server": {"type": "string", "minLength": 1, "maxLength": 32, "description": "its name in mcp.json"},
    "tool": {"type": "string", "minLength": 1, "maxLength": 128, "description": "one of its tools; all without it"}
  }, "required": ["server"], "additionalProperties": false})";

constexpr const char* kCall = R"({"type": "object", "properties": {
    "server": {"type": "string", "minLength": 1, "maxLength": 32, "description": "its name in mcp.json"},
    "tool": {"type": "string", "minLength": 1, "maxLength": 128, "description": "one of its tools"},
    "arguments": {"type": "object", "description": "what the tool's own schema asks for"}
  }, "required": ["server", "tool", "arguments"], "additionalProperties": false})";

constexpr Action kActions[] = {
    {"servers", "List the MCP servers of mcp.json.", Effect::kPure, reads(kOwnRecords), kNothing, plan_servers,
     nullptr},
    {"tools", "Ask MCP servers for their tools, and say what is new or changed.", Effect::kPure, kLists, kServer,
     plan_tools, nullptr},
    {"approve", "Let an MCP server's tools be called as they are now.", Effect::kIdempotent, kApproves, kServerAndTool,
     plan_approve, nullptr},
    {"revoke", "Take the approval of an MCP server's tools back.", Effect::kIdempotent, keeps(kOwnRecords),
     kServerAndTool, plan_revoke, nullptr},
    {"call", "Call an approved tool of an MCP server.", Effect::kAtMostOnce, kCalls, kCall, plan_call, perform_call},
};

}  // namespace

const Tool kMcpTool{"mcp", "Tools of MCP servers, each approved by the owner.", kActions, kMcpSentences};

}  // namespace favilla

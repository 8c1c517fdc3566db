// Compares what a server says now with what the owner approved.
#include "tools/mcp/pins.h"

#include <fmt/format.h>

#include "base/file.h"

namespace favilla {
namespace {

constexpr size_t kMaxSeen_bytes = size_t{64} << 20;

std::string text_member(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

std::string pin_key(std::string_view server, std::string_view tool) {
  return fmt::format("{}/{}", server, tool);
}

Json to_json(const McpPin& pin) {
  return {{"server", pin.server}, {"identity", pin.identity}, {"tool", to_json(pin.tool)}};
}

Result<std::map<std::string, McpPin>> pins_of(const Records& records, std::string_view server) {
  std::map<std::string, McpPin> pins;
  for (const auto& [key, record] : TRY(records.all(kPinCollection))) {
    if (!record.is_object() || text_member(record, "server") != server || !record.contains("tool")) continue;
    const std::optional<McpTool> tool = tool_from_json(record["tool"]);
    if (tool) pins[tool->name] = {std::string(server), text_member(record, "identity"), *tool};
  }
  return pins;
}

PinState state_of(const McpServer& server, const McpTool& tool, const McpPin* pin) {
  if (pin == nullptr) return PinState::kNew;
  const bool same = pin->tool.hash == tool.hash && pin->identity == identity_of(server);
  return same ? PinState::kApproved : PinState::kChanged;
}

std::string difference(const McpServer& server, const McpTool& tool, const McpPin& pin) {
  std::string text;
  const auto add = [&](bool differs, const char* what) {
    if (differs) text += (text.empty() ? "" : ", ") + std::string(what);
  };
  add(pin.identity != identity_of(server), "how its server is started, or what it may touch");
  add(pin.tool.description != tool.description, "its description");
  add(pin.tool.schema != tool.schema, "its arguments");
  return text.empty() ? "what it says beside its description and its arguments" : text;
}

std::filesystem::path server_folder(const ToolContext& context, const McpServer& server) {
  return context.cache / "mcp" / server.name;
}

std::optional<SeenTools> read_seen(const ToolContext& context, const McpServer& server) {
  if (context.cache.empty()) return std::nullopt;
  const Result<std::string> text = read_file(server_folder(context, server) / "tools.json", kMaxSeen_bytes);
  if (!text) return std::nullopt;
  const Result<Json> json = parse_json(*text);
  const bool ours = json && json->is_object() && text_member(*json, "identity") == identity_of(server) &&
                    json->contains("tools") && (*json)["tools"].is_array();
  if (!ours) return std::nullopt;
  SeenTools seen{text_member(*json, "version"), {}};
  for (const Json& each : (*json)["tools"]) {
    if (std::optional<McpTool> tool = tool_from_json(each)) seen.tools.push_back(std::move(*tool));
  }
  return seen;
}

Result<void> write_seen(const ToolContext& context, const McpServer& server, const SeenTools& seen) {
  Json json{{"identity", identity_of(server)}, {"version", seen.version}, {"tools", Json::array()}};
  for (const McpTool& tool : seen.tools) json["tools"].push_back(to_json(tool));
  const std::filesystem::path folder = server_folder(context, server);
  TRY(make_private_folder(folder));
  return write_file_atomically(folder / "tools.json", to_json_text(json), Flush::kNo);
}

}  // namespace favilla

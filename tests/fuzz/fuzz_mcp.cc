// Fuzzes what MCP servers send and what mcp.json says: lines, messages, definitions, marks for headers.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/foreign_text.h"
#include "base/utf8.h"
#include "tools/mcp/config.h"
#include "tools/mcp/definition.h"
#include "tools/mcp/param_headers.h"
#include "tools/mcp/protocol.h"

namespace favilla {
namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

// All lines that come out when it is fed in pieces of one size, up to where it is refused.
std::vector<std::string> lines_of(std::string_view input, size_t piece_bytes) {
  MessageLines stream;
  std::vector<std::string> found;
  for (size_t i = 0; i < input.size(); i += piece_bytes) {
    if (!stream.feed(input.substr(i, piece_bytes))) break;
    while (const std::optional<std::string> part = stream.next()) found.push_back(*part);
  }
  return found;
}

void try_definition(const SortedJson& json) {
  const Result<McpTool> tool = parse_definition(json);
  if (!tool) return;
  require(is_valid_utf8(tool->description) && tool->description.size() <= kMaxDescription_bytes);
  require(tool->description == shown_text(tool->description, kMaxDescription_bytes));
  require(tool->schema.size() <= kMaxDefinition_bytes);
  const Result<SortedJson> schema = parse_sorted_json(tool->schema);
  require(schema.has_value());
  const std::optional<McpTool> again = tool_from_json(to_json(*tool));
  require(again && again->name == tool->name && again->hash == tool->hash);
  const std::string name = offered_name("server", tool->name);
  require(name.size() <= 64);
  const Result<Headers> headers = param_headers(*schema, json);
  if (!headers) return;
  for (const auto& [header, value] : *headers) {
    for (const char c : header + value) require(c >= ' ' && c <= '~');
  }
}

void try_input(std::string_view input) {
  require(lines_of(input, 1) == lines_of(input, 7));
  for (const std::string& line : lines_of(input, 64)) {
    Result<RpcMessage> message = parse_message(line);
    if (!message) continue;
    require(is_valid_utf8(message->error.message));
    if (message->kind == RpcMessage::Kind::kRequest) require(parse_message(answer_to(*message)).has_value());
    const SortedJson tools = message->result.is_object() ? message->result.value("tools", SortedJson()) : SortedJson();
    for (const SortedJson& each : tools.is_array() ? tools : SortedJson::array()) try_definition(each);
    static_cast<void>(reply_in(std::move(*message), 1));
  }
  const Result<std::vector<McpServer>> servers = parse_mcp_servers(input, "/home/ana");
  if (!servers) {
    require(is_valid_utf8(servers.error().message));
    return;
  }
  for (const McpServer& server : *servers) {
    require(server.command.empty() != server.url.empty());
    require(identity_of(server).size() == 64 && is_valid_utf8(told_start(server)));
  }
}

}  // namespace
}  // namespace favilla

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
  favilla::try_input({static_cast<const char*>(static_cast<const void*>(data)), size_bytes});
  return 0;
}

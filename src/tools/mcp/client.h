// One conversation with an MCP server: find a protocol version, list its tools, call one.
//
//   McpClient client = TRY(McpClient::connect(server, place, cancel));
//   const McpToolList list = TRY(client.list_tools());
//   const McpCallResult result = TRY(client.call(list.tools[0], {{"city", "Lisbon"}}));
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tools/mcp/definition.h"
#include "tools/mcp/transport.h"

namespace favilla {

struct McpToolList {
  std::vector<McpTool> tools;        // names are unique
  std::vector<std::string> refused;  // one line for each that cannot be offered
};

struct McpCallResult {
  std::string text;       // as it may be shown, condensed and capped
  bool is_error = false;  // the tool says that it failed
};

class McpClient {
 public:
  // `place` is a stdio server's. Any error says that no tool was called.
  static Result<McpClient> connect(const McpServer& server, const McpPlace& place, const CancelFlag& cancel);

  // Of kMcpVersions.
  const std::string& version() const { return version_; }

  // All pages. kExhausted over kMaxTools.
  Result<McpToolList> list_tools();

  // kNetwork: nobody knows whether it was done; any other error says that it was not.
  Result<McpCallResult> call(const McpTool& tool, const SortedJson& arguments);

 private:
  McpClient(const McpServer& server, std::unique_ptr<McpTransport> transport)
      : server_(server), transport_(std::move(transport)) {}

  // Whether it is of 2026-07-28, as far as it says until then.
  Result<bool> is_modern(McpDeadline deadline);
  // The greeting of the versions before.
  Result<void> initialize(McpDeadline end);
  Result<RpcReply> request(std::string method, SortedJson params, Headers headers, McpDeadline deadline);

  McpServer server_;
  std::unique_ptr<McpTransport> transport_;
  std::string version_;
  int64_t last_id_ = 0;
};

}  // namespace favilla

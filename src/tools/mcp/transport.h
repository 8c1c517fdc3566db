// How messages reach a server and its replies come back: over a program's input and output, or over HTTP.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "tools/mcp/config.h"
#include "tools/mcp/protocol.h"
#include "tools/net/net.h"

namespace favilla {

// A flood ends the connection: this many other messages, or this many bytes, while one reply is waited for.
inline constexpr int kMaxOtherMessages = 1000;
inline constexpr size_t kMaxExchange_bytes = size_t{16} << 20;

using McpDeadline = std::chrono::steady_clock::time_point;

class McpTransport {
 public:
  virtual ~McpTransport() = default;

  // Sends the request and waits for its reply. kIo: it was never sent. kNetwork, kCorrupt, kExhausted: nothing, or
  // nonsense, came back until the deadline. kCancelled. `headers` repeat parts of the request for HTTP; a program does
  // not get them.
  virtual Result<RpcReply> exchange(const RpcRequest& request, const Headers& headers, McpDeadline deadline) = 0;

  // Sends something that gets no reply.
  virtual Result<void> notify(std::string_view message, McpDeadline deadline) = 0;

  // Whether it may still answer.
  virtual bool is_open() const = 0;

  // From now on requests are of this protocol version.
  virtual void set_version(std::string_view version) = 0;
};

// Where a program lives.
struct McpPlace {
  std::filesystem::path home;       // the private folder that it sees as its home; it is made
  std::vector<std::string> hidden;  // what no folder of mcp.json shows it
};

// Starts the program in a sandbox (tools/sandbox.h).
Result<std::unique_ptr<McpTransport>> start_stdio_server(const McpServer& server, const McpPlace& place,
                                                         const CancelFlag& cancel);

// Asks nothing yet.
std::unique_ptr<McpTransport> http_server(const McpServer& server, const CancelFlag& cancel);

}  // namespace favilla

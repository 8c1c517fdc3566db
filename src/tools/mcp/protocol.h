// JSON-RPC 2.0 as MCP uses it: one message a line or an event, requests answered by id. Everything that comes in is
// hostile: sizes are capped before anything is parsed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace favilla {

inline constexpr size_t kMaxMessage_bytes = size_t{4} << 20;

// Protocol revisions, newest first. From 2026-07-28 on there is no handshake: each request says everything.
inline constexpr std::string_view kMcpVersions[] = {"2026-07-28", "2025-11-25", "2025-06-18"};
inline constexpr std::string_view kStatelessVersion = kMcpVersions[0];

// Error codes that mean something here.
inline constexpr int kMethodNotFound = -32601;
inline constexpr int kInvalidParams = -32602;
inline constexpr int kUnsupportedVersion = -32022;

struct RpcRequest {
  int64_t id = 0;
  std::string method;
  SortedJson params = SortedJson::object();
};

struct RpcError {
  int64_t code = 0;
  std::string message;  // as it may be shown
  SortedJson data = nullptr;
};

// What a server sends.
struct RpcMessage {
  enum class Kind { kResult, kError, kRequest, kNotification };
  Kind kind = Kind::kNotification;
  SortedJson id = nullptr;
  SortedJson result = nullptr;  // of kResult
  RpcError error;               // of kError
  std::string method;           // of kRequest and kNotification
};

// What came back for one request.
struct RpcReply {
  SortedJson result = nullptr;
  std::optional<RpcError> error;  // then there is no result
};

std::string text_of(const RpcRequest& request);
std::string notification_text(std::string_view method, const SortedJson& params);

// kCorrupt for what is not one JSON-RPC message; kExhausted for more than kMaxMessage_bytes.
Result<RpcMessage> parse_message(std::string_view text);

// What a request of the server gets: a ping is answered, everything else is refused, since nothing else was offered.
std::string answer_to(const RpcMessage& request);

// The reply in `message` to the request with that id; nullopt: it is something else.
std::optional<RpcReply> reply_in(RpcMessage message, int64_t id);

// The lines of a stream that is cut anywhere.
class MessageLines {
 public:
  // kExhausted when a line is longer than a message may be.
  Result<void> feed(std::string_view piece);
  // The oldest line that is whole, without its end; empty lines are passed over.
  std::optional<std::string> next();

 private:
  std::string buffer_;
  size_t searched_ = 0;  // bytes of it that hold no new line
};

}  // namespace favilla

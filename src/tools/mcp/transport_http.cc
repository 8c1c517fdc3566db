// Streamable HTTP: each message is a POST; the reply is the body, or the last event of a stream. Redirects are not
// followed, and the owner's headers go to the address that mcp.json names and to no other.
#include <fmt/format.h>

#include <algorithm>

#include "base/event_stream.h"
#include "base/foreign_text.h"
#include "tools/mcp/transport.h"

namespace favilla {
namespace {

constexpr int kGoodbye_s = 2;
constexpr size_t kMaxSessionId_bytes = 1000;
constexpr int kOk = 200;
constexpr int kAccepted = 202;
constexpr int kRedirects = 300;
constexpr int kRefused = 400;
constexpr int kUnauthorized = 401;

int seconds_until(McpDeadline deadline) {
  const auto left = std::chrono::ceil<std::chrono::seconds>(deadline - std::chrono::steady_clock::now());
  return static_cast<int>(std::max<int64_t>(left.count(), 1));
}

// What a session id may hold is visible ASCII: it goes back in a header.
bool is_session_id(std::string_view id) {
  return !id.empty() && id.size() <= kMaxSessionId_bytes &&
         std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

// A status without a JSON-RPC error, as one: its code is the status.
RpcError refusal(const NetReply& reply) {
  std::string message = fmt::format("it answers with status {}", reply.status);
  if (reply.status == kUnauthorized) message += ": it wants a token, which belongs into \"headers\" of mcp.json";
  if (reply.status < kRefused) message += fmt::format(": it is at {}", shown_line(reply.header("location"), 200));
  return {reply.status, std::move(message)};
}

class HttpTransport : public McpTransport {
 public:
  HttpTransport(const McpServer& server, const CancelFlag& cancel)
      : url_(server.url), owners_headers_(server.headers), cancel_(cancel) {}

  ~HttpTransport() override {
    if (session_.empty()) return;
    const CancelFlag never;  // the owner who cancels still wants the session to end
    NetRequest request = request_for("", kGoodbye_s);
    request.method = "DELETE";
    const Result<NetReply> done = http_request(request, never);
    static_cast<void>(done.has_value());  // a server may refuse to end it
  }

  Result<RpcReply> exchange(const RpcRequest& request, const Headers& headers, McpDeadline deadline) override {
    NetRequest post = request_for(text_of(request), seconds_until(deadline));
    post.headers.insert(post.headers.end(), headers.begin(), headers.end());
    Exchange state{request.id, deadline, {}, EventStream(kMaxMessage_bytes)};
    post.on_piece = [&](const NetReply& so_far, std::string_view piece) { return take(state, so_far, piece); };
    const NetReply reply = TRY(http_request(post, cancel_));
    if (state.error) return *state.error;
    if (!state.reply && !is_stream(reply)) {
      const Result<void> taken = take_message(state, state.body);
      if (!state.reply && reply.status >= kRedirects) return RpcReply{nullptr, refusal(reply)};
      TRY(taken);
    }
    if (state.reply && session_.empty() && is_session_id(reply.header("mcp-session-id"))) {
      session_ = reply.header("mcp-session-id");
    }
    if (state.reply) return std::move(*state.reply);
    return Error{ErrorKind::kNetwork, "it ended the stream without a reply"};
  }

  Result<void> notify(std::string_view message, McpDeadline deadline) override {
    const NetReply reply = TRY(http_request(request_for(std::string(message), seconds_until(deadline)), cancel_));
    if (reply.status == kOk || reply.status == kAccepted) return {};
    return Error{ErrorKind::kNetwork, fmt::format("it answers with status {}", reply.status)};
  }

  bool is_open() const override { return true; }

  void set_version(std::string_view version) override { version_ = version; }

 private:
  // One request under way.
  struct Exchange {
    int64_t id = 0;
    McpDeadline deadline;
    std::string body;  // of a reply that is no stream
    EventStream events;
    int others = 0;
    std::optional<RpcReply> reply = std::nullopt;
    std::optional<Error> error = std::nullopt;
  };

  NetRequest request_for(std::string body, int timeout_s) const {
    NetRequest request{.url = url_, .post = std::move(body), .timeout_s = timeout_s};
    request.headers = owners_headers_;
    request.headers.emplace_back("Accept", "application/json, text/event-stream");
    if (!version_.empty()) request.headers.emplace_back("MCP-Protocol-Version", version_);
    if (!session_.empty()) request.headers.emplace_back("Mcp-Session-Id", session_);
    request.max_reply_bytes = kMaxExchange_bytes;
    return request;
  }

  static bool is_stream(const NetReply& reply) {
    return reply.status < kRedirects && reply.header("content-type").starts_with("text/event-stream");
  }

  // false: enough was read.
  bool take(Exchange& state, const NetReply& so_far, std::string_view piece) {
    const auto fail = [&](Error error) {
      state.error = std::move(error);
      return false;
    };
    if (!is_stream(so_far)) {
      state.body += piece;
      if (state.body.size() <= kMaxMessage_bytes) return true;
      return fail({ErrorKind::kExhausted, "the server sent a message over 4 MiB"});
    }
    const Result<std::vector<std::string>> events = state.events.feed(piece);
    if (!events) return fail(events.error());
    for (const std::string& data : *events) {
      if (data.empty()) continue;  // what an interrupted stream would be taken up from
      if (Result<void> taken = take_message(state, data); !taken) return fail(taken.error());
      if (state.reply) return false;
      if (++state.others > kMaxOtherMessages) return fail({ErrorKind::kNetwork, "it sends other things without end"});
    }
    return true;
  }

  Result<void> take_message(Exchange& state, std::string_view text) {
    RpcMessage message = TRY(parse_message(text));
    if (message.kind == RpcMessage::Kind::kRequest) return notify(answer_to(message), state.deadline);
    state.reply = reply_in(std::move(message), state.id);
    return {};
  }

  std::string url_;
  Headers owners_headers_;
  const CancelFlag& cancel_;
  std::string version_;
  std::string session_;  // of servers before 2026-07-28 that keep one
};

}  // namespace

std::unique_ptr<McpTransport> http_server(const McpServer& server, const CancelFlag& cancel) {
  return std::make_unique<HttpTransport>(server, cancel);
}

}  // namespace favilla

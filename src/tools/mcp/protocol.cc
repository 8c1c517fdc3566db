// Messages are built and read as sorted JSON: objects that keep their order are quadratic in a hostile number of keys.
#include "tools/mcp/protocol.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/foreign_text.h"

namespace favilla {
namespace {

constexpr size_t kMaxErrorText_bytes = 500;

std::string dump(const SortedJson& message) {
  return message.dump(-1, ' ', false, SortedJson::error_handler_t::replace);
}

Error broken(const char* what) {
  return {ErrorKind::kCorrupt, fmt::format("the server sent {}", what)};
}

RpcError error_of(const SortedJson& error) {
  RpcError read;
  const auto code = error.find("code");
  const auto message = error.find("message");
  const auto data = error.find("data");
  if (code != error.end() && code->is_number_integer()) read.code = code->get<int64_t>();
  if (message != error.end() && message->is_string()) {
    read.message = shown_line(message->get_ref<const std::string&>(), kMaxErrorText_bytes);
  }
  if (data != error.end()) read.data = *data;
  return read;
}

}  // namespace

std::string text_of(const RpcRequest& request) {
  return dump({{"jsonrpc", "2.0"}, {"id", request.id}, {"method", request.method}, {"params", request.params}});
}

std::string notification_text(std::string_view method, const SortedJson& params) {
  return dump({{"jsonrpc", "2.0"}, {"method", method}, {"params", params}});
}

Result<RpcMessage> parse_message(std::string_view text) {
  if (text.size() > kMaxMessage_bytes) return Error{ErrorKind::kExhausted, "the server sent a message over 4 MiB"};
  Result<SortedJson> json = parse_sorted_json(text);
  if (!json) return broken("something that is not JSON, or nests too deeply");
  if (!json->is_object() || json->value("jsonrpc", SortedJson()) != "2.0") return broken("no JSON-RPC 2.0 message");
  RpcMessage message;
  if (json->contains("id")) message.id = (*json)["id"];
  const bool has_id = message.id.is_string() || message.id.is_number_integer();
  const auto method = json->find("method");
  if (method != json->end()) {
    if (!method->is_string()) return broken("a method that is no text");
    message.kind = has_id ? RpcMessage::Kind::kRequest : RpcMessage::Kind::kNotification;
    message.method = method->get<std::string>();
    return message;
  }
  const auto error = json->find("error");
  if (error != json->end() && error->is_object()) {
    message.kind = RpcMessage::Kind::kError;
    message.error = error_of(*error);
    return message;
  }
  const auto result = json->find("result");
  if (result == json->end() || !result->is_object() || !has_id) return broken("neither a result nor an error");
  message.kind = RpcMessage::Kind::kResult;
  message.result = std::move(*result);
  return message;
}

std::string answer_to(const RpcMessage& request) {
  SortedJson answer{{"jsonrpc", "2.0"}, {"id", request.id}};
  if (request.method == "ping") {
    answer["result"] = SortedJson::object();
  } else {
    answer["error"] = {{"code", kMethodNotFound}, {"message", "not offered by this client"}};
  }
  return dump(answer);
}

std::optional<RpcReply> reply_in(RpcMessage message, int64_t id) {
  if (message.kind == RpcMessage::Kind::kResult && message.id == id) return RpcReply{std::move(message.result), {}};
  // A server that could not read the request's id answers with none; only one request is ever under way.
  const bool ours = message.id == id || message.id.is_null();
  if (message.kind == RpcMessage::Kind::kError && ours) return RpcReply{nullptr, std::move(message.error)};
  return std::nullopt;
}

Result<void> MessageLines::feed(std::string_view piece) {
  buffer_ += piece;
  if (std::min(buffer_.find('\n', searched_), buffer_.size()) <= kMaxMessage_bytes) return {};
  return Error{ErrorKind::kExhausted, "the server sent a message over 4 MiB"};
}

std::optional<std::string> MessageLines::next() {
  while (true) {
    const size_t end = buffer_.find('\n', searched_);
    if (end == std::string::npos) {
      searched_ = buffer_.size();
      return std::nullopt;
    }
    std::string line = buffer_.substr(0, end);
    buffer_.erase(0, end + 1);
    searched_ = 0;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty()) return line;
  }
}

}  // namespace favilla

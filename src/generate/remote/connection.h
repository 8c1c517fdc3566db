// HTTP with one server: requests one after the other over a connection that stays open. Internal to generate.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/cancel.h"
#include "base/result.h"

namespace favilla {

struct ServerRequest {
  std::string url;
  std::string body = {};  // JSON, which makes it a POST
  std::string key = {};   // bearer token
  int timeout_s = 60;     // the longest silence, before the first byte and between two
  bool use_proxy = true;  // that of the environment, if there is one
};

struct ReplyHead {
  int status = 0;
  std::string content_type;  // in lower case
  std::optional<std::chrono::seconds> retry_after;
};

// Gets each piece of the body with the head. An error of it ends the exchange and is its outcome.
using ReplySink = std::function<Result<void>(const ReplyHead& head, std::string_view bytes)>;

struct ExchangeEnd {
  ReplyHead head = {};
  std::optional<Error> error = std::nullopt;  // kNetwork, kCancelled, or the sink's; any status is a reply
  bool worth_retrying = false;                // nothing answered, or it broke off before a byte of the body came
};

// Belongs to one thread. Redirects are not followed, so that the key and the words stay where they belong.
class ServerConnection {
 public:
  ServerConnection();
  ~ServerConnection();
  ServerConnection(const ServerConnection&) = delete;
  ServerConnection& operator=(const ServerConnection&) = delete;

  // Looks at `cancel` twenty times a second. Errors are the end of a sentence that begins with the server's name.
  ExchangeEnd exchange(const ServerRequest& request, const ReplySink& sink, const CancelFlag* cancel);

 private:
  struct Handles;
  std::unique_ptr<Handles> handles_;
};

}  // namespace favilla

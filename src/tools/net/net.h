// Talking to servers that the owner named in config.toml: HTTP requests, and mail handed to an SMTP server.
//
//   const NetReply reply = TRY(http_request({.url = url + "/api/states", .bearer_token = token}, context.cancel));
//   if (reply.status == 200) use(reply.body);
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"

namespace favilla {

inline constexpr size_t kMaxReply_bytes = size_t{16} << 20;

using Headers = std::vector<std::pair<std::string, std::string>>;

struct NetReply {
  int status = 0;
  std::string body;
  Headers headers = {};  // names in lower case

  // The first header of that name (in lower case); empty when there is none.
  std::string_view header(std::string_view name) const;
};

struct NetRequest {
  std::string url;        // http or https; redirects are not followed, so that a token stays where it belongs
  std::string post = "";  // a JSON body makes it a POST
  std::string bearer_token = "";
  int timeout_s = 10;
  std::string method = "";  // empty: POST with a body, GET without
  Headers headers = {};
  size_t max_reply_bytes = kMaxReply_bytes;
  // Called with each piece of the body as it comes, which then is not kept; status and headers are known by then. false
  // ends the transfer, and that is no error.
  std::function<bool(const NetReply& so_far, std::string_view piece)> on_piece = nullptr;
};

struct UrlParts {
  std::string scheme;  // in lower case
  std::string host;
  bool has_user = false;     // a name or a password before the host
  bool is_loopback = false;  // the host is this computer, whatever a name server says
};

// kInvalidArgument for what libcurl would not take either.
Result<UrlParts> parse_url(const std::string& url);

// kNetwork when nothing, or too much, comes back; then nobody knows whether a POST had an effect, except that "nothing
// answers there" (kIo) tells that the request was never sent. kCancelled. Any status is a reply.
Result<NetReply> http_request(const NetRequest& request, const CancelFlag& cancel);

struct MailToSend {
  std::string server_url;  // smtp://host:port, smtps://...
  std::string user = "";
  std::string password = "";
  std::string from;  // the address alone, as are those of `to`
  std::vector<std::string> to;
  std::string message;  // RFC 5322, lines end with CRLF
  bool require_tls = true;
};

// kNetwork: the server had begun to take the text, and nobody knows whether it will deliver it. Every other error says
// that it will not.
Result<void> send_mail(const MailToSend& mail, const CancelFlag& cancel);

}  // namespace favilla

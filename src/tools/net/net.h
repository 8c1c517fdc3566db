// Talking to servers that the owner named in config.toml: HTTP requests, and mail handed to an SMTP server.
//
//   const NetReply reply = TRY(http_request({.url = url + "/api/states", .bearer_token = token}, context.cancel));
//   if (reply.status == 200) use(reply.body);
#pragma once

#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"

namespace favilla {

inline constexpr size_t kMaxReply_bytes = size_t{16} << 20;

struct NetRequest {
  std::string url;        // http or https; redirects are not followed, so that a token stays where it belongs
  std::string post = "";  // a JSON body makes it a POST
  std::string bearer_token = "";
  int timeout_s = 10;
};

struct NetReply {
  int status = 0;
  std::string body;
};

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

// libcurl's own parser, so that what is checked here is what is asked later.
#include "generate/remote/address.h"

#include <curl/curl.h>

#include <memory>

namespace favilla {
namespace {

struct UrlCloser {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, UrlCloser>;

// Empty when the part is absent.
std::string part_of(const Url& url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url.get(), part, &text, 0) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

// libcurl writes every form of an IPv4 address with four numbers, and resolves "localhost" itself.
bool is_loopback(const std::string& host) {
  const bool is_ipv4 = host.find_first_not_of("0123456789.") == std::string::npos;
  return host == "localhost" || host == "[::1]" || (is_ipv4 && host.starts_with("127."));
}

}  // namespace

Result<ServerAddress> parse_server_address(const std::string& text) {
  const Url url(curl_url());
  const bool parsed = url != nullptr && curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) == CURLUE_OK;
  const std::string scheme = parsed ? part_of(url, CURLUPART_SCHEME) : "";
  if (scheme != "http" && scheme != "https") {
    return Error{ErrorKind::kInvalidArgument, "must be an address such as \"http://127.0.0.1:8080/v1\""};
  }
  for (const CURLUPart part : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_FRAGMENT}) {
    if (part_of(url, part).empty()) continue;
    return Error{ErrorKind::kInvalidArgument, "must be an address without user, password, \"?\" and \"#\""};
  }
  const std::string host = part_of(url, CURLUPART_HOST);
  const std::string port = part_of(url, CURLUPART_PORT);
  return ServerAddress{.shown = port.empty() ? host : host + ":" + port,
                       .is_https = scheme == "https",
                       .is_loopback = is_loopback(host)};
}

}  // namespace favilla

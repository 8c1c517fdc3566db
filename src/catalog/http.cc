// The only file that includes libcurl. The multi interface is used for one transfer only, because its poll can be
// bounded: Ctrl+C must not wait for the peer.
#include "catalog/http.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <memory>
#include <string_view>

namespace favilla {
namespace {

constexpr int kPoll_ms = 100;
constexpr long kConnectTimeout_s = 15;
constexpr long kMaxRedirects = 8;

struct EasyCloser {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct MultiCloser {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct HeadersCloser {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct UrlCloser {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Easy = std::unique_ptr<CURL, EasyCloser>;
using Multi = std::unique_ptr<CURLM, MultiCloser>;
using Headers = std::unique_ptr<curl_slist, HeadersCloser>;
using Url = std::unique_ptr<CURLU, UrlCloser>;

// libcurl's own parser, so that what is checked here is what is fetched later. Null for text that is no address.
Url parse_url(const std::string& text) {
  Url url(curl_url());
  if (url != nullptr && curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) url.reset();
  return url;
}

// Empty when the part is absent.
std::string url_part(const Url& url, CURLUPart part) {
  char* text = nullptr;
  if (url == nullptr || curl_url_get(url.get(), part, &text, 0) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

// Addresses that no other machine can answer for. A name that only begins with "localhost" is not among them.
bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

bool is_plain_loopback(const std::string& address) {
  const Url url = parse_url(address);
  return url_part(url, CURLUPART_SCHEME) == "http" && is_loopback(url_part(url, CURLUPART_HOST));
}

// What the callbacks of one transfer share.
struct Transfer {
  Transfer(const HttpSink& to, CURL* from) : sink(to), easy(from) {}

  const HttpSink& sink;
  CURL* easy;
  HttpResponse response;
  bool headers_given = false;
  std::optional<Error> sink_error;

  // The final response is known by its first body byte: redirects have no body that libcurl would show us.
  bool give_headers() {
    if (headers_given) return true;
    headers_given = true;
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    response.status = static_cast<int>(status);
    return accept(sink.on_headers(response));
  }

  // Keeps the sink's error: libcurl itself can only say that writing failed.
  bool accept(Result<void> result) {
    if (!result) sink_error = std::move(result).error();
    return !sink_error.has_value();
  }
};

// HTTP/2 servers write header names in lower case.
bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && curl_strnequal(a.data(), b.data(), a.size()) != 0;
}

// Called by libcurl for every header line of every response on the way.
size_t on_header(char* data, size_t size, size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  HttpResponse& response = transfer.response;
  std::string_view line(data, size * count);
  if (line.starts_with("HTTP/")) {
    // A new response of a chain of redirects begins; only the hub's promise outlives it.
    std::string linked_etag = std::move(response.linked_etag);
    response = {};
    response.linked_etag = std::move(linked_etag);
    return size * count;
  }
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return size * count;
  const std::string_view name = line.substr(0, colon);
  std::string_view value = line.substr(colon + 1);
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  while (!value.empty() && (value.back() == '\r' || value.back() == '\n' || value.back() == ' '))
    value.remove_suffix(1);

  struct Field {
    std::string_view name;
    std::string HttpResponse::*target;
  };
  static constexpr std::array kFields{
      Field{"ETag", &HttpResponse::etag},
      Field{"Last-Modified", &HttpResponse::last_modified},
      Field{"X-Linked-Etag", &HttpResponse::linked_etag},
      Field{"Content-Type", &HttpResponse::content_type},
      Field{"Content-Range", &HttpResponse::content_range},
  };
  for (const Field& field : kFields) {
    if (equal_ignoring_case(name, field.name)) response.*field.target = value;
  }
  uint64_t length = 0;
  if (equal_ignoring_case(name, "Content-Length") &&
      std::from_chars(value.data(), value.data() + value.size(), length).ec == std::errc()) {
    response.content_length = length;
  }
  return size * count;
}

// Returning less than was given makes libcurl stop with CURLE_WRITE_ERROR.
size_t on_body(char* data, size_t size, size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const size_t bytes = size * count;
  if (!transfer.give_headers()) return 0;
  return transfer.accept(transfer.sink.on_body(std::as_bytes(std::span(data, bytes)))) ? bytes : 0;
}

// The returned list of headers must outlive the transfer.
Headers configure(CURL* easy, const HttpRequest& request, Transfer& transfer) {
  const char* protocols = is_plain_loopback(request.url) ? "http,https" : "https";
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, protocols);
  curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, protocols);
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(easy, CURLOPT_MAXREDIRS, kMaxRedirects);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, kConnectTimeout_s);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(request.stall_timeout_s));
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "favilla/" FAVILLA_VERSION);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
  if (!request.bearer_token.empty()) {
    // As an option and not as a header of ours, so that libcurl drops it when a redirect leads to another host.
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BEARER));
    curl_easy_setopt(easy, CURLOPT_XOAUTH2_BEARER, request.bearer_token.c_str());
  }
  curl_slist* headers = nullptr;
  if (request.range_start > 0) {
    headers = curl_slist_append(headers, fmt::format("Range: bytes={}-", request.range_start).c_str());
    if (!request.if_range.empty()) headers = curl_slist_append(headers, ("If-Range: " + request.if_range).c_str());
  }
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  return Headers(headers);
}

// Runs to the end, or to the first sign of `cancel`: nullopt.
std::optional<CURLcode> perform(CURLM* multi, const CancelFlag* cancel) {
  int running = 1;
  while (running > 0) {
    if (cancel != nullptr && cancel->requested()) return std::nullopt;
    if (curl_multi_perform(multi, &running) != CURLM_OK) return CURLE_FAILED_INIT;
    if (running > 0 && curl_multi_poll(multi, nullptr, 0, kPoll_ms, nullptr) != CURLM_OK) return CURLE_FAILED_INIT;
  }
  int left = 0;
  const CURLMsg* message = curl_multi_info_read(multi, &left);
  return message == nullptr ? CURLE_FAILED_INIT : message->data.result;
}

// Faults of the line, which a second attempt may not meet; an unknown host or a bad certificate stays what it is.
bool is_line_fault(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_SSL_CONNECT_ERROR:
      return true;
    default:
      return false;
  }
}

// The common faults in words; libcurl's own text for the rare ones.
std::string describe(CURLcode code, const char* detail, int stall_timeout_s) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return "its address cannot be found; is this machine online?";
    case CURLE_COULDNT_CONNECT:
      return "nothing answers there";
    case CURLE_OPERATION_TIMEDOUT:
      return fmt::format("no data for {} s", stall_timeout_s);
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
      return "the connection was closed early";
    case CURLE_UNSUPPORTED_PROTOCOL:
      return "it redirects to an address that is not https";
    case CURLE_TOO_MANY_REDIRECTS:
      return "it redirects without end";
    default:
      return detail[0] != '\0' ? detail : curl_easy_strerror(code);
  }
}

}  // namespace

Result<void> check_url(const std::string& text) {
  const Url url = parse_url(text);
  if (url == nullptr) return Error{ErrorKind::kInvalidArgument, fmt::format("{} is not an address", text)};
  const std::string scheme = url_part(url, CURLUPART_SCHEME);
  if (!url_part(url, CURLUPART_USER).empty()) {
    return Error{ErrorKind::kInvalidArgument, "an address with a user name or password in it is not accepted"};
  }
  if (scheme == "https" || (scheme == "http" && is_loopback(url_part(url, CURLUPART_HOST)))) return {};
  return Error{ErrorKind::kInvalidArgument, fmt::format("{}: only https addresses are accepted", public_url(text))};
}

std::string host_of(const std::string& url) {
  return url_part(parse_url(url), CURLUPART_HOST);
}

std::string public_url(const std::string& text) {
  const Url url = parse_url(text);
  if (url == nullptr) return {};
  for (const CURLUPart part : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_FRAGMENT}) {
    curl_url_set(url.get(), part, nullptr, 0);
  }
  return url_part(url, CURLUPART_URL);
}

HttpOutcome http_get(const HttpRequest& request, const HttpSink& sink, const CancelFlag* cancel) {
  if (const Result<void> checked = check_url(request.url); !checked) return {checked.error()};
  const Easy easy(curl_easy_init());
  // Declared after `easy`, so that it is cleaned up before it: libcurl asks for this order.
  const Multi multi(curl_multi_init());
  if (easy == nullptr || multi == nullptr)
    return {Error{ErrorKind::kInternal, "libcurl cannot be loaded (Debian: libcurl4)"}};
  Transfer transfer(sink, easy.get());
  const Headers headers = configure(easy.get(), request, transfer);
  std::array<char, CURL_ERROR_SIZE> detail{};
  curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, detail.data());
  curl_multi_add_handle(multi.get(), easy.get());
  const std::optional<CURLcode> code = perform(multi.get(), cancel);
  if (code == CURLE_OK) transfer.give_headers();  // a response without a body
  curl_multi_remove_handle(multi.get(), easy.get());

  if (!code) return {Error{ErrorKind::kCancelled, "stopped"}};
  if (transfer.sink_error) return {std::move(transfer.sink_error)};
  if (code == CURLE_OK) return {};
  return {Error{ErrorKind::kNetwork, fmt::format("cannot fetch from {}: {}", host_of(request.url),
                                                 describe(*code, detail.data(), request.stall_timeout_s))},
          is_line_fault(*code)};
}

}  // namespace favilla

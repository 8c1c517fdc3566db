// The multi interface, because its poll can be bounded: whoever cancels must not wait for the peer.
#include "generate/remote/connection.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace favilla {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPoll_ms = 50;
constexpr long kConnectTimeout_s = 5;

struct EasyCloser {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct MultiCloser {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct HeadersCloser {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Headers = std::unique_ptr<curl_slist, HeadersCloser>;

// What the callbacks of one exchange share.
struct Exchange {
  CURL* easy;
  const ReplySink& sink;
  ReplyHead head = {};
  bool has_head = false;
  std::optional<Error> sink_error = std::nullopt;
  Clock::time_point last_news = Clock::now();

  void read_head() {
    if (has_head) return;
    has_head = true;
    long status = 0;
    curl_off_t retry_after_s = 0;
    const char* type = nullptr;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after_s);
    curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
    head.status = static_cast<int>(status);
    head.content_type = type != nullptr ? type : "";
    std::transform(head.content_type.begin(), head.content_type.end(), head.content_type.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (retry_after_s > 0) head.retry_after = std::chrono::seconds(retry_after_s);
  }
};

size_t on_header(char*, size_t size, size_t count, void* user) {
  static_cast<Exchange*>(user)->last_news = Clock::now();
  return size * count;
}

// Returning less than was given makes libcurl stop.
size_t on_body(char* data, size_t size, size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  exchange.last_news = Clock::now();
  exchange.read_head();
  Result<void> taken = exchange.sink(exchange.head, std::string_view(data, size * count));
  if (taken) return size * count;
  exchange.sink_error = std::move(taken).error();
  return 0;
}

// The returned headers must outlive the exchange.
Headers configure(const ServerRequest& request, Exchange& exchange) {
  CURL* easy = exchange.easy;
  curl_easy_reset(easy);
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, kConnectTimeout_s);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // whoever cancels does not wait for a name server either
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "favilla/" FAVILLA_VERSION);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange);
  if (!request.use_proxy) curl_easy_setopt(easy, CURLOPT_PROXY, "");
  if (!request.key.empty()) {
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BEARER));
    curl_easy_setopt(easy, CURLOPT_XOAUTH2_BEARER, request.key.c_str());
  }
  if (request.body.empty()) return {};
  // Without "Expect:" libcurl waits a second for the server's leave to send a long body.
  Headers headers(curl_slist_append(nullptr, "Content-Type: application/json"));
  curl_slist_append(headers.get(), "Expect:");
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.c_str());
  return headers;
}

// Why the loop ended.
struct LoopEnd {
  enum class Kind { kOver, kCancelled, kSilent };
  Kind kind = Kind::kOver;
  CURLcode code = CURLE_FAILED_INIT;
};

LoopEnd perform(CURLM* multi, const Exchange& exchange, std::chrono::seconds patience, const CancelFlag* cancel) {
  int running = 1;
  while (running > 0) {
    if (cancel != nullptr && cancel->requested()) return {LoopEnd::Kind::kCancelled};
    if (Clock::now() - exchange.last_news > patience) return {LoopEnd::Kind::kSilent};
    if (curl_multi_perform(multi, &running) != CURLM_OK) return {};
    if (running > 0 && curl_multi_poll(multi, nullptr, 0, kPoll_ms, nullptr) != CURLM_OK) return {};
  }
  int left = 0;
  const CURLMsg* message = curl_multi_info_read(multi, &left);
  return {LoopEnd::Kind::kOver, message == nullptr ? CURLE_FAILED_INIT : message->data.result};
}

// Nothing is there, or the line broke; an unknown host or a bad certificate stays what it is.
bool is_line_fault(CURLcode code) {
  constexpr CURLcode kCodes[] = {CURLE_COULDNT_CONNECT, CURLE_GOT_NOTHING, CURLE_SEND_ERROR,  CURLE_RECV_ERROR,
                                 CURLE_PARTIAL_FILE,    CURLE_HTTP2,       CURLE_HTTP2_STREAM};
  return std::find(std::begin(kCodes), std::end(kCodes), code) != std::end(kCodes);
}

std::string describe(CURLcode code, const char* detail) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return "its address cannot be found";
    case CURLE_COULDNT_CONNECT:
      return "nothing answers there";
    case CURLE_OPERATION_TIMEDOUT:
      return fmt::format("no connection within {} s", kConnectTimeout_s);
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
      return "the connection broke off";
    default:
      return detail[0] != '\0' ? detail : curl_easy_strerror(code);
  }
}

}  // namespace

struct ServerConnection::Handles {
  std::unique_ptr<CURL, EasyCloser> easy{curl_easy_init()};
  // Behind `easy`, so that it is cleaned up before it: libcurl asks for this order. It keeps the open connection.
  std::unique_ptr<CURLM, MultiCloser> multi{curl_multi_init()};
};

ServerConnection::ServerConnection() : handles_(std::make_unique<Handles>()) {}
ServerConnection::~ServerConnection() = default;

ExchangeEnd ServerConnection::exchange(const ServerRequest& request, const ReplySink& sink, const CancelFlag* cancel) {
  CURL* easy = handles_->easy.get();
  CURLM* multi = handles_->multi.get();
  if (easy == nullptr || multi == nullptr)
    return {.error = Error{ErrorKind::kInternal, "libcurl cannot be loaded (Debian: libcurl4)"}};
  Exchange exchange{.easy = easy, .sink = sink};
  const Headers headers = configure(request, exchange);
  std::array<char, CURL_ERROR_SIZE> detail{};
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, detail.data());
  curl_multi_add_handle(multi, easy);
  const LoopEnd end = perform(multi, exchange, std::chrono::seconds(request.timeout_s), cancel);
  const bool had_body = exchange.has_head;
  if (end.kind == LoopEnd::Kind::kOver && end.code == CURLE_OK) exchange.read_head();  // a reply without a body
  curl_multi_remove_handle(multi, easy);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, nullptr);

  ExchangeEnd result{.head = std::move(exchange.head)};
  if (end.kind == LoopEnd::Kind::kCancelled) {
    result.error = Error{ErrorKind::kCancelled, "stopped"};
  } else if (end.kind == LoopEnd::Kind::kSilent) {
    result.error = Error{ErrorKind::kNetwork, fmt::format("no word for {} s", request.timeout_s)};
  } else if (exchange.sink_error) {
    result.error = std::move(exchange.sink_error);
  } else if (end.code != CURLE_OK) {
    result.error = Error{ErrorKind::kNetwork, describe(end.code, detail.data())};
    result.worth_retrying = !had_body && is_line_fault(end.code);
  }
  return result;
}

}  // namespace favilla

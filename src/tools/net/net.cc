// The only file below tools that includes libcurl. One transfer at a time, over the multi interface, because its poll
// can be bounded: whoever cancels must not wait for the peer.
#include "tools/net/net.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <memory>

namespace favilla {
namespace {

constexpr int kPoll_ms = 50;
constexpr long kConnectTimeout_s = 5;
constexpr long kMailTimeout_s = 60;
constexpr long kSmtpRefusal = 400;

template <auto close>
struct Closer {
  template <class T>
  void operator()(T* handle) const {
    close(handle);
  }
};
using Easy = std::unique_ptr<CURL, Closer<curl_easy_cleanup>>;
using Multi = std::unique_ptr<CURLM, Closer<curl_multi_cleanup>>;
using List = std::unique_ptr<curl_slist, Closer<curl_slist_free_all>>;

constexpr size_t kMaxHeaders = 200;
constexpr size_t kMaxHeader_bytes = size_t{8} << 10;

struct Received {
  const NetRequest& request;
  CURL* easy;
  NetReply reply;
  size_t count_bytes = 0;
  bool too_long = false;
  bool enough = false;  // whoever reads the pieces wants no more
};

// Libcurl calls it with whole lines, the one with the status first.
size_t on_header(char* data, size_t size, size_t count, void* user) {
  auto& headers = static_cast<Received*>(user)->reply.headers;
  const std::string_view line(data, size * count);
  if (line.starts_with("HTTP/")) headers.clear();  // what came before was a "100 Continue"
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || line.size() > kMaxHeader_bytes || headers.size() == kMaxHeaders) {
    return line.size();
  }
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  const size_t begin = std::min(line.find_first_not_of(" \t", colon + 1), line.size());
  const size_t end = line.find_last_not_of(" \t\r\n") + 1;
  headers.emplace_back(std::move(name), begin < end ? line.substr(begin, end - begin) : std::string_view());
  return line.size();
}

size_t on_body(char* data, size_t size, size_t count, void* user) {
  auto& received = *static_cast<Received*>(user);
  const size_t length = size * count;
  received.count_bytes += length;
  received.too_long = received.count_bytes > received.request.max_reply_bytes;
  if (received.too_long) return 0;  // makes libcurl stop
  if (!received.request.on_piece) {
    received.reply.body.append(data, length);
    return length;
  }
  long status = 0;
  curl_easy_getinfo(received.easy, CURLINFO_RESPONSE_CODE, &status);
  received.reply.status = static_cast<int>(status);
  received.enough = !received.request.on_piece(received.reply, {data, length});
  return received.enough ? 0 : length;
}

struct Upload {
  std::string_view rest;
  bool begun = false;
};

size_t on_upload(char* buffer, size_t size, size_t count, void* user) {
  auto& upload = *static_cast<Upload*>(user);
  const size_t length = std::min(size * count, upload.rest.size());
  std::memcpy(buffer, upload.rest.data(), length);
  upload.rest.remove_prefix(length);
  upload.begun = true;
  return length;
}

// Faults before anything was sent.
bool never_reached(CURLcode code) {
  constexpr CURLcode kCodes[] = {CURLE_COULDNT_RESOLVE_HOST,     CURLE_COULDNT_CONNECT,  CURLE_URL_MALFORMAT,
                                 CURLE_UNSUPPORTED_PROTOCOL,     CURLE_LOGIN_DENIED,     CURLE_USE_SSL_FAILED,
                                 CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR};
  return std::find(std::begin(kCodes), std::end(kCodes), code) != std::end(kCodes);
}

std::string describe(CURLcode code, const char* detail) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return "its address cannot be found";
    case CURLE_COULDNT_CONNECT:
      return "nothing answers there";
    case CURLE_OPERATION_TIMEDOUT:
      return "it does not answer in time";
    case CURLE_LOGIN_DENIED:
      return "it does not accept the user name or the password";
    default:
      return detail[0] != '\0' ? detail : curl_easy_strerror(code);
  }
}

// Runs the transfer to its end. `where` begins the sentence of an error.
Result<void> run_transfer(CURL* easy, const std::string& where, const CancelFlag& cancel) {
  const Multi multi(curl_multi_init());
  if (multi == nullptr) return Error{ErrorKind::kInternal, "libcurl cannot be loaded (Debian: libcurl4)"};
  std::array<char, CURL_ERROR_SIZE> detail{};
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, detail.data());
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, kConnectTimeout_s);
  curl_multi_add_handle(multi.get(), easy);
  int running = 1;
  bool failed = false;
  while (running > 0 && !failed && !cancel.requested()) {
    failed = curl_multi_perform(multi.get(), &running) != CURLM_OK;
    if (running > 0 && !failed) failed = curl_multi_poll(multi.get(), nullptr, 0, kPoll_ms, nullptr) != CURLM_OK;
  }
  int left = 0;
  const CURLMsg* message = running > 0 || failed ? nullptr : curl_multi_info_read(multi.get(), &left);
  const CURLcode code = message == nullptr ? CURLE_FAILED_INIT : message->data.result;
  curl_multi_remove_handle(multi.get(), easy);
  if (running > 0 && cancel.requested()) return Error{ErrorKind::kCancelled, "stopped"};
  if (code == CURLE_OK) return {};
  return Error{never_reached(code) ? ErrorKind::kIo : ErrorKind::kNetwork,
               fmt::format("{}: {}", where, describe(code, detail.data()))};
}

using Url = std::unique_ptr<CURLU, Closer<curl_url_cleanup>>;

std::string url_part(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return "";
  std::string copy = text;
  curl_free(text);
  return copy;
}

std::string host_of(const std::string& url) {
  const Result<UrlParts> parts = parse_url(url);
  return parts ? parts->host : url;
}

bool is_this_computer(const std::string& host) {
  in_addr four{};
  in6_addr six{};
  if (host == "localhost") return true;
  if (inet_pton(AF_INET, host.c_str(), &four) == 1) return ntohl(four.s_addr) >> 24 == 127;
  if (!host.starts_with('[') || !host.ends_with(']')) return false;
  return inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

List header_list(const NetRequest& request) {
  curl_slist* list = request.post.empty() ? nullptr : curl_slist_append(nullptr, "Content-Type: application/json");
  for (const auto& [name, value] : request.headers) {
    list = curl_slist_append(list, fmt::format("{}: {}", name, value).c_str());
  }
  return List(list);
}

}  // namespace

std::string_view NetReply::header(std::string_view name) const {
  const auto found = std::find_if(headers.begin(), headers.end(), [&](const auto& each) { return each.first == name; });
  return found == headers.end() ? std::string_view() : found->second;
}

Result<UrlParts> parse_url(const std::string& url) {
  const Url parsed(curl_url());
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) {
    return Error{ErrorKind::kInvalidArgument, fmt::format("\"{}\" is not an address", url)};
  }
  UrlParts parts{url_part(parsed.get(), CURLUPART_SCHEME), url_part(parsed.get(), CURLUPART_HOST)};
  parts.has_user =
      !url_part(parsed.get(), CURLUPART_USER).empty() || !url_part(parsed.get(), CURLUPART_PASSWORD).empty();
  parts.is_loopback = is_this_computer(parts.host);
  return parts;
}

Result<NetReply> http_request(const NetRequest& request, const CancelFlag& cancel) {
  const Easy easy(curl_easy_init());
  if (easy == nullptr) return Error{ErrorKind::kInternal, "libcurl cannot be loaded (Debian: libcurl4)"};
  Received received{request, easy.get(), {}};
  curl_easy_setopt(easy.get(), CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT, static_cast<long>(request.timeout_s));
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &received);
  curl_easy_setopt(easy.get(), CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy.get(), CURLOPT_HEADERDATA, &received);
  const List headers = header_list(request);
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
  if (!request.method.empty()) curl_easy_setopt(easy.get(), CURLOPT_CUSTOMREQUEST, request.method.c_str());
  if (!request.post.empty()) {
    curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(request.post.size()));
    curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDS, request.post.c_str());
  }
  if (!request.bearer_token.empty()) {
    curl_easy_setopt(easy.get(), CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BEARER));
    curl_easy_setopt(easy.get(), CURLOPT_XOAUTH2_BEARER, request.bearer_token.c_str());
  }
  const Result<void> done = run_transfer(easy.get(), fmt::format("cannot ask {}", host_of(request.url)), cancel);
  if (received.too_long) return Error{ErrorKind::kNetwork, fmt::format("{} answers without end", host_of(request.url))};
  if (!done && !received.enough) return done.error();
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  received.reply.status = static_cast<int>(status);
  return std::move(received.reply);
}

Result<void> send_mail(const MailToSend& mail, const CancelFlag& cancel) {
  const Easy easy(curl_easy_init());
  if (easy == nullptr) return Error{ErrorKind::kInternal, "libcurl cannot be loaded (Debian: libcurl4)"};
  Upload upload{mail.message};
  curl_slist* list = nullptr;
  for (const std::string& address : mail.to) list = curl_slist_append(list, address.c_str());
  const List recipients(list);
  curl_easy_setopt(easy.get(), CURLOPT_URL, mail.server_url.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(easy.get(), CURLOPT_USE_SSL, static_cast<long>(mail.require_tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT, kMailTimeout_s);
  curl_easy_setopt(easy.get(), CURLOPT_MAIL_FROM, mail.from.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_MAIL_RCPT, recipients.get());
  curl_easy_setopt(easy.get(), CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_READFUNCTION, on_upload);
  curl_easy_setopt(easy.get(), CURLOPT_READDATA, &upload);
  if (!mail.user.empty()) {
    curl_easy_setopt(easy.get(), CURLOPT_USERNAME, mail.user.c_str());
    curl_easy_setopt(easy.get(), CURLOPT_PASSWORD, mail.password.c_str());
  }
  Result<void> done = run_transfer(easy.get(), fmt::format("cannot send by {}", host_of(mail.server_url)), cancel);
  if (done) return done;
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  // Before the text was asked for, nothing is sent; after it, a refusal says so. The last reply of a server that
  // vanishes in between is 354, "go on".
  Error error = std::move(done).error();
  const bool unsent = !upload.begun || status >= kSmtpRefusal;
  if (unsent && error.kind == ErrorKind::kNetwork) error.kind = ErrorKind::kIo;
  if (!unsent) error.kind = ErrorKind::kNetwork;
  if (status >= kSmtpRefusal) error.message += fmt::format(" (it answered {})", status);
  return error;
}

}  // namespace favilla

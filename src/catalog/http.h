// One HTTP GET. Policy (resume, retries, digests) lives in download.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "base/cancel.h"
#include "base/result.h"

namespace favilla {

struct HttpRequest {
  std::string url;  // https, or http on the loopback interface
  std::string bearer_token;
  uint64_t range_start = 0;  // > 0: asks for the bytes from there on
  std::string if_range;      // only if the content still has this ETag or date
  int stall_timeout_s = 30;
};

struct HttpResponse {
  int status = 0;
  std::string etag;
  std::string last_modified;
  std::string linked_etag;  // X-Linked-Etag of any response on the way: the digest that a model hub promises
  std::string content_type;
  std::string content_range;
  std::optional<uint64_t> content_length;
};

// Where the final response goes (not the redirects before it). An error of either ends the transfer and is its outcome.
struct HttpSink {
  std::function<Result<void>(const HttpResponse&)> on_headers;
  std::function<Result<void>(std::span<const std::byte>)> on_body;
};

struct HttpOutcome {
  std::optional<Error> error;
  bool worth_retrying = false;  // the line failed, not the request
};

// Follows redirects to https addresses (from a loopback address also to http). Looks at `cancel` ten times a second.
HttpOutcome http_get(const HttpRequest& request, const HttpSink& sink, const CancelFlag* cancel);

// kInvalidArgument, in one sentence, for an address that http_get would refuse.
Result<void> check_url(const std::string& url);

std::string host_of(const std::string& url);

// The address without user, query and fragment: what may be shown and stored.
std::string public_url(const std::string& url);

}  // namespace favilla

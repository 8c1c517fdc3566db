// HTTP downloads that survive a bad line: resumed, verified, retried with back-off, stopped within a tenth of a second.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/result.h"
#include "catalog/transfer.h"

namespace favilla {

struct DownloadOptions {
  std::string url;
  std::string bearer_token;  // sent to the URL's own host only
  std::string sha256;        // expected; empty: unknown
  uint64_t bytes = 0;        // expected; 0: unknown
  int stall_timeout_s = 30;  // below 1 byte/s for so long: the connection is given up and tried again
};

// Fetches into `target`, by way of "target.part" and its notes "target.part.json". The target appears only when it is
// whole and its digest, where one is known (given, or told by a model hub's X-Linked-Etag), is right. Returns its
// sha256.
//
// A part left by an earlier attempt is continued when the server can tell that the content is the same (ETag or
// Last-Modified with If-Range) or the digest is known; otherwise it is fetched anew. Addresses must be https, or http
// on the loopback interface. The usual proxy variables are respected.
//
// Errors: kInvalidArgument (address), kNotFound (404, 410), kPermission (401, 403), kNetwork, kCorrupt (not a GGUF,
// wrong digest), kExhausted (disk), kCancelled. Except for kCorrupt the part is kept.
Result<std::string> download_model(const DownloadOptions& options, const std::filesystem::path& target,
                                   const TransferHooks& hooks);

// A small text, such as a model hub's JSON: with the same retries. kExhausted beyond 16 MiB.
Result<std::string> download_text(const DownloadOptions& options, const TransferHooks& hooks);

}  // namespace favilla

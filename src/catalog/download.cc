// The policy around http_get: what a part on the disk is worth, when to try again, when to believe the bytes.
#include "catalog/download.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <string_view>
#include <thread>

#include "base/file.h"
#include "base/json.h"
#include "base/sha256.h"
#include "catalog/http.h"
#include "catalog/names.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr int kMaxFailuresInRow = 5;  // attempts that bring nothing new
constexpr int kMaxAttempts = 200;     // also when each brings a little
constexpr int kMaxFetches = 2;        // after a wrong digest the whole file is fetched once more
constexpr milliseconds kFirstPause{250};
constexpr milliseconds kSleepStep{50};
constexpr size_t kTextLimit_bytes = size_t{16} << 20;
constexpr size_t kNotesLimit_bytes = size_t{64} << 10;
constexpr std::string_view kMagic = "GGUF";

// 200: the whole content, also when a range was asked for; 206: the range.
bool is_success(int status) {
  return status == 200 || status == 206;
}

// "Too slow", "too many requests" and the server's own faults: worth another attempt.
bool is_transient(int status) {
  return status == 408 || status == 429 || status >= 500;
}

// The error kinds decide the exit code, so "not there" and "not allowed" are told apart from faults of the network.
Error status_error(const std::string& url, int status) {
  const std::string address = public_url(url);
  switch (status) {
    case 404:
    case 410:
      return {ErrorKind::kNotFound, fmt::format("{} does not exist (HTTP {})", address, status)};
    case 401:
    case 403:
      return {ErrorKind::kPermission,
              fmt::format("{} may not be fetched (HTTP {}); a private or gated model needs a token in HF_TOKEN",
                          address, status)};
    default:
      return {ErrorKind::kNetwork, fmt::format("{} answers with HTTP {}", address, status)};
  }
}

// Sleeps unless cancelled.
void pause_for(milliseconds pause, const TransferHooks& hooks) {
  const auto end = std::chrono::steady_clock::now() + pause;
  while (!hooks.cancelled() && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(kSleepStep);
}

struct Attempt {
  HttpOutcome outcome;
  bool brought_bytes = false;
};

// Runs attempts until one succeeds, one fails for good, or patience ends.
Result<void> retry(const TransferHooks& hooks, const std::function<Attempt()>& attempt_once) {
  int failures_in_row = 0;
  milliseconds pause = kFirstPause;
  for (int attempt = 1;; ++attempt) {
    Attempt result = attempt_once();
    if (!result.outcome.error) return {};
    Error error = std::move(*result.outcome.error);
    // libcurl reports a stop as a fault of the line now and then; the flag knows better.
    if (error.kind == ErrorKind::kCancelled || hooks.cancelled()) return cancelled_transfer();
    if (!result.outcome.worth_retrying) return error;
    // A bad line that still brings something deserves patience: only attempts without a byte count in a row.
    if (result.brought_bytes) {
      failures_in_row = 0;
      pause = kFirstPause;
    }
    if (++failures_in_row == kMaxFailuresInRow || attempt == kMaxAttempts) {
      error.message +=
          fmt::format(" ({} attempts); what was fetched is kept, the same command goes on from there", attempt);
      return error;
    }
    hooks.note(fmt::format("{}; trying again", error.message));
    pause_for(pause, hooks);
    pause *= 2;
  }
}

struct ContentRange {
  std::optional<uint64_t> start;  // absent in "bytes */N"
  std::optional<uint64_t> total;
};

// "bytes 100-199/200", "bytes */200" (RFC 9110, section 14.4).
ContentRange parse_content_range(std::string_view text) {
  ContentRange range;
  const auto number_at = [&](size_t at) -> std::optional<uint64_t> {
    uint64_t value = 0;
    const std::string_view digits = at < text.size() ? text.substr(at) : std::string_view();
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return parsed.ec == std::errc() ? std::optional(value) : std::nullopt;
  };
  if (!text.starts_with("bytes ")) return range;
  range.start = number_at(6);
  const size_t slash = text.find('/');
  if (slash != std::string_view::npos) range.total = number_at(slash + 1);
  return range;
}

// What is known about the content of a part, kept beside it so that a later process can go on.
struct PartNotes {
  std::string url;
  std::string validator;  // a strong ETag, else Last-Modified, else empty
  std::string sha256;     // expected; empty: unknown
  uint64_t total_bytes = 0;

  bool can_resume() const { return !validator.empty() || !sha256.empty(); }
};

// The notes lie on a disk that others can write to, so every field is checked for its type.
PartNotes read_notes(const fs::path& path) {
  const Result<std::string> text = read_file(path, kNotesLimit_bytes);
  const Result<SortedJson> json = text ? parse_sorted_json(*text) : Result<SortedJson>(text.error());
  // Notes that cannot be read are no notes: the part is fetched anew.
  if (!json || !json->is_object()) return {};
  const auto string_of = [&](const char* key) {
    const auto found = json->find(key);
    return found != json->end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  PartNotes notes{.url = string_of("url"), .validator = string_of("validator"), .sha256 = string_of("sha256")};
  const auto total = json->find("total_bytes");
  if (total != json->end() && total->is_number_unsigned()) notes.total_bytes = total->get<uint64_t>();
  return notes;
}

// Written before the first byte of the body: a part without notes could belong to any content.
Result<void> write_notes(const fs::path& path, const PartNotes& notes) {
  return write_file_atomically(path, to_json_text({{"url", notes.url},
                                                   {"validator", notes.validator},
                                                   {"sha256", notes.sha256},
                                                   {"total_bytes", notes.total_bytes}}));
}

// A weak ETag promises only equivalent content, not equal bytes, and RFC 9110 forbids it in If-Range.
std::string validator_of(const HttpResponse& response) {
  const bool strong = !response.etag.empty() && !response.etag.starts_with("W/");
  return strong ? response.etag : response.last_modified;
}

// A digest of a model hub arrives in quotes.
std::string linked_sha256(const HttpResponse& response) {
  std::string_view text = response.linked_etag;
  while (text.starts_with('"')) text.remove_prefix(1);
  while (text.ends_with('"')) text.remove_suffix(1);
  return is_sha256(text) ? std::string(text) : std::string();
}

// One file on its way: the part, its notes, and the attempts that make it grow.
class PartDownload {
 public:
  PartDownload(const DownloadOptions& options, const fs::path& target, const TransferHooks& hooks, GrowingFile part)
      : options_(options),
        part_path_(target.string() + ".part"),
        notes_path_(target.string() + ".part.json"),
        hooks_(hooks),
        part_(std::move(part)) {
    notes_ = read_notes(notes_path_);
    const bool same = notes_.url == options_.url && (options_.sha256.empty() || notes_.sha256 == options_.sha256);
    if (!same)
      notes_ = {.url = options_.url, .validator = {}, .sha256 = options_.sha256, .total_bytes = options_.bytes};
    resumes_ = same;
  }

  // Makes the part whole, as far as lengths can tell.
  Result<void> run() {
    // Without notes that fit, what lies there is the part of another address or another content.
    if (!resumes_) TRY(part_.truncate(0));
    TRY(retry(hooks_, [this] { return attempt(); }));
    return part_.finish();
  }

  Result<void> start_anew() {
    notes_.validator.clear();
    resumes_ = false;
    return {};
  }

  const std::string& expected_sha256() const { return notes_.sha256; }

 private:
  // The length alone: whether the bytes are right is the digest's business.
  bool is_whole() const { return notes_.total_bytes > 0 && part_.size_bytes() == notes_.total_bytes; }

  // One request. Decides from the notes where to go on, and afterwards whether another attempt makes sense.
  Attempt attempt() {
    const uint64_t before_bytes = part_.size_bytes();
    const bool too_long = notes_.total_bytes > 0 && before_bytes > notes_.total_bytes;
    if (before_bytes > 0 && (too_long || !notes_.can_resume())) {
      if (const Result<void> emptied = part_.truncate(0); !emptied) return {{emptied.error()}};
    }
    // An earlier process fetched the last byte and was stopped before it could verify.
    if (is_whole()) return {};
    restart_wanted_ = false;
    status_ = 0;
    const HttpRequest request{.url = options_.url,
                              .bearer_token = options_.bearer_token,
                              .range_start = part_.size_bytes(),
                              .if_range = notes_.validator,
                              .stall_timeout_s = options_.stall_timeout_s};
    HttpOutcome outcome = http_get(request,
                                   {.on_headers = [this](const HttpResponse& r) { return on_headers(r); },
                                    .on_body = [this](std::span<const std::byte> b) { return on_body(b); }},
                                   hooks_.cancel);
    // A clean end before the announced length: libcurl cannot know the length that the hub had told.
    if (!outcome.error && notes_.total_bytes > 0 && part_.size_bytes() < notes_.total_bytes) {
      outcome = {Error{ErrorKind::kNetwork, "the connection was closed early"}, true};
    }
    // The server has told that the part is of no use; the next attempt asks for everything.
    if (restart_wanted_) {
      if (const Result<void> emptied = part_.truncate(0); !emptied) return {{emptied.error()}};
      notes_.validator.clear();
    }
    outcome.worth_retrying = outcome.worth_retrying || restart_wanted_ || is_transient(status_);
    return {std::move(outcome), part_.size_bytes() > before_bytes};
  }

  // Called before the first byte of the final response. An error here costs nothing but the headers.
  Result<void> on_headers(const HttpResponse& response) {
    status_ = response.status;
    if (response.status == 416) return on_unsatisfiable(response);
    if (!is_success(response.status)) return status_error(options_.url, response.status);
    content_is_page_ = response.content_type.starts_with("text/html");
    if (response.status == 206) {
      TRY(check_continuation(response));
    } else if (part_.size_bytes() > 0) {
      // The server cannot continue, or says that the content has changed.
      TRY(part_.truncate(0));
    }
    return take_over(response);
  }

  // The server has no bytes beyond the part: either it is whole, or it is a part of something else.
  Result<void> on_unsatisfiable(const HttpResponse& response) {
    const std::optional<uint64_t> total = parse_content_range(response.content_range).total;
    if (total && *total > 0 && *total == part_.size_bytes()) {
      notes_.total_bytes = *total;
      ignore_body_ = true;
      return {};
    }
    restart_wanted_ = true;
    return Error{ErrorKind::kNetwork, "the file on the server has changed"};
  }

  // A server that ignores If-Range must not make a file of two halves.
  Result<void> check_continuation(const HttpResponse& response) {
    const ContentRange range = parse_content_range(response.content_range);
    const std::string validator = validator_of(response);
    const bool same_content = notes_.validator.empty() || validator.empty() || validator == notes_.validator;
    if (range.start == part_.size_bytes() && same_content) return {};
    restart_wanted_ = true;
    return Error{ErrorKind::kNetwork, "the server sends another part than was asked for"};
  }

  // Learns size, validator and digest; refuses what does not fit before the first byte is written.
  Result<void> take_over(const HttpResponse& response) {
    ignore_body_ = false;
    if (response.content_length) {
      const uint64_t total_bytes = part_.size_bytes() + *response.content_length;
      if (options_.bytes > 0 && total_bytes != options_.bytes) {
        return Error{ErrorKind::kCorrupt, fmt::format("{} offers {} bytes, but {} were announced",
                                                      public_url(options_.url), total_bytes, options_.bytes)};
      }
      notes_.total_bytes = total_bytes;
      TRY(require_free_space(part_path_.parent_path(), *response.content_length));
    } else {
      notes_.total_bytes = options_.bytes;
    }
    notes_.validator = validator_of(response);
    if (notes_.sha256.empty()) notes_.sha256 = linked_sha256(response);
    return write_notes(notes_path_, notes_);
  }

  // The part never grows beyond what was announced, and never begins with anything but the magic of a GGUF: a login
  // page or an archive is noticed at its first byte and not after gigabytes.
  Result<void> on_body(std::span<const std::byte> bytes) {
    if (ignore_body_) return {};
    for (uint64_t at = part_.size_bytes(); at < kMagic.size() && at - part_.size_bytes() < bytes.size(); ++at) {
      if (std::to_integer<char>(bytes[at - part_.size_bytes()]) != kMagic[at]) return not_a_model();
    }
    if (notes_.total_bytes > 0 && bytes.size() > notes_.total_bytes - part_.size_bytes()) {
      return Error{ErrorKind::kCorrupt, fmt::format("{} sends more than it announced", public_url(options_.url))};
    }
    TRY(part_.append(bytes));
    hooks_.report(part_.size_bytes(), notes_.total_bytes);
    return {};
  }

  Error not_a_model() const {
    return {ErrorKind::kCorrupt, fmt::format("{} is {}, not a GGUF model", public_url(options_.url),
                                             content_is_page_ ? "a web page" : "some other file")};
  }

  const DownloadOptions& options_;
  fs::path part_path_;
  fs::path notes_path_;
  const TransferHooks& hooks_;
  GrowingFile part_;
  PartNotes notes_;
  bool resumes_ = false;
  bool restart_wanted_ = false;
  bool ignore_body_ = false;
  bool content_is_page_ = false;
  int status_ = 0;
};

// A digest that does not match says that some byte is wrong, not which one: everything is fetched once more.
Result<std::string> fetch_and_verify(const DownloadOptions& options, const fs::path& target,
                                     const TransferHooks& hooks) {
  const fs::path part_path = target.string() + ".part";
  PartDownload download(options, target, hooks, TRY(GrowingFile::open(part_path)));
  std::string digest;
  for (int fetch = 1; fetch <= kMaxFetches; ++fetch) {
    TRY(download.run());
    digest = TRY(sha256_of_file(part_path, hooks.cancel));
    if (download.expected_sha256().empty() || digest == download.expected_sha256()) {
      if (::rename(part_path.c_str(), target.c_str()) != 0) return errno_error("cannot rename", part_path, errno);
      return digest;
    }
    if (fetch < kMaxFetches) hooks.note("the bytes arrived damaged; fetching them again");
    TRY(download.start_anew());
  }
  return Error{ErrorKind::kCorrupt, fmt::format("{} has the sha256 {}, but {} was expected; it was thrown away",
                                                public_url(options.url), digest, download.expected_sha256())};
}

}  // namespace

Result<std::string> download_model(const DownloadOptions& options, const fs::path& target, const TransferHooks& hooks) {
  TRY(check_url(options.url));
  Result<std::string> digest = fetch_and_verify(options, target, hooks);
  // Bytes that failed their check must not be continued by the next attempt.
  const bool worthless = !digest && digest.error().kind == ErrorKind::kCorrupt;
  std::error_code code;
  if (worthless) fs::remove(target.string() + ".part", code);
  if (worthless || digest) fs::remove(target.string() + ".part.json", code);
  if (!digest && digest.error().kind == ErrorKind::kCancelled) return cancelled_transfer();
  return digest;
}

Result<std::string> download_text(const DownloadOptions& options, const TransferHooks& hooks) {
  std::string text;
  int status = 0;
  const HttpSink sink{
      .on_headers = [&](const HttpResponse& response) -> Result<void> {
        status = response.status;
        if (status != 200) return status_error(options.url, status);
        return {};
      },
      .on_body = [&](std::span<const std::byte> bytes) -> Result<void> {
        if (text.size() + bytes.size() > kTextLimit_bytes) {
          return Error{ErrorKind::kExhausted, fmt::format("{} answers with too much", public_url(options.url))};
        }
        text.append(static_cast<const char*>(static_cast<const void*>(bytes.data())), bytes.size());
        return {};
      }};
  TRY(retry(hooks, [&] {
    text.clear();
    status = 0;
    HttpOutcome outcome = http_get({.url = options.url,
                                    .bearer_token = options.bearer_token,
                                    .range_start = 0,
                                    .if_range = {},
                                    .stall_timeout_s = options.stall_timeout_s},
                                   sink, hooks.cancel);
    outcome.worth_retrying = outcome.worth_retrying || is_transient(status);
    return Attempt{std::move(outcome), false};
  }));
  return text;
}

}  // namespace favilla

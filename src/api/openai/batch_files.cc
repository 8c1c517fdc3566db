// The two files of a batch: see batch.h.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <unordered_map>
#include <utility>

#include "api/openai/batch.h"
#include "api/openai/members.h"
#include "base/file.h"
#include "base/sha256.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxFile_bytes = size_t{1} << 30;
constexpr size_t kIdDigits = 24;
constexpr int64_t kFlush_ms = 1000;

int64_t now_ms() {
  using std::chrono::milliseconds;
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Of a line with a custom_id, which no other has, or of a broken one, which may stand there twice.
std::string row_id(std::string_view line, size_t number, bool is_broken) {
  const std::string text = is_broken ? fmt::format("{} {}", number, line) : std::string(line);
  Sha256 hash;
  hash.update(std::as_bytes(std::span(text)));
  return "batch_req_" + hash.hex().substr(0, kIdDigits);
}

std::string custom_id_of(std::string_view line) {
  const ApiResult<Json> json = parse_object(line);
  if (!json.value) return {};
  const auto id = json.value->find("custom_id");
  return id != json.value->end() && id->is_string() ? id->get<std::string>() : std::string();
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

// Calls `each` with every line and its number; a last line without its end counts too.
template <class Each>
Result<void> for_each_line(std::string_view text, const Each& each) {
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    TRY(each(text.substr(0, end), number));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

}  // namespace

BatchFiles::BatchFiles(BatchFiles&& other) noexcept
    : text_(std::move(other.text_)),
      rows_(std::move(other.rows_)),
      answered_(std::move(other.answered_)),
      output_(std::move(other.output_)),
      fd_(std::exchange(other.fd_, -1)),
      already_answered_(other.already_answered_),
      torn_bytes_(other.torn_bytes_),
      last_row_(other.last_row_),
      is_ordered_(other.is_ordered_),
      flushed_ms_(other.flushed_ms_) {}

BatchFiles::~BatchFiles() {
  if (fd_ >= 0) ::close(fd_);
}

Result<BatchFiles> BatchFiles::open(const fs::path& input, const fs::path& output) {
  std::error_code ignored;
  if (fs::equivalent(input, output, ignored)) {
    return Error{ErrorKind::kInvalidArgument,
                 output.string() + ": is the input, too; name another file for the answers"};
  }
  BatchFiles files;
  files.text_ = std::make_unique<const std::string>(TRY(read_file(input, kMaxFile_bytes)));
  TRY(files.read_rows().context(input.string()));
  TRY(files.read_answers(output));
  return files;
}

Result<void> BatchFiles::read_rows() {
  std::unordered_map<std::string, size_t> lines;  // by custom_id
  const auto note = [&](std::string_view line, size_t number) -> Result<void> {
    if (is_blank(line)) return {};
    BatchRow row{.line = number, .custom_id = custom_id_of(line), .id = {}, .text = line};
    row.id = row_id(line, number, row.custom_id.empty());
    const auto [first, is_new] = lines.emplace(row.custom_id, number);
    if (!is_new && !row.custom_id.empty()) {
      return Error{ErrorKind::kInvalidArgument,
                   fmt::format("line {} has the custom_id \"{}\" of line {}; each row needs its own", number,
                               row.custom_id, first->second)};
    }
    rows_.push_back(std::move(row));
    return {};
  };
  TRY(for_each_line(*text_, note));
  if (rows_.empty()) return Error{ErrorKind::kInvalidArgument, "there are no requests in it"};
  answered_.resize(rows_.size());
  return {};
}

Result<void> BatchFiles::read_answers(const fs::path& output) {
  output_ = output;
  fd_ = ::open(output.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd_ < 0) return errno_error("cannot write", output, errno);
  if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    return Error{ErrorKind::kBusy, output.string() + ": another favilla batch is writing it"};
  }
  std::string text = TRY(read_file(output, kMaxFile_bytes));
  const size_t whole = text.rfind('\n') + 1;  // npos + 1 is 0
  torn_bytes_ = text.size() - whole;
  text.resize(whole);
  TRY(for_each_line(text, [&](std::string_view line, size_t number) {
        return note_answer(line, number);
      }).context(output.string()));
  // Only now: a file that is not ours stays as it is.
  if (torn_bytes_ > 0 && ::ftruncate(fd_, static_cast<off_t>(whole)) != 0) {
    return errno_error("cannot cut", output, errno);
  }
  return {};
}

Result<void> BatchFiles::note_answer(std::string_view line, size_t number) {
  const Result<Json> json = parse_json(line);
  const bool is_answer = json && json->is_object() && json->contains("id") && json->at("id").is_string() &&
                         json->contains("custom_id") && json->contains("response") && json->contains("error");
  if (!is_answer) return Error{ErrorKind::kCorrupt, fmt::format("line {} is not an answer of a batch", number)};
  const std::string id = json->at("id").get<std::string>();
  const Json& custom_id = json->at("custom_id");
  // Answers mostly stand in order, so the search begins behind the last one.
  for (size_t i = 0; i < rows_.size(); ++i) {
    const size_t row = (last_row_ + i) % rows_.size();
    const bool same_id = rows_[row].id == id;
    const bool same_custom_id = custom_id.is_string() && custom_id == rows_[row].custom_id;
    if (!same_id && !same_custom_id) continue;
    if (!same_id) {
      return Error{ErrorKind::kCorrupt,
                   fmt::format("line {} answers another request with the custom_id {}; name another "
                               "file for the answers",
                               number, to_json_text(custom_id))};
    }
    if (answered_[row]) return Error{ErrorKind::kCorrupt, fmt::format("line {} is a second answer", number)};
    answered_[row] = true;
    ++already_answered_;
    is_ordered_ = is_ordered_ && row >= last_row_;
    last_row_ = row + 1;
    return {};
  }
  return Error{ErrorKind::kCorrupt,
               fmt::format("line {} answers {}, which the input does not ask; name another file for "
                           "the answers",
                           number, to_json_text(custom_id))};
}

Result<void> BatchFiles::append(size_t row, const Json& answer) {
  const std::string line = to_json_text(answer) + '\n';
  const off_t before = ::lseek(fd_, 0, SEEK_END);
  size_t written = 0;
  while (written < line.size()) {
    const ssize_t count = ::write(fd_, line.data() + written, line.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int error = errno;
      // Half a line would be cut off by the next start in any case; without it the file is whole now.
      const bool is_cut = before >= 0 && ::ftruncate(fd_, before) == 0;
      return errno_error(is_cut ? "cannot write" : "cannot write the end of", output_, error);
    }
    written += static_cast<size_t>(count);
  }
  answered_[row] = true;
  is_ordered_ = is_ordered_ && row >= last_row_;
  last_row_ = row + 1;
  // A killed process loses nothing; a power failure at most the answers of a second.
  if (const int64_t now = now_ms(); now - flushed_ms_ >= kFlush_ms) {
    ::fdatasync(fd_);
    flushed_ms_ = now;
  }
  return {};
}

Result<void> BatchFiles::finish() {
  if (::fdatasync(fd_) != 0 && errno != EINVAL) return errno_error("cannot write", output_, errno);
  if (is_ordered_) return {};
  const std::string text = TRY(read_file(output_, kMaxFile_bytes));
  std::unordered_map<std::string, std::string_view> lines;  // by id
  const auto note = [&](std::string_view line, size_t) -> Result<void> {
    const Json json = TRY(parse_json(line));
    lines[json.value("id", "")] = line;
    return {};
  };
  TRY(for_each_line(text, note));
  std::string ordered;
  for (const BatchRow& row : rows_) {
    const auto line = lines.find(row.id);
    if (line != lines.end()) ordered += std::string(line->second) + '\n';
  }
  return write_file_atomically(output_, ordered);
}

}  // namespace favilla

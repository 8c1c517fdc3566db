// See terminal_lines.h.
#include "cli/terminal_lines.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/file.h"
#include "base/utf8.h"

namespace favilla::cli {
namespace {

constexpr size_t kLineLimitBytes = size_t{16} << 20;  // no model has a window for more

}  // namespace

Result<Line> PipeLines::read() {
  size_t searched = 0;  // what came before holds no line break: a long line must not cost quadratic time
  size_t line_break = held_.find('\n');
  while (line_break == std::string::npos && !at_end_) {
    searched = held_.size();
    if (!TRY(read_more())) break;
    if (held_.size() > kLineLimitBytes) {
      return Error{ErrorKind::kExhausted,
                   fmt::format("a line of standard input is longer than {} MiB", kLineLimitBytes >> 20)};
    }
    line_break = held_.find('\n', searched);
  }
  // What was read of an interrupted line stays held: it belongs to the next read, if there is one.
  if (interrupted_) {
    interrupted_ = false;
    return Line{.end = signals_.termination() != 0 ? LineEnd::kTerminated : LineEnd::kInterrupted, .text = {}};
  }
  if (line_break == std::string::npos && held_.empty()) return Line{.end = LineEnd::kEndOfInput, .text = {}};

  // The last line may lack its line break; Windows adds a carriage return to it.
  std::string text = held_.substr(0, line_break);
  const size_t taken = std::min(text.size() + 1, held_.size());
  held_.erase(0, taken);
  if (const size_t bad = find_invalid_utf8(text); bad < text.size()) {
    return Error{ErrorKind::kInvalidArgument,
                 fmt::format("standard input is not UTF-8 text: byte {} is 0x{:02X}", handed_out_bytes_ + bad,
                             static_cast<unsigned char>(text[bad]))};
  }
  handed_out_bytes_ += taken;
  if (text.ends_with('\r')) text.pop_back();
  return Line{.end = LineEnd::kLine, .text = std::move(text)};
}

// Waits for data and for signals alike: a read(2) alone would leave Ctrl+C unheard while a pipe is silent.
Result<bool> PipeLines::read_more() {
  std::array<pollfd, 2> watched{
      {{.fd = signals_.wake_fd(), .events = POLLIN, .revents = 0}, {.fd = fd_, .events = POLLIN, .revents = 0}}};
  while (::poll(watched.data(), watched.size(), -1) < 0) {
    if (errno != EINTR) return errno_error("cannot wait for", "standard input", errno);
  }
  interrupted_ = watched[0].revents != 0;
  if (interrupted_) return false;
  std::array<char, 65536> buffer;
  const ssize_t count = ::read(fd_, buffer.data(), buffer.size());
  if (count < 0) return errno_error("cannot read", "standard input", errno);
  at_end_ = count == 0;
  held_.append(buffer.data(), static_cast<size_t>(count));
  return !at_end_;
}

}  // namespace favilla::cli

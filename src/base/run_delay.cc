// The second number of /proc/thread-self/schedstat, see the kernel's Documentation/scheduler/sched-stats.rst.
#include "base/run_delay.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <utility>

namespace favilla {

RunDelay RunDelay::of_this_thread() {
  RunDelay delay;
  delay.fd_ = ::open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
  return delay;
}

RunDelay::RunDelay(RunDelay&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

RunDelay& RunDelay::operator=(RunDelay&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

RunDelay::~RunDelay() {
  if (fd_ >= 0) ::close(fd_);
}

std::optional<std::chrono::nanoseconds> RunDelay::total() const {
  char buffer[96];
  const ssize_t count = fd_ < 0 ? -1 : ::pread(fd_, buffer, sizeof buffer, 0);
  if (count <= 0) return std::nullopt;
  std::string_view text(buffer, static_cast<size_t>(count));
  text.remove_prefix(std::min(text.find(' ') + 1, text.size()));
  int64_t waited_ns = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), waited_ns).ec != std::errc()) return std::nullopt;
  return std::chrono::nanoseconds(waited_ns);
}

}  // namespace favilla

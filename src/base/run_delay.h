// How long a thread had to wait for a core although it had work.
#pragma once

#include <chrono>
#include <optional>

namespace favilla {

// The kernel's account of one thread. Move-only; read from any thread.
class RunDelay {
 public:
  // Of the calling thread.
  static RunDelay of_this_thread();

  RunDelay() = default;
  RunDelay(RunDelay&& other) noexcept;
  RunDelay& operator=(RunDelay&& other) noexcept;
  ~RunDelay();

  // Since the thread began; nullopt where the kernel keeps no such account. Takes about a microsecond.
  std::optional<std::chrono::nanoseconds> total() const;

 private:
  int fd_ = -1;
};

}  // namespace favilla

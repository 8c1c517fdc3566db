// A flag that asks long work to stop. Set from any thread or from a signal handler; never reset by the worker.
#pragma once

#include <atomic>

namespace favilla {

class CancelFlag {
 public:
  void request() { flag_.store(true, std::memory_order_relaxed); }
  void clear() { flag_.store(false, std::memory_order_relaxed); }
  bool requested() const { return flag_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> flag_{false};
  static_assert(std::atomic<bool>::is_always_lock_free, "set from signal handlers");
};

}  // namespace favilla

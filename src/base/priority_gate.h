// Lets foreground work make background work pause.
//
//   { const ForegroundScope scope(gate); ... }              // while it lives, background work pauses
//   if (gate.is_busy()) gate.wait_until_quiet(cancel);      // background work, now and then
//
// Any thread. Foreground work never waits here.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "base/cancel.h"

namespace favilla {

class PriorityGate {
 public:
  // Whether foreground work runs or has run a moment ago. Cheap: one load.
  bool is_busy() const { return busy_.load(std::memory_order_relaxed); }

  // Returns when no foreground work has run for kLinger (it comes in pieces: one token, then the next), or soon after
  // `cancel` (may be nullptr) was requested.
  void wait_until_quiet(const CancelFlag* cancel);

 private:
  friend class ForegroundScope;
  static constexpr std::chrono::milliseconds kLinger{20};

  void enter();
  void leave();

  std::atomic<bool> busy_{false};
  std::mutex mutex_;
  std::condition_variable left_;
  int inside_ = 0;
  std::chrono::steady_clock::time_point last_end_;
};

class ForegroundScope {
 public:
  explicit ForegroundScope(PriorityGate& gate) : gate_(gate) { gate_.enter(); }
  ForegroundScope(const ForegroundScope&) = delete;
  ForegroundScope& operator=(const ForegroundScope&) = delete;
  ~ForegroundScope() { gate_.leave(); }

 private:
  PriorityGate& gate_;
};

// A lock that is granted in the order of asking, so that two threads that take it again and again take turns.
class TicketLock {
 public:
  void lock();
  void unlock();

 private:
  std::atomic<uint32_t> next_{0};
  std::atomic<uint32_t> serving_{0};
};

}  // namespace favilla

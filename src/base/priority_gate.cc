// See priority_gate.h.
#include "base/priority_gate.h"

namespace favilla {

void PriorityGate::enter() {
  const std::lock_guard lock(mutex_);
  ++inside_;
  busy_.store(true, std::memory_order_relaxed);
}

void PriorityGate::leave() {
  const std::lock_guard lock(mutex_);
  --inside_;
  last_end_ = std::chrono::steady_clock::now();
  left_.notify_all();
}

void PriorityGate::wait_until_quiet(const CancelFlag* cancel) {
  std::unique_lock lock(mutex_);
  while (inside_ > 0 || std::chrono::steady_clock::now() - last_end_ < kLinger) {
    if (cancel != nullptr && cancel->requested()) return;
    left_.wait_for(lock, kLinger);  // also how soon a request to cancel is seen
  }
  busy_.store(false, std::memory_order_relaxed);
}

void TicketLock::lock() {
  const uint32_t ticket = next_.fetch_add(1, std::memory_order_relaxed);
  for (uint32_t serving = serving_.load(std::memory_order_acquire); serving != ticket;
       serving = serving_.load(std::memory_order_acquire)) {
    serving_.wait(serving, std::memory_order_acquire);
  }
}

void TicketLock::unlock() {
  serving_.fetch_add(1, std::memory_order_release);
  serving_.notify_all();
}

}  // namespace favilla

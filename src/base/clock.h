// The time of day, passed in so that tests and `--now` choose it.
#pragma once

#include <chrono>

namespace favilla {

// A moment on the UTC time line, without leap seconds.
using Moment = std::chrono::sys_time<std::chrono::milliseconds>;

// What a wall clock shows somewhere; which moment that is depends on the time zone.
using LocalSeconds = std::chrono::local_seconds;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Moment now() const = 0;
};

class SystemClock : public Clock {
 public:
  Moment now() const override {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }
};

// Stands still until it is set. For tests and for `--now`.
class FixedClock : public Clock {
 public:
  explicit FixedClock(Moment now) : now_(now) {}
  Moment now() const override { return now_; }
  void set(Moment now) { now_ = now; }

 private:
  Moment now_;
};

}  // namespace favilla

// How often and how long to wait for a server that is busy or not there: exponential back-off with full jitter, so that
// many who were refused together do not come back together.
#pragma once

#include <chrono>
#include <optional>

#include "base/random.h"

namespace favilla {

class RetrySchedule {
 public:
  static constexpr std::chrono::milliseconds kFirstWait{500};
  static constexpr std::chrono::milliseconds kLongestWait{8'000};
  static constexpr std::chrono::seconds kLongestAsked{30};

  // `retries` attempts after the first one. `random` must outlive the schedule.
  RetrySchedule(int retries, Random& random) : left_(retries), random_(random) {}

  // The wait before the next attempt: anything up to a bound that doubles each time; behind what the server asked for
  // (Retry-After), if it did. nullopt: no more attempts, or the server asks for more patience than kLongestAsked.
  std::optional<std::chrono::milliseconds> next(std::optional<std::chrono::seconds> asked);

 private:
  int left_;
  std::chrono::milliseconds bound_ = kFirstWait;
  Random& random_;
};

}  // namespace favilla

// See retry.h.
#include "generate/remote/retry.h"

#include <algorithm>

namespace favilla {

std::optional<std::chrono::milliseconds> RetrySchedule::next(std::optional<std::chrono::seconds> asked) {
  if (left_ <= 0 || (asked && *asked > kLongestAsked)) return std::nullopt;
  --left_;
  const std::chrono::milliseconds jitter(random_.next_below(static_cast<uint32_t>(bound_.count()) + 1));
  bound_ = std::min(bound_ * 2, kLongestWait);
  return std::max(asked.value_or(std::chrono::seconds(0)), std::chrono::seconds(0)) + jitter;
}

}  // namespace favilla

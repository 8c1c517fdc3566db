// The waits between attempts, with a seeded generator.
#include "generate/remote/retry.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace favilla {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(RetrySchedule, doubles_the_bound_of_its_jitter_up_to_the_longest_wait) {
  constexpr int kRetries = 8;
  milliseconds longest[kRetries] = {};
  milliseconds shortest[kRetries];
  std::fill(std::begin(shortest), std::end(shortest), milliseconds::max());
  Random random(7);
  for (int round = 0; round < 1000; ++round) {
    RetrySchedule schedule(kRetries, random);
    for (int i = 0; i < kRetries; ++i) {
      const std::optional<milliseconds> wait = schedule.next({});
      ASSERT_TRUE(wait.has_value());
      longest[i] = std::max(longest[i], *wait);
      shortest[i] = std::min(shortest[i], *wait);
    }
    ASSERT_FALSE(schedule.next({}).has_value());
  }
  milliseconds bound = RetrySchedule::kFirstWait;
  for (int i = 0; i < kRetries; ++i, bound = std::min(bound * 2, RetrySchedule::kLongestWait)) {
    EXPECT_LE(longest[i], bound) << i;
    EXPECT_GT(longest[i], bound * 9 / 10) << i;  // the whole of it is used
    EXPECT_LT(shortest[i], bound / 10) << i;     // from zero on: full jitter
  }
}

TEST(RetrySchedule, waits_as_long_as_the_server_asks_and_a_little_more) {
  Random random(7);
  RetrySchedule schedule(2, random);
  const std::optional<milliseconds> wait = schedule.next(seconds(3));
  ASSERT_TRUE(wait.has_value());
  EXPECT_GE(*wait, seconds(3));
  EXPECT_LE(*wait, seconds(3) + RetrySchedule::kFirstWait);
}

TEST(RetrySchedule, gives_up_when_the_server_asks_for_more_than_it_would_wait) {
  Random random(7);
  RetrySchedule schedule(2, random);
  EXPECT_FALSE(schedule.next(RetrySchedule::kLongestAsked + seconds(1)).has_value());
  EXPECT_TRUE(schedule.next(RetrySchedule::kLongestAsked).has_value());
}

TEST(RetrySchedule, never_tries_again_without_retries) {
  Random random(7);
  EXPECT_FALSE(RetrySchedule(0, random).next({}).has_value());
}

}  // namespace
}  // namespace favilla

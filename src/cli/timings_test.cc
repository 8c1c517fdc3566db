// Percentiles by nearest rank; the expected values are those of the example in Wikipedia's article "Percentile".
#include "cli/timings.h"

#include <gtest/gtest.h>

namespace favilla::cli {
namespace {

TEST(Timings, GiveTheNearestRankOfRunsInAnyOrder) {
  Timings timings;
  for (const double seconds : {40.0, 15.0, 50.0, 20.0, 35.0}) timings.add(seconds);
  EXPECT_EQ(timings.percentile_s(5), 15);
  EXPECT_EQ(timings.percentile_s(30), 20);
  EXPECT_EQ(timings.percentile_s(40), 20);
  EXPECT_EQ(timings.percentile_s(50), 35);
  EXPECT_EQ(timings.percentile_s(100), 50);
  EXPECT_EQ(timings.p95_ms(), 50'000);
  EXPECT_EQ(timings.fastest_s(), 15);
  EXPECT_EQ(timings.slowest_s(), 50);
}

TEST(Timings, OfOneRunAreThatRun) {
  Timings timings;
  timings.add(2);
  EXPECT_EQ(timings.percentile_s(1), 2);
  EXPECT_EQ(timings.p50_ms(), 2000);
  EXPECT_EQ(timings.p95_ms(), 2000);
}

}  // namespace
}  // namespace favilla::cli

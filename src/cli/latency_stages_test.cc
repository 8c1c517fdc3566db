// The one stage that needs no model, and the verdict.
#include "cli/latency_stages.h"

#include <gtest/gtest.h>

namespace favilla::cli {
namespace {

TEST(LatencyStage, PassesUpToItsBarAtTheNinetyFifthPercentile) {
  LatencyStage stage{"a stage", 10, {}};
  for (int i = 0; i < 95; ++i) stage.timings.add(0.010);
  for (int i = 0; i < 5; ++i) stage.timings.add(1);
  EXPECT_TRUE(stage.passes()) << "5 of 100 may be slower";
  stage.timings.add(1);
  EXPECT_FALSE(stage.passes());
}

TEST(TerminalWrites, AreTimedOnceForEachEventAndNeverBlock) {
  const CancelFlag cancel;
  const Result<Timings> timings = time_terminal_writes(cancel, 2000);
  ASSERT_TRUE(timings) << timings.error().message;
  EXPECT_EQ(timings->count(), 2000U) << "more than a pseudo-terminal's buffer holds";
  EXPECT_GT(timings->fastest_s(), 0);
}

}  // namespace
}  // namespace favilla::cli

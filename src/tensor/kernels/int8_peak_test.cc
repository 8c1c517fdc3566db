// The loops count what they do; how fast they are is for `favilla bench --limits` to say.
#include "tensor/kernels/int8_peak.h"

#include <gtest/gtest.h>

namespace favilla {
namespace {

TEST(Int8Peak, CountsTheProductsOfWholeRounds) {
  const Isa isa = best_isa(detect_cpu());
  const int64_t one_round = run_int8_peak(isa, 1);
  EXPECT_EQ(run_int8_peak(isa, 1000), 1000 * one_round);
  EXPECT_EQ(run_int8_peak(isa, 0), 0);
}

TEST(Int8Peak, OfTheScalarKernelsIsUnknown) {
  EXPECT_EQ(run_int8_peak(Isa::kScalar, 1000), 0);
}

}  // namespace
}  // namespace favilla

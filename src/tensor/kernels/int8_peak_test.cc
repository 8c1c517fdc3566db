// The loops count what they do; how fast they are is for `favilla bench --limits` to say.
#include "tensor/kernels/int8_peak.h"

#include <gtest/gtest.h>

namespace favilla {
namespace {

TEST(Int8Peak, CountsTheProductsOfWholeRoundsOnEveryInstructionSetButTheScalar) {
  for (const Isa isa : kIsas) {
    if (isa == Isa::kScalar || !has_isa(detect_cpu(), isa)) continue;
    const int64_t one_round = run_int8_peak(isa, 1);
    EXPECT_GT(one_round, 0) << isa_name(isa);
    EXPECT_EQ(run_int8_peak(isa, 1000), 1000 * one_round) << isa_name(isa);
    EXPECT_EQ(run_int8_peak(isa, 0), 0) << isa_name(isa);
  }
}

TEST(Int8Peak, OfTheScalarKernelsIsUnknown) {
  EXPECT_EQ(run_int8_peak(Isa::kScalar, 1000), 0);
}

}  // namespace
}  // namespace favilla

// NEON with dot products: sdot makes 16 products and adds them to 32-bit sums.
#include <arm_neon.h>

#include "tensor/kernels/int8_peak.h"

namespace favilla {
namespace {

constexpr int kSums = 16;  // independent chains: the latency is 3 or 4 cycles, and up to four start in each
constexpr int64_t kProducts = 16;

}  // namespace

int64_t run_int8_peak_neon(int64_t rounds) {
  int32x4_t sums[kSums] = {};
  int8x16_t weights = vdupq_n_s8(3);
  const int8x16_t activations = vdupq_n_s8(5);
  for (int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 16
    for (int32x4_t& sum : sums) {
      asm volatile("" : "+w"(weights));  // or the compiler would see that all sums are the same
      sum = vdotq_s32(sum, weights, activations);
    }
  }
  for (int32x4_t& sum : sums) asm volatile("" : "+w"(sum));  // the sums are used
  return rounds * kSums * kProducts;
}

}  // namespace favilla

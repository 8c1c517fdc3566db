// AVX2: maddubs makes 32 products and adds them in pairs, paddw adds the pairs up. That is what 4- and 5-bit weights
// need; widening to 32 bits comes once in several rounds and is left out.
#include <immintrin.h>

#include "tensor/kernels/int8_peak.h"

namespace favilla {
namespace {

constexpr int kSums = 12;  // independent chains, enough to hide the latencies
constexpr int64_t kProducts = 32;

}  // namespace

int64_t run_int8_peak_avx2(int64_t rounds) {
  __m256i sums[kSums] = {};
  __m256i weights = _mm256_set1_epi8(3);
  const __m256i activations = _mm256_set1_epi8(5);
  for (int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
    for (__m256i& sum : sums) {
      asm volatile("" : "+x"(weights));  // or the products would be computed once, before the loop
      sum = _mm256_add_epi16(sum, _mm256_maddubs_epi16(weights, activations));
    }
  }
  for (__m256i& sum : sums) asm volatile("" : "+x"(sum));  // the sums are used
  return rounds * kSums * kProducts;
}

}  // namespace favilla

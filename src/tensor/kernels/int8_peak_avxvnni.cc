// AVX-VNNI: vpdpbusd makes 32 products and adds them to 32-bit sums.
#include <immintrin.h>

#include "tensor/kernels/int8_peak.h"

namespace favilla {
namespace {

constexpr int kSums = 12;  // independent chains: the latency is 5 cycles, and two start in each
constexpr int64_t kProducts = 32;

}  // namespace

int64_t run_int8_peak_avxvnni(int64_t rounds) {
  __m256i sums[kSums] = {};
  __m256i weights = _mm256_set1_epi8(3);
  const __m256i activations = _mm256_set1_epi8(5);
  for (int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
    for (__m256i& sum : sums) {
      asm volatile("" : "+x"(weights));  // or the compiler would see that all sums are the same
      sum = _mm256_dpbusd_avx_epi32(sum, weights, activations);
    }
  }
  for (__m256i& sum : sums) asm volatile("" : "+x"(sum));  // the sums are used
  return rounds * kSums * kProducts;
}

}  // namespace favilla

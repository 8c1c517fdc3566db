// AVX-512 VNNI: vpdpbusd makes 64 products and adds them to 32-bit sums.
#include <immintrin.h>

#include "tensor/kernels/int8_peak.h"

namespace favilla {
namespace {

constexpr int kSums = 12;  // independent chains: the latency is 5 cycles, and two start in each
constexpr int64_t kProducts = 64;

}  // namespace

int64_t run_int8_peak_avx512vnni(int64_t rounds) {
  __m512i sums[kSums] = {};
  __m512i weights = _mm512_set1_epi8(3);
  const __m512i activations = _mm512_set1_epi8(5);
  for (int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
    for (__m512i& sum : sums) {
      asm volatile("" : "+v"(weights));  // or the compiler would see that all sums are the same
      sum = _mm512_dpbusd_epi32(sum, weights, activations);
    }
  }
  for (__m512i& sum : sums) asm volatile("" : "+v"(sum));  // the sums are used
  return rounds * kSums * kProducts;
}

}  // namespace favilla

// The screen for AVX2 without VNNI: a pair of products is at most 2 * 15 * 127 = 3,810, and eight of them, 30,480, fit
// into an int16.
#include <immintrin.h>

#include "tensor/kernels/kernels.h"

namespace favilla {
namespace {

#include "tensor/kernels/screen_256_inl.h"

inline Floats sum_nibbles(const std::byte* quants, const int8_t* activations) {
  const __m256i mask = _mm256_set1_epi8(0x0F);
  __m256i pairs = _mm256_setzero_si256();
  for (int i = 0; i < 4; ++i) {
    const __m256i nibbles = load_bytes(quants + i * 64);
    const __m256i first = _mm256_and_si256(nibbles, mask);
    const __m256i second = _mm256_and_si256(_mm256_srli_epi16(nibbles, 4), mask);
    pairs = _mm256_add_epi16(pairs, _mm256_maddubs_epi16(first, splat_four(activations + 4 * i)));
    pairs = _mm256_add_epi16(pairs, _mm256_maddubs_epi16(second, splat_four(activations + 16 + 4 * i)));
  }
  return _mm256_cvtepi32_ps(_mm256_madd_epi16(pairs, _mm256_set1_epi16(16)));
}

// Order matters: the loops are written in terms of the registers above.
#include "tensor/kernels/screen_inl.h"

}  // namespace

void screen_avx2(const Matrix& matrix, Range panels, const QuantizedRows& x, int64_t token, float* approximate,
                 float* deviation) {
  screen_panels(matrix, panels, x, token, approximate, deviation);
}

void multiply_planes_of_few_avx2(const Matrix& matrix, Range panels, const QuantizedRows& x, Range tokens, float* out,
                                 int64_t out_stride) {
  multiply_planes_of_few(matrix, panels, x, tokens, out, out_stride);
}

}  // namespace favilla

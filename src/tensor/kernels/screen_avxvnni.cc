// The screen for AVX-VNNI: a panel is two registers wide.
#include <immintrin.h>

#include "tensor/kernels/kernels.h"

namespace favilla {
namespace {

#include "tensor/kernels/screen_256_inl.h"

// The nibbles of the columns from 16 on stay where they are, so that their products have the factor 16 already.
inline Floats sum_nibbles(const std::byte* quants, const int8_t* activations) {
  const __m256i low_mask = _mm256_set1_epi8(0x0F);
  __m256i first = _mm256_setzero_si256();
  __m256i second = _mm256_setzero_si256();
  for (int i = 0; i < 4; ++i) {
    const __m256i nibbles = load_bytes(quants + i * 64);
    first = _mm256_dpbusd_avx_epi32(first, _mm256_and_si256(nibbles, low_mask), splat_four(activations + 4 * i));
    second =
        _mm256_dpbusd_avx_epi32(second, _mm256_andnot_si256(low_mask, nibbles), splat_four(activations + 16 + 4 * i));
  }
  return _mm256_cvtepi32_ps(_mm256_add_epi32(_mm256_slli_epi32(first, 4), second));
}

// Order matters: the loops are written in terms of the registers above.
#include "tensor/kernels/screen_inl.h"

}  // namespace

void screen_avxvnni(const Matrix& matrix, Range panels, const QuantizedRows& x, int64_t token, float* approximate,
                    float* deviation) {
  screen_panels(matrix, panels, x, token, approximate, deviation);
}

void multiply_planes_of_few_avxvnni(const Matrix& matrix, Range panels, const QuantizedRows& x, Range tokens,
                                    float* out, int64_t out_stride) {
  multiply_planes_of_few(matrix, panels, x, tokens, out, out_stride);
}

}  // namespace favilla

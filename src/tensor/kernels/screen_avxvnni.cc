// The screen for AVX-VNNI: a panel is two registers wide.
#include <immintrin.h>

#include "tensor/kernels/kernels.h"

namespace favilla {
namespace {

using Floats = __m256;
constexpr int kRegisterRows = 8;

inline __m256i load_bytes(const std::byte* source) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(source));
}

// Four activations for every row.
inline __m256i splat_four(const int8_t* source) {
  int32_t four = 0;
  __builtin_memcpy(&four, source, sizeof four);
  return _mm256_set1_epi32(four);
}

inline Floats load_halves(const std::byte* source) {
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(source)));
}

inline Floats splat(float value) {
  return _mm256_set1_ps(value);
}

inline Floats multiply(Floats a, Floats b) {
  return _mm256_mul_ps(a, b);
}

inline Floats multiply_add(Floats a, Floats b, Floats c) {
  return _mm256_fmadd_ps(a, b, c);
}

inline Floats square_root(Floats values) {
  return _mm256_sqrt_ps(values);
}

inline void store_floats(float* target, Floats values) {
  _mm256_storeu_ps(target, values);
}

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

}  // namespace favilla

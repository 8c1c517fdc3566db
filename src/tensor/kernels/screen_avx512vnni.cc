// The screen for AVX-512 VNNI: a panel is one register wide.
#include <immintrin.h>

#include "tensor/kernels/kernels.h"

namespace favilla {
namespace {

using Floats = __m512;
constexpr int kRegisterRows = 16;

inline __m512i load_bytes(const std::byte* source) {
  return _mm512_loadu_si512(source);
}

// Four activations for every row.
inline __m512i splat_four(const int8_t* source) {
  int32_t four = 0;
  __builtin_memcpy(&four, source, sizeof four);
  return _mm512_set1_epi32(four);
}

inline Floats load_halves(const std::byte* source) {
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(source)));
}

inline Floats splat(float value) {
  return _mm512_set1_ps(value);
}

inline Floats multiply(Floats a, Floats b) {
  return _mm512_mul_ps(a, b);
}

inline Floats multiply_add(Floats a, Floats b, Floats c) {
  return _mm512_fmadd_ps(a, b, c);
}

inline Floats square_root(Floats values) {
  return _mm512_sqrt_ps(values);
}

inline void store_floats(float* target, Floats values) {
  _mm512_storeu_ps(target, values);
}

// The nibbles of the columns from 16 on stay where they are, so that their products have the factor 16 already.
inline Floats sum_nibbles(const std::byte* quants, const int8_t* activations) {
  const __m512i low_mask = _mm512_set1_epi8(0x0F);
  __m512i first = _mm512_setzero_si512();
  __m512i second = _mm512_setzero_si512();
  for (int i = 0; i < 4; ++i) {
    const __m512i nibbles = load_bytes(quants + i * 64);
    first = _mm512_dpbusd_epi32(first, _mm512_and_si512(nibbles, low_mask), splat_four(activations + 4 * i));
    second = _mm512_dpbusd_epi32(second, _mm512_andnot_si512(low_mask, nibbles), splat_four(activations + 16 + 4 * i));
  }
  return _mm512_cvtepi32_ps(_mm512_add_epi32(_mm512_slli_epi32(first, 4), second));
}

// Order matters: the loops are written in terms of the registers above.
#include "tensor/kernels/screen_inl.h"

}  // namespace

void screen_avx512vnni(const Matrix& matrix, Range panels, const QuantizedRows& x, int64_t token, float* approximate,
                       float* deviation) {
  screen_panels(matrix, panels, x, token, approximate, deviation);
}

void multiply_planes_of_few_avx512vnni(const Matrix& matrix, Range panels, const QuantizedRows& x, Range tokens,
                                       float* out, int64_t out_stride) {
  multiply_planes_of_few(matrix, panels, x, tokens, out, out_stride);
}

}  // namespace favilla

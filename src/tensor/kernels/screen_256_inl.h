// The registers of the screens with 256 bits: 8 rows at a time. Included by screen_<isa>.cc only, before
// screen_inl.h.

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

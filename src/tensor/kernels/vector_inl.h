// Several floats at a time through the compiler's vector extension: one source for SSE2, AVX2, AVX-512 and NEON.
// Included by kernels_<isa>.cc only, inside an unnamed namespace of favilla: each gets its own copy. 16 lanes with
// AVX-512, where only attention uses them, else 8.

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#else
constexpr int kLanes = 8;
#endif

#if defined(__AVX2__)
typedef float Vector __attribute__((vector_size(4 * kLanes)));
typedef int32_t IntVector __attribute__((vector_size(4 * kLanes)));

inline Vector load(const float* source) {
  Vector value;
  __builtin_memcpy(&value, source, sizeof value);
  return value;
}

inline void store(float* target, Vector value) {
  __builtin_memcpy(target, &value, sizeof value);
}

inline Vector select(IntVector mask, Vector yes, Vector no) {
  return reinterpret_cast<Vector>((mask & reinterpret_cast<IntVector>(yes)) |
                                  (~mask & reinterpret_cast<IntVector>(no)));
}

inline IntVector to_integers(Vector whole) {
  return __builtin_convertvector(whole, IntVector);
}

// 2^n for whole n from -126 to 127.
inline Vector power_of_two(Vector exponent) {
  return reinterpret_cast<Vector>((to_integers(exponent) + 127) << 23);
}

// a > b ? a : b, for numbers that are not.
inline Vector maximum(Vector a, Vector b) {
#if defined(__AVX512F__)
  return reinterpret_cast<Vector>(_mm512_max_ps(reinterpret_cast<__m512>(a), reinterpret_cast<__m512>(b)));
#else
  return reinterpret_cast<Vector>(_mm256_max_ps(reinterpret_cast<__m256>(a), reinterpret_cast<__m256>(b)));
#endif
}
#else
#include "tensor/kernels/vector_pair_inl.h"

inline Vector maximum(Vector a, Vector b) {
  return select(a > b, a, b);
}
#endif

inline Vector splat(float value) {
  return Vector{} + value;
}

inline Vector load_half(const uint16_t* source) {
#if defined(__AVX512F__)
  return reinterpret_cast<Vector>(_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(source))));
#elif defined(__F16C__)
  return reinterpret_cast<Vector>(_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(source))));
#elif defined(__aarch64__)
  const float16x8_t halves = vreinterpretq_f16_u16(vld1q_u16(source));
  return {vcvt_f32_f16(vget_low_f16(halves)), vcvt_high_f32_f16(halves)};
#else
  float values[kLanes];
  for (int i = 0; i < kLanes; ++i) values[i] = half_to_float(source[i]);
  return load(values);
#endif
}

inline Vector load_int8(const int8_t* source) {
#if defined(__AVX512F__)
  return reinterpret_cast<Vector>(
      _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(source)))));
#elif defined(__AVX2__)
  return reinterpret_cast<Vector>(
      _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(source)))));
#elif defined(__aarch64__)
  const int16x8_t wide = vmovl_s8(vld1_s8(source));
  return {vcvtq_f32_s32(vmovl_s16(vget_low_s16(wide))), vcvtq_f32_s32(vmovl_high_s16(wide))};
#else
  float values[kLanes];
  for (int i = 0; i < kLanes; ++i) values[i] = static_cast<float>(source[i]);
  return load(values);
#endif
}

inline Vector minimum(Vector a, Vector b) {
  return select(a < b, a, b);
}

// The sum of eight lanes, in one order everywhere.
template <class Eight>
inline float sum_eight(Eight v) {
  return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

inline float sum_lanes(Vector v) {
#if defined(__AVX512F__)
  typedef float Eight __attribute__((vector_size(32)));
  Eight halves[2];
  __builtin_memcpy(halves, &v, sizeof v);
  return sum_eight(halves[0] + halves[1]);
#else
  return sum_eight(v);
#endif
}

inline float max_lane(Vector v) {
#if defined(__AVX2__)
  float lanes[kLanes];
  store(lanes, v);
  __m256 eight = _mm256_loadu_ps(lanes);
  if (kLanes == 16) eight = _mm256_max_ps(eight, _mm256_loadu_ps(lanes + kLanes - 8));
  __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  four = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(four, _mm_movehdup_ps(four)));
#endif
  float result = v[0];
  for (int i = 1; i < kLanes; ++i) result = v[i] > result ? v[i] : result;
  return result;
}

// e^x to about 2 ulp: x = n ln 2 + r with |r| <= ln 2 / 2, a polynomial for e^r (Cephes expf), and 2^n in the exponent
// bits. Below -87 the result is 0, above 88 it is e^88.
inline Vector exponential(Vector x) {
  constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it leaves the nearest integer in the low mantissa bits
  const IntVector underflow = x < -87.0F;
  x = minimum(maximum(x, splat(-87.0F)), splat(88.0F));
  const Vector n = (x * 1.44269504F + kRound) - kRound;
  Vector r = x - n * 0.693359375F;
  r = r - n * -2.12194440e-4F;
  Vector p = splat(1.9875691500e-4F);
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * r * r + r + 1.0F;
  return select(underflow, splat(0.0F), p * power_of_two(n));
}

inline Vector hyperbolic_tangent(Vector x) {
  x = minimum(maximum(x, splat(-15.0F)), splat(15.0F));  // +-1 in float beyond
  return 1.0F - 2.0F / (exponential(2.0F * x) + 1.0F);
}

// Calls body(vector) -> vector over count floats, padding the last partial vector with zeros.
template <class Body>
inline void for_each_vector(float* x, int64_t count, Body body) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(x + i, body(i, load(x + i)));
  if (i < count) {
    float tail[kLanes] = {};
    for (int64_t j = i; j < count; ++j) tail[j - i] = x[j];
    store(tail, body(i, load(tail)));
    for (int64_t j = i; j < count; ++j) x[j] = tail[j - i];
  }
}

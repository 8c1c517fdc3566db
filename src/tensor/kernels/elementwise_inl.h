// Norms, activations and activation quantization over vector_inl.h, with 8 lanes. Included by kernels_<isa>.cc only.

// Stores 16 whole numbers from -128 to 127 as bytes and returns their sum.
inline int32_t store_bytes(int8_t* target, IntVector first, IntVector second) {
#if defined(__AVX2__)
  constexpr int kInOrder = 0xD8;  // the packing below works in each half of a register apart
  const __m256i shorts = _mm256_permute4x64_epi64(
      _mm256_packs_epi32(reinterpret_cast<__m256i>(first), reinterpret_cast<__m256i>(second)), kInOrder);
  const __m128i bytes = _mm_packs_epi16(_mm256_castsi256_si128(shorts), _mm256_extracti128_si256(shorts, 1));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(target), bytes);
  // Unsigned bytes can be added at once, so 128 is added to each.
  const __m128i sums = _mm_sad_epu8(_mm_xor_si128(bytes, _mm_set1_epi8(-128)), _mm_setzero_si128());
  return _mm_cvtsi128_si32(sums) + _mm_extract_epi16(sums, 4) - 16 * 128;
#else
  int32_t sum = 0;
  for (int lane = 0; lane < kLanes; ++lane) {
    target[lane] = static_cast<int8_t>(first[lane]);
    target[lane + kLanes] = static_cast<int8_t>(second[lane]);
    sum += first[lane] + second[lane];
  }
  return sum;
#endif
}

inline void quantize_row(const float* x, int64_t columns, const QuantizedRowTarget& given) {
  const QuantizedRowTarget target = given;  // no byte that is written can be part of it
  for (int64_t block = 0; block < columns / kBlockColumns; ++block) {
    const float* values = x + block * kBlockColumns;
    Vector largest = splat(0.0F);
    for (int i = 0; i < kBlockColumns; i += kLanes) {
      const Vector v = load(values + i);
      largest = maximum(largest, maximum(v, -v));
    }
    const float scale = max_lane(largest) / 127.0F;
    const float inverse = scale > 0 ? 1.0F / scale : 0.0F;
    const auto quantized = [&](int i) {
      constexpr float kRound = 12582912.0F;  // rounds to nearest even, as in exponential()
      return to_integers((load(values + i) * inverse + kRound) - kRound);
    };
    int32_t sums[2];  // of columns 0..15 and 16..31
    for (int half = 0; half < 2; ++half) {
      const int i = half * 2 * kLanes;
      sums[half] = store_bytes(target.quants + block * kBlockColumns + i, quantized(i), quantized(i + kLanes));
    }
    target.scales[block] = scale;
    target.sums[block] = scale * static_cast<float>(sums[0] + sums[1]);
    target.block_offsets[block] = -128 * (sums[0] + sums[1]);
    for (int half = 0; half < 2; ++half) {
      target.half_offsets[2 * block + half] = -128 * sums[half];
      target.half_sums[2 * block + half] = static_cast<int16_t>(sums[half]);
    }
  }
}

// Sum over i of body(vector i); the tail is padded with zeros.
template <class Body>
inline float sum_over(const float* x, int64_t count, Body body) {
  Vector first = splat(0.0F);
  Vector second = splat(0.0F);
  int64_t i = 0;
  for (; i + 2 * kLanes <= count; i += 2 * kLanes) {
    first += body(load(x + i));
    second += body(load(x + i + kLanes));
  }
  float rest = 0;
  for (; i < count; ++i) rest += body(splat(x[i]))[0];
  return sum_lanes(first + second) + rest;
}

inline void rms_norm(const float* x, const float* weight, float epsilon, int64_t count, float* out) {
  const float square_sum = sum_over(x, count, [](Vector v) { return v * v; });
  const float factor = 1.0F / __builtin_sqrtf(square_sum / static_cast<float>(count) + epsilon);
  for (int64_t i = 0; i < count; ++i) out[i] = x[i] * factor * weight[i];
}

inline void layer_norm(const float* x, const float* weight, const float* bias, float epsilon, int64_t count,
                       float* out) {
  const float mean = sum_over(x, count, [](Vector v) { return v; }) / static_cast<float>(count);
  const float square_sum = sum_over(x, count, [mean](Vector v) { return (v - mean) * (v - mean); });
  const float factor = 1.0F / __builtin_sqrtf(square_sum / static_cast<float>(count) + epsilon);
  for (int64_t i = 0; i < count; ++i) out[i] = (x[i] - mean) * factor * weight[i] + bias[i];
}

inline void add(float* target, const float* x, int64_t count) {
  for (int64_t i = 0; i < count; ++i) target[i] += x[i];
}

inline void multiply_into(float* target, const float* x, int64_t count) {
  for (int64_t i = 0; i < count; ++i) target[i] *= x[i];
}

inline void silu_multiply(float* gate, const float* up, int64_t count) {
  for_each_vector(gate, count, [](int64_t, Vector v) { return v / (1.0F + exponential(-v)); });
  multiply_into(gate, up, count);
}

inline void gelu_multiply(float* gate, const float* up, int64_t count) {
  constexpr float kSqrtTwoOverPi = 0.79788456F;
  for_each_vector(gate, count, [](int64_t, Vector v) {
    return 0.5F * v * (1.0F + hyperbolic_tangent(kSqrtTwoOverPi * (v + 0.044715F * v * v * v)));
  });
  multiply_into(gate, up, count);
}

// erfc(|x|) within 1.5e-7: Abramowitz and Stegun 7.1.26.
inline Vector erfc_of_magnitude(Vector x) {
  const Vector magnitude = maximum(x, -x);
  const Vector t = 1.0F / (1.0F + 0.3275911F * magnitude);
  Vector p = splat(1.061405429F);
  p = p * t - 1.453152027F;
  p = p * t + 1.421413741F;
  p = p * t - 0.284496736F;
  p = p * t + 0.254829592F;
  return p * t * exponential(-magnitude * magnitude);
}

inline void gelu_erf(float* x, int64_t count) {
  constexpr float kInverseSqrtTwo = 0.70710678F;
  for_each_vector(x, count, [](int64_t, Vector v) {
    const Vector tail = erfc_of_magnitude(v * kInverseSqrtTwo);
    return 0.5F * v * select(v < 0.0F, tail, 2.0F - tail);
  });
}

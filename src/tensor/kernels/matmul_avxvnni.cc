// Packed products for AVX-VNNI, the 256-bit form of vpdpbusd on CPUs without AVX-512: four unsigned weights by four
// signed activations. Signed bytes are made unsigned by flipping their top bit (+128); the offsets stored with the
// activations, -128 * their sum, undo that exactly.
#include <immintrin.h>

#include <bit>

#include "tensor/kernels/kernels.h"

namespace favilla {
namespace {

constexpr int kMaxTile = 6;  // 6 int and 6 float sums, weights, a mask: what 16 registers hold
constexpr auto kMultiplyFewPlanes = multiply_planes_of_few_avxvnni;

// One or two tokens leave room in 16 registers to read the panel in one pass.
constexpr int pass_registers(Layout, int tokens) {
  return tokens <= 2 ? 2 : 1;
}

using Bytes = __m256i;
using Sums = __m256i;
using Floats = __m256;
using Activations = const int8_t*;  // vpbroadcastd takes each four of them from memory

inline Activations load_activations(const int8_t* source) {
  return source;
}

inline Bytes load_bytes(const std::byte* source) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(source));
}

inline Bytes low_nibbles(Bytes packed) {
  return _mm256_and_si256(packed, _mm256_set1_epi8(0x0F));
}

inline Bytes high_nibbles(Bytes packed) {
  return low_nibbles(_mm256_srli_epi16(packed, 4));
}

// What is added to signed weights to make them unsigned: flipping the top bit does it.
constexpr int kSignedZeroPoint = 128;

inline Bytes signed_weights(Bytes weights) {
  return _mm256_xor_si256(weights, _mm256_set1_epi8(-128));
}

inline Bytes look_up(Bytes nibbles) {
  const __m128i levels = _mm_loadu_si128(reinterpret_cast<const __m128i*>(kNonLinearLevels));
  return _mm256_shuffle_epi8(signed_weights(_mm256_broadcastsi128_si256(levels)), nibbles);
}

template <int kBit, int kMask>
inline Bytes move_bits(Bytes bits) {
  const Bytes moved =
      kBit <= 4 ? _mm256_slli_epi16(bits, kBit <= 4 ? 4 - kBit : 0) : _mm256_srli_epi16(bits, kBit > 4 ? kBit - 4 : 0);
  return _mm256_and_si256(moved, _mm256_set1_epi8(kMask));
}

template <int kGroup>
inline Sums dot(Sums sums, Bytes weights, Activations activations) {
  int32_t four = 0;
  __builtin_memcpy(&four, activations + 4 * kGroup, sizeof four);
  return _mm256_dpbusd_avx_epi32(sums, weights, _mm256_set1_epi32(four));
}

template <int kShift>
inline Sums shifted_sum(int32_t offset) {
  return _mm256_srai_epi32(_mm256_set1_epi32(offset), kShift);
}

inline Floats splat(float value) {
  return _mm256_set1_ps(value);
}

inline Floats load_halves(const uint16_t* source) {
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(source)));
}

inline Floats to_floats(Sums sums) {
  return _mm256_cvtepi32_ps(sums);
}

inline Floats load_unsigned(const uint8_t* source) {
  return to_floats(_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(source))));
}

inline Floats load_signed(const int8_t* source) {
  return to_floats(_mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(source))));
}

inline Floats multiply(Floats a, Floats b) {
  return _mm256_mul_ps(a, b);
}

inline Floats multiply_add(Floats a, Floats b, Floats c) {
  return _mm256_fmadd_ps(a, b, c);
}

inline void store_floats(float* target, Floats values) {
  _mm256_store_ps(target, values);
}

// Order matters: the loops are written in terms of the registers above.
#include "tensor/kernels/matmul_dot_inl.h"

// Q6_K's unpacking costs more than vpdpbusd saves when it is done per tile; AVX2's product unpacks once for all tokens.
void multiply(const Matrix& matrix, Range panels, const QuantizedRows& x, Range tokens, float* out,
              int64_t out_stride) {
  constexpr int64_t kManyTokens = 16;
  const bool unpack_once = matrix.layout() == Layout::kK6 && tokens.end - tokens.begin >= kManyTokens;
  (unpack_once ? multiply_packed_avx2 : multiply_packed)(matrix, panels, x, tokens, out, out_stride);
}

}  // namespace

// Everything but the packed product is the AVX2 table's: those are bound by memory or small.
const KernelTable& kernels_avxvnni() {
  static const KernelTable table = [] {
    KernelTable copy = kernels_avx2();
    copy.isa = Isa::kAvxVnni;
    copy.multiply_packed = multiply;
    copy.screen = screen_avxvnni;
    return copy;
  }();
  return table;
}

}  // namespace favilla

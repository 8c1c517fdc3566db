// Packed products for AVX2 without VNNI.
//
// 4- and 5-bit weights stay unsigned: maddubs pairs them with signed activations into int16, several of which are added
// before widening. A pair is at most 2 * 15 * 127 = 3,810 (4-bit), 2 * 31 * 127 = 7,874 (5-bit): eight of the former
// make 30,480 and four of the latter 31,496, both below 32,767. Bytes need the sign trick: |w| * (a with w's sign), a
// pair at most 2 * 128 * 127 = 32,512, widened at once.
#include <immintrin.h>

#include "tensor/kernels/kernels.h"

namespace favilla {
namespace {

constexpr int kMaxTile = 4;  // 4 int + 4 float sums, weights, masks: what 16 registers hold

#include "tensor/kernels/matmul_tiles_inl.h"

using Bytes = __m256i;

inline Bytes load_bytes(const std::byte* source) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(source));
}

// Four activations in every lane.
inline Bytes splat_activations(const int8_t* source) {
  int32_t four = 0;
  __builtin_memcpy(&four, source, sizeof four);
  return _mm256_set1_epi32(four);
}

inline __m256 load_halves(const uint16_t* source) {
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(source)));
}

inline Bytes widen_pairs(Bytes pairs) {
  return _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
}

// Bit i of every byte, moved to bit 4.
template <int kBit>
inline Bytes fifth_bits(Bytes bits) {
  const Bytes moved = kBit <= 4 ? _mm256_slli_epi16(bits, 4 - (kBit <= 4 ? kBit : 0))
                                : _mm256_srli_epi16(bits, (kBit > 4 ? kBit : 4) - 4);
  return _mm256_and_si256(moved, _mm256_set1_epi8(0x10));
}

// Adds the pair sums of nibble register kGroup (columns 4i.. and 16 + 4i..) for all tokens.
template <Layout kLayout, int kTokens, int kGroup>
inline void add_nibbles(const std::byte* quants, Bytes high_bits, const int8_t* const (&activations)[kTokens],
                        Bytes (&sums)[kTokens]) {
  const Bytes mask = _mm256_set1_epi8(0x0F);
  const Bytes packed = load_bytes(quants + kGroup * 64);
  Bytes low = _mm256_and_si256(packed, mask);
  Bytes high = _mm256_and_si256(_mm256_srli_epi16(packed, 4), mask);
  if constexpr (kLayout == Layout::kU5) {
    low = _mm256_or_si256(low, fifth_bits<kGroup>(high_bits));
    high = _mm256_or_si256(high, fifth_bits<kGroup + 4>(high_bits));
  }
  for (int t = 0; t < kTokens; ++t) {
    sums[t] = _mm256_add_epi16(sums[t], _mm256_maddubs_epi16(low, splat_activations(activations[t] + 4 * kGroup)));
    sums[t] =
        _mm256_add_epi16(sums[t], _mm256_maddubs_epi16(high, splat_activations(activations[t] + 16 + 4 * kGroup)));
  }
}

// Integer sums of one block, eight rows, in sums[t].
template <Layout kLayout, int kTokens>
inline void sum_nibble_block(const std::byte* quants, const int8_t* const (&activations)[kTokens],
                             Bytes (&sums)[kTokens]) {
  const Bytes high_bits = kLayout == Layout::kU5 ? load_bytes(quants + 256) : _mm256_setzero_si256();
  Bytes pairs[kTokens];
  for (int t = 0; t < kTokens; ++t) pairs[t] = _mm256_setzero_si256();
  add_nibbles<kLayout, kTokens, 0>(quants, high_bits, activations, pairs);
  add_nibbles<kLayout, kTokens, 1>(quants, high_bits, activations, pairs);
  if constexpr (kLayout == Layout::kU5) {
    for (int t = 0; t < kTokens; ++t) {
      sums[t] = widen_pairs(pairs[t]);
      pairs[t] = _mm256_setzero_si256();
    }
  }
  add_nibbles<kLayout, kTokens, 2>(quants, high_bits, activations, pairs);
  add_nibbles<kLayout, kTokens, 3>(quants, high_bits, activations, pairs);
  for (int t = 0; t < kTokens; ++t) {
    const Bytes wide = widen_pairs(pairs[t]);
    sums[t] = kLayout == Layout::kU5 ? _mm256_add_epi32(sums[t], wide) : wide;
  }
}

// Integer sums over byte registers [kBegin, kEnd) of one block.
template <int kTokens>
inline void sum_bytes(const std::byte* quants, int begin, int end, const int8_t* const (&activations)[kTokens],
                      Bytes (&sums)[kTokens]) {
  for (int t = 0; t < kTokens; ++t) sums[t] = _mm256_setzero_si256();
  for (int group = begin; group < end; ++group) {
    const Bytes weights = load_bytes(quants + group * 64);
    const Bytes magnitudes = _mm256_sign_epi8(weights, weights);
    for (int t = 0; t < kTokens; ++t) {
      const Bytes signed_activations = _mm256_sign_epi8(splat_activations(activations[t] + 4 * group), weights);
      sums[t] = _mm256_add_epi32(sums[t], widen_pairs(_mm256_maddubs_epi16(magnitudes, signed_activations)));
    }
  }
}

template <int kTokens>
inline void accumulate(const Bytes (&sums)[kTokens], const uint16_t* scales, const QuantizedRows& x, int64_t token,
                       int64_t block, __m256 (&products)[kTokens]) {
  const __m256 weight_scales = load_halves(scales);
  for (int t = 0; t < kTokens; ++t) {
    const __m256 scale = _mm256_mul_ps(weight_scales, _mm256_set1_ps(x.row_scales(token + t)[block]));
    products[t] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sums[t]), scale, products[t]);
  }
}

// Eight rows (half = 0 or 1 of the panel) x kTokens.
template <Layout kLayout, int kTokens>
inline void multiply_half(const PanelView& panel, const QuantizedRows& x, int64_t token, int half, float* tile) {
  const size_t quant_bytes = layout_info(kLayout).quant_bytes;
  const std::byte* quants = panel.quants + half * 32;
  const uint16_t* scales = panel.scales + half * 8;
  __m256 products[kTokens];
  for (int t = 0; t < kTokens; ++t) products[t] = _mm256_setzero_ps();
  for (int64_t block = 0; block < panel.blocks; ++block, quants += quant_bytes) {
    const int8_t* activations[kTokens];
    for (int t = 0; t < kTokens; ++t) activations[t] = x.row_quants(token + t) + block * kBlockColumns;
    Bytes sums[kTokens];
    if constexpr (kLayout == Layout::kI8G16) {
      sum_bytes<kTokens>(quants, 0, 4, activations, sums);
      accumulate<kTokens>(sums, scales + 2 * block * kPanelRows, x, token, block, products);
      sum_bytes<kTokens>(quants, 4, 8, activations, sums);
      accumulate<kTokens>(sums, scales + (2 * block + 1) * kPanelRows, x, token, block, products);
    } else {
      if constexpr (kLayout == Layout::kI8) {
        sum_bytes<kTokens>(quants, 0, 8, activations, sums);
      } else {
        sum_nibble_block<kLayout, kTokens>(quants, activations, sums);
      }
      accumulate<kTokens>(sums, scales + block * kPanelRows, x, token, block, products);
    }
  }
  if constexpr (kLayout == Layout::kU4 || kLayout == Layout::kU5) {
    // The minimums' part is a product of floats of its own; kept apart it needs no registers in the loop above.
    __m256 minimum_products[kTokens];
    for (int t = 0; t < kTokens; ++t) minimum_products[t] = _mm256_setzero_ps();
    for (int64_t block = 0; block < panel.blocks; ++block) {
      const __m256 minimums = load_halves(panel.minimums + half * 8 + block * kPanelRows);
      for (int t = 0; t < kTokens; ++t) {
        minimum_products[t] =
            _mm256_fmadd_ps(minimums, _mm256_set1_ps(x.row_sums(token + t)[block]), minimum_products[t]);
      }
    }
    for (int t = 0; t < kTokens; ++t) products[t] = _mm256_add_ps(products[t], minimum_products[t]);
  }
  for (int t = 0; t < kTokens; ++t) _mm256_store_ps(tile + t * kPanelRows + half * 8, products[t]);
}

template <Layout kLayout, int kTokens>
void multiply_tile(const PanelView& panel, const QuantizedRows& x, int64_t token, float* tile) {
  multiply_half<kLayout, kTokens>(panel, x, token, 0, tile);
  multiply_half<kLayout, kTokens>(panel, x, token, 1, tile);
}

}  // namespace

void multiply_packed_avx2(const Matrix& matrix, Range panels, const QuantizedRows& x, Range tokens, float* out,
                          int64_t out_stride) {
  multiply_any(matrix, panels, x, tokens, out, out_stride);
}

}  // namespace favilla

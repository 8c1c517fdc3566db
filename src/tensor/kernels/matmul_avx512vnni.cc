// Packed products for AVX-512 VNNI: vpdpbusd multiplies four unsigned weights by four signed activations per lane and
// adds them to 32-bit sums, so nothing can overflow. Signed bytes are made unsigned by flipping their top bit (+128);
// the offsets stored with the activations, -128 * their sum, undo that exactly.
#include <immintrin.h>

#include "tensor/kernels/kernels.h"

namespace favilla {
namespace {

constexpr int kMaxTile = 8;  // 8 int + 8 float sums and what they need stay in 32 registers

#include "tensor/kernels/matmul_tiles_inl.h"

using Bytes = __m512i;

inline Bytes load_bytes(const std::byte* source) {
  return _mm512_loadu_si512(source);
}

inline Bytes splat_activations(const int8_t* source) {
  int32_t four = 0;
  __builtin_memcpy(&four, source, sizeof four);
  return _mm512_set1_epi32(four);
}

inline __m512 load_halves(const uint16_t* source) {
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(source)));
}

template <int kBit>
inline Bytes fifth_bits(Bytes bits) {
  const Bytes moved = kBit <= 4 ? _mm512_slli_epi16(bits, 4 - (kBit <= 4 ? kBit : 0))
                                : _mm512_srli_epi16(bits, (kBit > 4 ? kBit : 4) - 4);
  return _mm512_and_si512(moved, _mm512_set1_epi8(0x10));
}

// Adds the products of nibble register kGroup (columns 4i.. and 16 + 4i..) for all tokens.
template <Layout kLayout, int kTokens, int kGroup>
inline void add_nibbles(const std::byte* quants, Bytes high_bits, const int8_t* const (&activations)[kTokens],
                        Bytes (&sums)[kTokens]) {
  const Bytes mask = _mm512_set1_epi8(0x0F);
  const Bytes packed = load_bytes(quants + kGroup * 64);
  Bytes low = _mm512_and_si512(packed, mask);
  Bytes high = _mm512_and_si512(_mm512_srli_epi16(packed, 4), mask);
  if constexpr (kLayout == Layout::kU5) {
    low = _mm512_or_si512(low, fifth_bits<kGroup>(high_bits));
    high = _mm512_or_si512(high, fifth_bits<kGroup + 4>(high_bits));
  }
  for (int t = 0; t < kTokens; ++t) {
    sums[t] = _mm512_dpbusd_epi32(sums[t], low, splat_activations(activations[t] + 4 * kGroup));
    sums[t] = _mm512_dpbusd_epi32(sums[t], high, splat_activations(activations[t] + 16 + 4 * kGroup));
  }
}

template <Layout kLayout, int kTokens>
inline void sum_nibble_block(const std::byte* quants, const int8_t* const (&activations)[kTokens],
                             Bytes (&sums)[kTokens]) {
  const Bytes high_bits = kLayout == Layout::kU5 ? load_bytes(quants + 256) : _mm512_setzero_si512();
  for (int t = 0; t < kTokens; ++t) sums[t] = _mm512_setzero_si512();
  add_nibbles<kLayout, kTokens, 0>(quants, high_bits, activations, sums);
  add_nibbles<kLayout, kTokens, 1>(quants, high_bits, activations, sums);
  add_nibbles<kLayout, kTokens, 2>(quants, high_bits, activations, sums);
  add_nibbles<kLayout, kTokens, 3>(quants, high_bits, activations, sums);
}

// Adds byte registers [begin, end) of one block to sums, which start at the activations' offsets.
template <int kTokens>
inline void add_bytes(const std::byte* quants, int begin, int end, const int8_t* const (&activations)[kTokens],
                      Bytes (&sums)[kTokens]) {
  for (int group = begin; group < end; ++group) {
    const Bytes weights = _mm512_xor_si512(load_bytes(quants + group * 64), _mm512_set1_epi8(-128));
    for (int t = 0; t < kTokens; ++t) {
      sums[t] = _mm512_dpbusd_epi32(sums[t], weights, splat_activations(activations[t] + 4 * group));
    }
  }
}

template <int kTokens>
inline void accumulate(const Bytes (&sums)[kTokens], const uint16_t* scales, const QuantizedRows& x, int64_t token,
                       int64_t block, __m512 (&products)[kTokens]) {
  const __m512 weight_scales = load_halves(scales);
  for (int t = 0; t < kTokens; ++t) {
    const __m512 scale = _mm512_mul_ps(weight_scales, _mm512_set1_ps(x.row_scales(token + t)[block]));
    products[t] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums[t]), scale, products[t]);
  }
}

template <Layout kLayout, int kTokens>
void multiply_tile(const PanelView& panel, const QuantizedRows& x, int64_t token, float* tile) {
  const size_t quant_bytes = layout_info(kLayout).quant_bytes;
  const std::byte* quants = panel.quants;
  __m512 products[kTokens];
  for (int t = 0; t < kTokens; ++t) products[t] = _mm512_setzero_ps();
  for (int64_t block = 0; block < panel.blocks; ++block, quants += quant_bytes) {
    const int8_t* activations[kTokens];
    for (int t = 0; t < kTokens; ++t) activations[t] = x.row_quants(token + t) + block * kBlockColumns;
    Bytes sums[kTokens];
    if constexpr (kLayout == Layout::kI8G16) {
      for (int half = 0; half < 2; ++half) {
        for (int t = 0; t < kTokens; ++t) sums[t] = _mm512_set1_epi32(x.row_offsets(token + t)[2 * block + half]);
        add_bytes<kTokens>(quants, 4 * half, 4 * half + 4, activations, sums);
        accumulate<kTokens>(sums, panel.scales + (2 * block + half) * kPanelRows, x, token, block, products);
      }
    } else {
      if constexpr (kLayout == Layout::kI8) {
        for (int t = 0; t < kTokens; ++t) {
          const int32_t* offsets = x.row_offsets(token + t) + 2 * block;
          sums[t] = _mm512_set1_epi32(offsets[0] + offsets[1]);
        }
        add_bytes<kTokens>(quants, 0, 8, activations, sums);
      } else {
        sum_nibble_block<kLayout, kTokens>(quants, activations, sums);
      }
      accumulate<kTokens>(sums, panel.scales + block * kPanelRows, x, token, block, products);
    }
  }
  if constexpr (kLayout == Layout::kU4 || kLayout == Layout::kU5) {
    __m512 minimum_products[kTokens];
    for (int t = 0; t < kTokens; ++t) minimum_products[t] = _mm512_setzero_ps();
    for (int64_t block = 0; block < panel.blocks; ++block) {
      const __m512 minimums = load_halves(panel.minimums + block * kPanelRows);
      for (int t = 0; t < kTokens; ++t) {
        minimum_products[t] =
            _mm512_fmadd_ps(minimums, _mm512_set1_ps(x.row_sums(token + t)[block]), minimum_products[t]);
      }
    }
    for (int t = 0; t < kTokens; ++t) products[t] = _mm512_add_ps(products[t], minimum_products[t]);
  }
  for (int t = 0; t < kTokens; ++t) _mm512_store_ps(tile + t * kPanelRows, products[t]);
}

}  // namespace

void multiply_packed_avx512vnni(const Matrix& matrix, Range panels, const QuantizedRows& x, Range tokens, float* out,
                                int64_t out_stride) {
  multiply_any(matrix, panels, x, tokens, out, out_stride);
}

// Everything but the packed product is the AVX2 table's: those are bound by memory or small.
const KernelTable& kernels_avx512vnni() {
  static const KernelTable table = [] {
    KernelTable copy = kernels_avx2();
    copy.isa = Isa::kAvx512Vnni;
    copy.multiply_packed = multiply_packed_avx512vnni;
    return copy;
  }();
  return table;
}

}  // namespace favilla

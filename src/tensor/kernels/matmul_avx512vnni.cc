// Packed products for AVX-512 VNNI: vpdpbusd multiplies four unsigned weights by four signed activations per lane and
// adds them to 32-bit sums, so nothing can overflow. Weights with a sign or a zero point are brought to weight + 128;
// the offsets stored with the activations, -128 * their sum, undo that exactly.
#include <immintrin.h>

#include <array>

#include "tensor/kernels/kernels.h"

namespace favilla {
namespace {

constexpr int kMaxTile = 8;  // 8 int and 16 float sums, and what they need, stay in 32 registers

constexpr int64_t unpack_tokens(Layout) {
  return 2 * kMaxTile;
}

// small[b][h]: of columns 32b + 16h.. (kK6), else only h = 0 is used. Of layouts with blocks of 32 columns these are
// the scales and minimums themselves.
struct alignas(64) GroupScales {
  float small[8][2][kPanelRows];
  float small_minimum[8][kPanelRows];
  float scale[kPanelRows];    // of 256 columns
  float minimum[kPanelRows];  // of 256 columns, negative
};

#include "tensor/kernels/matmul_tiles_inl.h"

using Bytes = __m512i;

template <Layout, Form>
constexpr int slice_passes() {
  return 1;
}

constexpr bool has_minimum(Layout layout) {
  return layout == Layout::kU4 || layout == Layout::kU5 || layout == Layout::kK4 || layout == Layout::kK5;
}

inline Bytes load_bytes(const std::byte* source) {
  return _mm512_loadu_si512(source);
}

inline Bytes splat_activations(const int8_t* source) {
  int32_t four = 0;
  __builtin_memcpy(&four, source, sizeof four);
  return _mm512_set1_epi32(four);
}

inline __m512 load_halves(const std::byte* source) {
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(source)));
}

inline __m512 load_small(const uint8_t* source) {
  return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(source))));
}

inline __m512 load_signed_small(const std::byte* source) {
  return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(source))));
}

template <Layout kLayout>
void prepare_scales(const std::byte* blocks, int count, GroupScales& scales) {
  constexpr LayoutInfo kInfo = layout_info(kLayout);
  constexpr size_t kHalves = kPanelRows * sizeof(uint16_t);
  if constexpr (kInfo.columns == kBlockColumns) {
    for (int b = 0; b < count; ++b, blocks += kInfo.bytes) {
      _mm512_store_ps(scales.small[b][0], load_halves(blocks + kInfo.scale_offset));
      if constexpr (has_minimum(kLayout)) {
        _mm512_store_ps(scales.small_minimum[b], load_halves(blocks + kInfo.scale_offset + kHalves));
      }
    }
  } else {
    const std::byte* packed = blocks + kSuperBlocks * kInfo.quant_bytes;
    _mm512_store_ps(scales.scale, load_halves(blocks + kInfo.scale_offset));
    if constexpr (kLayout == Layout::kK6) {
      for (int b = 0; b < kSuperBlocks; ++b) {
        _mm512_store_ps(scales.small[b][0], load_signed_small(packed + 2 * b * kPanelRows));
        _mm512_store_ps(scales.small[b][1], load_signed_small(packed + (2 * b + 1) * kPanelRows));
      }
    } else {
      alignas(64) uint8_t small[kSuperBlocks * kPanelRows];
      alignas(64) uint8_t minimums[kSuperBlocks * kPanelRows];
      unpack_six_bits(reinterpret_cast<const uint8_t*>(packed), small, minimums);
      for (int b = 0; b < kSuperBlocks; ++b) {
        _mm512_store_ps(scales.small[b][0], load_small(small + b * kPanelRows));
        _mm512_store_ps(scales.small_minimum[b], load_small(minimums + b * kPanelRows));
      }
      _mm512_store_ps(scales.minimum, -load_halves(blocks + kInfo.scale_offset + kHalves));
    }
  }
}

// Bits [kFrom, kFrom + width) of every byte moved to bit 4; mask says which bits to keep.
template <int kFrom>
inline Bytes move_to_bit_4(Bytes bits, char mask) {
  const Bytes moved = kFrom <= 4 ? _mm512_slli_epi16(bits, kFrom <= 4 ? 4 - kFrom : 0)
                                 : _mm512_srli_epi16(bits, kFrom > 4 ? kFrom - 4 : 0);
  return _mm512_and_si512(moved, _mm512_set1_epi8(mask));
}

// Register i (0..7) of 32 columns as unsigned bytes.
template <Layout kLayout, Form kForm, int i>
inline Bytes weight_register(const std::byte* quants) {
  if constexpr (kForm == Form::kUnpacked) return load_bytes(quants + i * 64);
  if constexpr (kLayout == Layout::kI8) return _mm512_xor_si512(load_bytes(quants + i * 64), _mm512_set1_epi8(-128));
  const Bytes packed = load_bytes(quants + i % 4 * 64);
  const Bytes low = _mm512_and_si512(i < 4 ? packed : _mm512_srli_epi16(packed, 4), _mm512_set1_epi8(0x0F));
  if constexpr (kLayout == Layout::kT4) {
    const __m128i levels = _mm_loadu_si128(reinterpret_cast<const __m128i*>(kNonLinearLevels));
    return _mm512_shuffle_epi8(_mm512_broadcast_i32x4(_mm_xor_si128(levels, _mm_set1_epi8(-128))), low);
  }
  if constexpr (kLayout == Layout::kU4 || kLayout == Layout::kK4) return low;
  if constexpr (kLayout == Layout::kZ4) return _mm512_add_epi8(low, _mm512_set1_epi8(128 - 8));
  if constexpr (kLayout == Layout::kK6) {
    const Bytes high = move_to_bit_4<2 * (i % 4)>(load_bytes(quants + 256 + i / 4 * 64), 0x30);
    return _mm512_add_epi8(_mm512_or_si512(low, high), _mm512_set1_epi8(128 - 32));
  }
  const Bytes five = _mm512_or_si512(low, move_to_bit_4<i>(load_bytes(quants + 256), 0x10));
  return kLayout == Layout::kZ5 ? _mm512_add_epi8(five, _mm512_set1_epi8(128 - 16)) : five;
}

template <Layout kLayout, int i>
inline void unpack_registers(const std::byte* quants, std::byte* weights) {
  _mm512_store_si512(weights + i * 64, weight_register<kLayout, Form::kPacked, i>(quants));
  if constexpr (i < 7) unpack_registers<kLayout, i + 1>(quants, weights);
}

template <Layout kLayout>
void unpack_weights(const std::byte* quants, std::byte* weights) {
  unpack_registers<kLayout, 0>(quants, weights);
}

// Adds registers [i, kEnd) to the tokens' sums.
template <Layout kLayout, Form kForm, int kTokens, int i, int kEnd>
[[gnu::always_inline]] inline void add_registers(const std::byte* quants, const int8_t* const (&activations)[kTokens],
                                                 Bytes (&sums)[kTokens]) {
  const Bytes weights = weight_register<kLayout, kForm, i>(quants);
  for (int t = 0; t < kTokens; ++t) {
    sums[t] = _mm512_dpbusd_epi32(sums[t], weights, splat_activations(activations[t] + 4 * i));
  }
  if constexpr (i + 1 < kEnd) add_registers<kLayout, kForm, kTokens, i + 1, kEnd>(quants, activations, sums);
}

// products[t] = 32 columns' integers as floats; of a K-quant times their small scales, which is exact (below 2^24).
template <Layout kLayout, Form kForm, int kTokens>
[[gnu::always_inline]] inline void multiply_block(const SliceTask& task, const GroupScales& scales, int64_t block,
                                                  int b, const std::byte* quants, __m512 (&products)[kTokens]) {
  const QuantizedRows& x = *task.x;
  const int8_t* activations[kTokens];
  const int8_t* base = opaque(x.row_quants(task.token) + block * kBlockColumns);
  for (int t = 0; t < kTokens; ++t) activations[t] = base + t * x.columns;
  Bytes sums[kTokens];
  if constexpr (kLayout == Layout::kK6) {
    const int32_t* offsets = opaque(x.row_half_offsets(task.token) + 2 * block);
    const int64_t stride = x.columns / 16;
    for (int t = 0; t < kTokens; ++t) sums[t] = _mm512_set1_epi32(offsets[t * stride]);
    add_registers<kLayout, kForm, kTokens, 0, 4>(quants, activations, sums);
    const __m512 first = _mm512_load_ps(scales.small[b][0]);
    for (int t = 0; t < kTokens; ++t) {
      products[t] = _mm512_mul_ps(_mm512_cvtepi32_ps(sums[t]), first);
      sums[t] = _mm512_set1_epi32(offsets[t * stride + 1]);
    }
    add_registers<kLayout, kForm, kTokens, 4, 8>(quants, activations, sums);
    const __m512 second = _mm512_load_ps(scales.small[b][1]);
    for (int t = 0; t < kTokens; ++t) {
      products[t] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums[t]), second, products[t]);
    }
    return;
  }
  const int32_t* offsets = opaque(x.row_block_offsets(task.token) + block);
  const int64_t stride = x.columns / kBlockColumns;
  for (int t = 0; t < kTokens; ++t) {
    sums[t] = has_minimum(kLayout) ? _mm512_setzero_si512() : _mm512_set1_epi32(offsets[t * stride]);
  }
  add_registers<kLayout, kForm, kTokens, 0, 8>(quants, activations, sums);
  for (int t = 0; t < kTokens; ++t) products[t] = _mm512_cvtepi32_ps(sums[t]);
  if constexpr (layout_info(kLayout).columns == kSuperColumns) {
    const __m512 small = _mm512_load_ps(scales.small[b][0]);
    for (int t = 0; t < kTokens; ++t) products[t] = _mm512_mul_ps(products[t], small);
  }
}

// Which of the floats that a block of 32 columns ends with.
enum class Field { kScale, kMinimum };

// Of kPacked blocks of 32 columns from the block itself, else prepared.
template <Layout kLayout, Form kForm, Field kField>
inline __m512 load_field(const GroupScales& scales, int b, const std::byte* block) {
  constexpr LayoutInfo kInfo = layout_info(kLayout);
  if constexpr (kForm == Form::kPacked && kInfo.columns == kBlockColumns) {
    return load_halves(block + kInfo.scale_offset + (kField == Field::kScale ? 0 : kPanelRows * sizeof(uint16_t)));
  }
  return _mm512_load_ps(kField == Field::kScale ? scales.small[b][0] : scales.small_minimum[b]);
}

// Adds 32 columns to the tokens' sums.
template <Layout kLayout, Form kForm, int kTokens>
[[gnu::always_inline]] inline void add_block(const SliceTask& task, const GroupScales& scales, int64_t block, int b,
                                             const std::byte* quants, __m512 (&sums)[kTokens],
                                             __m512 (&minimum_sums)[kTokens]) {
  const int64_t stride = task.x->columns / kBlockColumns;
  __m512 products[kTokens];
  multiply_block<kLayout, kForm, kTokens>(task, scales, block, b, quants, products);
  const float* token_scales = opaque(task.x->row_scales(task.token) + block);
  const __m512 weight_scale = load_field<kLayout, kForm, Field::kScale>(scales, b, quants);
  for (int t = 0; t < kTokens; ++t) {
    __m512 scale = _mm512_set1_ps(token_scales[t * stride]);
    if constexpr (layout_info(kLayout).columns == kBlockColumns) scale = _mm512_mul_ps(weight_scale, scale);
    sums[t] = _mm512_fmadd_ps(products[t], scale, sums[t]);
  }
  if constexpr (has_minimum(kLayout)) {
    const __m512 minimum = load_field<kLayout, kForm, Field::kMinimum>(scales, b, quants);
    const float* token_sums = opaque(task.x->row_sums(task.token) + block);
    for (int t = 0; t < kTokens; ++t) {
      minimum_sums[t] = _mm512_fmadd_ps(minimum, _mm512_set1_ps(token_sums[t * stride]), minimum_sums[t]);
    }
  }
}

template <Layout kLayout, Form kForm, int kTokens>
void multiply_slice(const SliceTask& task, float* sums, float* minimum_sums) {
  constexpr bool kSuper = layout_info(kLayout).columns == kSuperColumns;
  GroupScales packed_scales;
  const GroupScales* scales = kForm == Form::kPacked ? &packed_scales : task.scales;
  const std::byte* weights = task.weights;
  __m512 parts[kTokens];
  __m512 minimum_parts[kTokens];
  for (int t = 0; t < kTokens; ++t) {
    parts[t] = kSuper ? _mm512_setzero_ps() : _mm512_load_ps(sums + t * kPanelRows);
    minimum_parts[t] = kSuper ? _mm512_setzero_ps() : _mm512_load_ps(minimum_sums + t * kPanelRows);
  }
  const std::byte* ahead = task.ahead;
  for (int64_t first = 0; first < task.blocks; first += kGroupBlocks, ahead += task.ahead_bytes) {
    const int count = task.group_blocks(first);
    if (kForm == Form::kUnpacked) prefetch(ahead, task.ahead_bytes);
    if constexpr (kSuper && kForm == Form::kPacked) prepare_scales<kLayout>(weights, count, packed_scales);
    const std::byte* quants = weights;
    for (int b = 0; b < count; ++b, quants += weights_stride<kLayout, kForm>()) {
      add_block<kLayout, kForm, kTokens>(task, *scales, task.block + first + b, b, quants, parts, minimum_parts);
    }
    weights += group_stride<kLayout, kForm>();
    for (int t = 0; kSuper && t < kTokens; ++t) {
      float* sum = sums + t * kPanelRows;
      _mm512_store_ps(sum, _mm512_fmadd_ps(_mm512_load_ps(scales->scale), parts[t], _mm512_load_ps(sum)));
      parts[t] = _mm512_setzero_ps();
      if constexpr (!has_minimum(kLayout)) continue;
      sum = minimum_sums + t * kPanelRows;
      _mm512_store_ps(sum, _mm512_fmadd_ps(_mm512_load_ps(scales->minimum), minimum_parts[t], _mm512_load_ps(sum)));
      minimum_parts[t] = _mm512_setzero_ps();
    }
    if (kForm == Form::kUnpacked) ++scales;
  }
  for (int t = 0; !kSuper && t < kTokens; ++t) {
    _mm512_store_ps(sums + t * kPanelRows, parts[t]);
    if constexpr (has_minimum(kLayout)) _mm512_store_ps(minimum_sums + t * kPanelRows, minimum_parts[t]);
  }
}

template <Layout kLayout>
inline __m512 load_numbers(const std::byte* source) {
  if constexpr (kLayout == Layout::kF16) return load_halves(source);
  if constexpr (kLayout == Layout::kF32) return _mm512_loadu_ps(source);
  const __m256i tops = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(source));
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(tops), 16));
}

template <Layout kLayout, int kTokens>
void multiply_float_tile(const std::byte* panel, int64_t columns, const float* x, float* tile) {
  constexpr size_t kBytes = layout_info(kLayout).bytes;
  __m512 even[kTokens];
  __m512 odd[kTokens];
  for (int t = 0; t < kTokens; ++t) even[t] = odd[t] = _mm512_setzero_ps();
  for (int64_t c = 0; c + 1 < columns; c += 2, panel += 2 * kBytes) {
    const __m512 first = load_numbers<kLayout>(panel);
    const __m512 second = load_numbers<kLayout>(panel + kBytes);
    for (int t = 0; t < kTokens; ++t) {
      even[t] = _mm512_fmadd_ps(first, _mm512_set1_ps(x[t * columns + c]), even[t]);
      odd[t] = _mm512_fmadd_ps(second, _mm512_set1_ps(x[t * columns + c + 1]), odd[t]);
    }
  }
  for (int t = 0; t < kTokens; ++t) {
    if (columns % 2 != 0) {
      const __m512 last = load_numbers<kLayout>(panel);
      even[t] = _mm512_fmadd_ps(last, _mm512_set1_ps(x[t * columns + columns - 1]), even[t]);
    }
    _mm512_store_ps(tile + t * kPanelRows, _mm512_add_ps(even[t], odd[t]));
  }
}

#include "tensor/kernels/matmul_planes_inl.h"

}  // namespace

void multiply_packed_avx512vnni(const Matrix& matrix, Range panels, const QuantizedRows& x, Range tokens, float* out,
                                int64_t out_stride) {
  if (matrix.layout() == Layout::kI8Planes) {
    multiply_planes(matrix, panels, x, tokens, out, out_stride, multiply_planes_of_few_avx512vnni, multiply_any);
  } else {
    multiply_any(matrix, panels, x, tokens, out, out_stride);
  }
}

void multiply_float_avx512vnni(const Matrix& matrix, Range panels, const float* x, Range tokens, float* out,
                               int64_t out_stride) {
  multiply_float_any(matrix, panels, x, tokens, out, out_stride);
}

}  // namespace favilla

// Packed products for AVX2 without VNNI.
//
// Unsigned weights: maddubs pairs them with signed activations into int16, several of which are added before they are
// widened. A pair is at most 2 * 15 * 127 = 3,810 (4-bit), 2 * 31 * 127 = 7,874 (5-bit), 2 * 63 * 127 = 16,002 (6-bit):
// eight of the first make 30,480, four of the second 31,496, two of the third 32,004, all below 32,767. A zero point is
// subtracted afterwards by means of the activations' sums. Bytes need the sign trick: |w| * (a with w's sign), a pair
// at most 2 * 128 * 127 = 32,512, widened at once. Widening multiplies by a K-quant's small scale at no cost.
#include <immintrin.h>

#include <array>
#include <limits>

#include "tensor/kernels/kernels.h"

namespace favilla {
namespace {

constexpr int kMaxTile = 4;

// Bytes are what unpacking gives; four-bit weights are unpacked within two instructions, which for two tiles is cheaper
// than storing them.
constexpr int64_t unpack_tokens(Layout layout) {
  if (layout == Layout::kI8) return std::numeric_limits<int64_t>::max();
  const bool four_bits = layout == Layout::kU4 || layout == Layout::kZ4 || layout == Layout::kK4;
  return (four_bits ? 3 : 2) * kMaxTile;
}

struct alignas(64) GroupScales {
  // K-quants: pairs of int16 to widen with, small[b][h] for columns 32b + 16h.. (kK6), else only h = 0 is used. Other
  // layouts: floats, the scales themselves.
  int32_t small[8][2][kPanelRows];
  // Floats; kK6: pairs of -32 * the two small scales, to undo the zero point.
  int32_t small_minimum[8][kPanelRows];
  float scale[kPanelRows];    // of 256 columns
  float minimum[kPanelRows];  // of 256 columns, negative
};

#include "tensor/kernels/matmul_tiles_inl.h"

using Bytes = __m256i;

constexpr bool has_minimum(Layout layout) {
  return layout == Layout::kU4 || layout == Layout::kU5 || layout == Layout::kK4 || layout == Layout::kK5;
}

constexpr bool is_signed(Layout layout) {
  return layout == Layout::kT4 || layout == Layout::kI8;
}

// Registers of 8 rows that are computed together. With two, an activation is loaded for twice the products, of which
// the loads are the limit: worth more than that the float sums of 4 tokens no longer fit into registers. Levels from a
// table need those.
constexpr int pass_registers(Layout layout) {
  return layout == Layout::kT4 ? 1 : 2;
}

template <Layout kLayout, Form kForm>
constexpr int slice_passes() {
  return kPanelRows / 8 / pass_registers(kLayout);
}

// Registers whose pair sums fit into int16 together.
constexpr int chain_length(Layout layout) {
  if (layout == Layout::kU4 || layout == Layout::kZ4 || layout == Layout::kK4) return 8;
  if (layout == Layout::kU5 || layout == Layout::kZ5 || layout == Layout::kK5) return 4;
  return layout == Layout::kK6 ? 2 : 1;
}

inline Bytes load_bytes(const void* source) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(source));
}

inline void store_bytes(void* target, Bytes bytes) {
  _mm256_storeu_si256(static_cast<__m256i*>(target), bytes);
}

// Four bytes in every lane.
inline Bytes splat_four(const void* source) {
  int32_t four = 0;
  __builtin_memcpy(&four, source, sizeof four);
  return _mm256_set1_epi32(four);
}

inline __m256 load_halves(const std::byte* source) {
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(source)));
}

inline Bytes as_bytes(__m256 floats) {
  return _mm256_castps_si256(floats);
}

// The bytes of 16 rows, each of them twice as an int16: what _mm256_madd_epi16 multiplies a row's pair sums by.
template <bool kSigned>
inline void store_equal_pairs(const void* sixteen, int32_t (&pairs)[kPanelRows]) {
  constexpr char kNone = -128;
  constexpr int kHigh = kSigned ? 1 : 0;  // a sign is brought down from the high byte
  const Bytes both = _mm256_broadcastsi128_si256(_mm_loadu_si128(static_cast<const __m128i*>(sixteen)));
  for (int row = 0; row < kPanelRows; row += 8) {
    alignas(32) char places[32];
    for (int i = 0; i < 32; ++i) places[i] = i % 2 == kHigh ? static_cast<char>(row + i / 4) : kNone;
    const Bytes placed = _mm256_shuffle_epi8(both, load_bytes(places));
    store_bytes(pairs + row, kSigned ? _mm256_srai_epi16(placed, 8) : placed);
  }
}

inline __m128i load_eight(const void* source) {
  return _mm_loadl_epi64(static_cast<const __m128i*>(source));
}

template <Layout kLayout>
inline void prepare_small_scales(const std::byte* packed, GroupScales& scales) {
  if constexpr (kLayout == Layout::kK6) {
    for (int b = 0; b < kSuperBlocks; ++b, packed += 2 * kPanelRows) {
      store_equal_pairs<true>(packed, scales.small[b][0]);
      store_equal_pairs<true>(packed + kPanelRows, scales.small[b][1]);
      for (int row = 0; row < kPanelRows; row += 8) {
        constexpr int kHighHalves = 0xAA;
        const Bytes both =
            _mm256_blend_epi16(load_bytes(&scales.small[b][0][row]), load_bytes(&scales.small[b][1][row]), kHighHalves);
        store_bytes(&scales.small_minimum[b][row], _mm256_mullo_epi16(both, _mm256_set1_epi16(-32)));
      }
    }
  } else {
    alignas(64) uint8_t small[kSuperBlocks * kPanelRows];
    alignas(64) uint8_t minimums[kSuperBlocks * kPanelRows];
    unpack_six_bits(reinterpret_cast<const uint8_t*>(packed), small, minimums);
    for (int b = 0; b < kSuperBlocks; ++b) {
      store_equal_pairs<false>(small + b * kPanelRows, scales.small[b][0]);
      for (int row = 0; row < kPanelRows; row += 8) {
        const Bytes minimum = _mm256_cvtepu8_epi32(load_eight(minimums + b * kPanelRows + row));
        store_bytes(&scales.small_minimum[b][row], as_bytes(_mm256_cvtepi32_ps(minimum)));
      }
    }
  }
}

template <Layout kLayout>
void prepare_scales(const std::byte* blocks, int count, GroupScales& scales) {
  constexpr LayoutInfo kInfo = layout_info(kLayout);
  constexpr size_t kHalves = kPanelRows * sizeof(uint16_t);
  if constexpr (kInfo.columns == kSuperColumns) {
    prepare_small_scales<kLayout>(blocks + kSuperBlocks * kInfo.quant_bytes, scales);
  }
  for (int row = 0; row < kPanelRows; row += 8) {
    const std::byte* source = blocks + kInfo.scale_offset + static_cast<size_t>(row) * sizeof(uint16_t);
    if constexpr (kInfo.columns == kSuperColumns) {
      _mm256_store_ps(scales.scale + row, load_halves(source));
      if constexpr (has_minimum(kLayout)) _mm256_store_ps(scales.minimum + row, -load_halves(source + kHalves));
    } else {
      for (int b = 0; b < count; ++b, source += kInfo.bytes) {
        store_bytes(&scales.small[b][0][row], as_bytes(load_halves(source)));
        if constexpr (has_minimum(kLayout)) {
          store_bytes(&scales.small_minimum[b][row], as_bytes(load_halves(source + kHalves)));
        }
      }
    }
  }
}

// Bits from kFrom on of every byte moved to bit 4; mask says which to keep.
template <int kFrom>
inline Bytes move_to_bit_4(Bytes bits, char mask) {
  const Bytes moved = kFrom <= 4 ? _mm256_slli_epi16(bits, kFrom <= 4 ? 4 - kFrom : 0)
                                 : _mm256_srli_epi16(bits, kFrom > 4 ? kFrom - 4 : 0);
  return _mm256_and_si256(moved, _mm256_set1_epi8(mask));
}

// Half of register i (0..7) of 32 columns; unsigned unless is_signed(). quants are the half's.
template <Layout kLayout, Form kForm, int i>
inline Bytes weight_register(const std::byte* quants) {
  if constexpr (kForm == Form::kUnpacked || kLayout == Layout::kI8) return load_bytes(quants + i * 64);
  const Bytes packed = load_bytes(quants + i % 4 * 64);
  const Bytes low = _mm256_and_si256(i < 4 ? packed : _mm256_srli_epi16(packed, 4), _mm256_set1_epi8(0x0F));
  if constexpr (kLayout == Layout::kT4) {
    const __m128i levels = _mm_loadu_si128(reinterpret_cast<const __m128i*>(kNonLinearLevels));
    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(levels), low);
  }
  if constexpr (chain_length(kLayout) == 8) return low;
  if constexpr (kLayout == Layout::kK6) {
    return _mm256_or_si256(low, move_to_bit_4<2 * (i % 4)>(load_bytes(quants + 256 + i / 4 * 64), 0x30));
  }
  return _mm256_or_si256(low, move_to_bit_4<i>(load_bytes(quants + 256), 0x10));
}

template <Layout kLayout, int i>
inline void unpack_registers(const std::byte* quants, std::byte* weights) {
  for (int half = 0; half < 64; half += 32) {
    store_bytes(weights + i * 64 + half, weight_register<kLayout, Form::kPacked, i>(quants + half));
  }
  if constexpr (i < 7) unpack_registers<kLayout, i + 1>(quants, weights);
}

template <Layout kLayout>
void unpack_weights(const std::byte* quants, std::byte* weights) {
  unpack_registers<kLayout, 0>(quants, weights);
}

// Keeps GCC from postponing additions, which would leave more products alive than there are registers.
inline void settle(Bytes& value) {
  asm("" : "+x"(value));
}

// Tokens by registers of 8 rows.
template <int kTokens, int kRegisters>
using ByteTile = Bytes[kTokens][kRegisters];
template <int kTokens, int kRegisters>
using FloatTile = __m256[kTokens][kRegisters];

// Adds the int16 pair sums of registers [i, kEnd) for all tokens.
template <Layout kLayout, Form kForm, int kTokens, int kRegisters, int i, int kEnd>
[[gnu::always_inline]] inline void add_pairs(const std::byte* quants, const int8_t* const (&activations)[kTokens],
                                             ByteTile<kTokens, kRegisters>& pairs) {
  Bytes weights[kRegisters];
  for (int r = 0; r < kRegisters; ++r) weights[r] = weight_register<kLayout, kForm, i>(quants + r * 32);
  for (int t = 0; t < kTokens; ++t) {
    const Bytes four = splat_four(activations[t] + 4 * i);
    for (int r = 0; r < kRegisters; ++r) {
      const Bytes products = is_signed(kLayout) ? _mm256_maddubs_epi16(_mm256_sign_epi8(weights[r], weights[r]),
                                                                       _mm256_sign_epi8(four, weights[r]))
                                                : _mm256_maddubs_epi16(weights[r], four);
      pairs[t][r] = i % chain_length(kLayout) == 0 ? products : _mm256_add_epi16(pairs[t][r], products);
      settle(pairs[t][r]);
    }
  }
  if constexpr (i + 1 < kEnd) {
    add_pairs<kLayout, kForm, kTokens, kRegisters, i + 1, kEnd>(quants, activations, pairs);
  }
}

// sums = the integers of 32 columns; of a K-quant times their small scales.
template <Layout kLayout, Form kForm, int kTokens, int kRegisters, int kFirst = 0>
[[gnu::always_inline]] inline void sum_block(const std::byte* quants, const int32_t (&small)[2][kPanelRows], int row,
                                             const int8_t* const (&activations)[kTokens],
                                             ByteTile<kTokens, kRegisters>& sums) {
  constexpr int kEnd = kFirst + chain_length(kLayout);
  ByteTile<kTokens, kRegisters> pairs;
  add_pairs<kLayout, kForm, kTokens, kRegisters, kFirst, kEnd>(quants, activations, pairs);
  constexpr bool kSuper = layout_info(kLayout).columns == kSuperColumns;
  constexpr int kHalf = kLayout == Layout::kK6 ? kFirst / 4 : 0;
  for (int r = 0; r < kRegisters; ++r) {
    const Bytes factors = kSuper ? load_bytes(&small[kHalf][row + 8 * r]) : _mm256_set1_epi16(1);
    for (int t = 0; t < kTokens; ++t) {
      const Bytes wide = _mm256_madd_epi16(pairs[t][r], factors);
      sums[t][r] = kFirst == 0 ? wide : _mm256_add_epi32(sums[t][r], wide);
      settle(sums[t][r]);
    }
  }
  if constexpr (kEnd < 8) sum_block<kLayout, kForm, kTokens, kRegisters, kEnd>(quants, small, row, activations, sums);
}

// What the zero point adds to the sum of 32 columns.
template <Layout kLayout>
inline Bytes zero_point(const QuantizedRows& x, const GroupScales& scales, int64_t block, int b, int row,
                        int64_t token) {
  if constexpr (kLayout == Layout::kK6) {
    return _mm256_madd_epi16(load_bytes(&scales.small_minimum[b][row]), splat_four(x.row_half_sums(token) + 2 * block));
  }
  constexpr int kShift = kLayout == Layout::kZ4 ? 4 : 3;  // from -128 to -8 or -16
  return _mm256_srai_epi32(_mm256_set1_epi32(x.row_block_offsets(token)[block]), kShift);
}

constexpr bool has_zero_point(Layout layout) {
  return layout == Layout::kZ4 || layout == Layout::kZ5 || layout == Layout::kK6;
}

// Which of the floats that a block of 32 columns ends with.
enum class Field { kScale, kMinimum };

// Eight rows: of kPacked blocks of 32 columns from the block itself (quants are the rows' there), else prepared.
template <Layout kLayout, Form kForm, Field kField>
inline __m256 load_field(const GroupScales& scales, int b, int row, const std::byte* quants) {
  constexpr LayoutInfo kInfo = layout_info(kLayout);
  if constexpr (kForm == Form::kPacked && kInfo.columns == kBlockColumns) {
    constexpr size_t kPlace = kInfo.scale_offset + (kField == Field::kScale ? 0 : kPanelRows * sizeof(uint16_t));
    return load_halves(quants - row * 4 + row * 2 + kPlace);
  }
  return _mm256_castsi256_ps(
      load_bytes(kField == Field::kScale ? &scales.small[b][0][row] : &scales.small_minimum[b][row]));
}

// Adds 32 columns of kRegisters * 8 rows to the tokens' sums.
template <Layout kLayout, Form kForm, int kTokens, int kRegisters>
[[gnu::always_inline]] inline void add_block(const SliceTask& task, const GroupScales& scales, int64_t block, int b,
                                             int row, const std::byte* quants, FloatTile<kTokens, kRegisters>& sums) {
  const QuantizedRows& x = *task.x;
  const int64_t stride = x.columns / kBlockColumns;
  const int8_t* activations[kTokens];
  const int8_t* base = opaque(x.row_quants(task.token) + block * kBlockColumns);
  for (int t = 0; t < kTokens; ++t) activations[t] = base + t * x.columns;
  ByteTile<kTokens, kRegisters> products;
  sum_block<kLayout, kForm, kTokens, kRegisters>(quants, scales.small[b], row, activations, products);
  const float* token_scales = opaque(x.row_scales(task.token) + block);
  __m256 weight_scales[kRegisters];
  for (int r = 0; r < kRegisters; ++r) {
    weight_scales[r] = load_field<kLayout, kForm, Field::kScale>(scales, b, row + 8 * r, quants + 32 * r);
  }
  for (int t = 0; t < kTokens; ++t) {
    const __m256 token_scale = _mm256_set1_ps(token_scales[t * stride]);
    for (int r = 0; r < kRegisters; ++r) {
      if constexpr (has_zero_point(kLayout)) {
        products[t][r] =
            _mm256_add_epi32(products[t][r], zero_point<kLayout>(x, scales, block, b, row + 8 * r, task.token + t));
      }
      __m256 scale = token_scale;
      if constexpr (layout_info(kLayout).columns == kBlockColumns) scale = _mm256_mul_ps(weight_scales[r], scale);
      sums[t][r] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(products[t][r]), scale, sums[t][r]);
    }
  }
}

// The same for the minimums.
template <Layout kLayout, Form kForm, int kTokens, int kRegisters>
[[gnu::always_inline]] inline void add_minimums(const SliceTask& task, const GroupScales& scales, int64_t block, int b,
                                                int row, const std::byte* quants,
                                                FloatTile<kTokens, kRegisters>& sums) {
  const float* token_sums = opaque(task.x->row_sums(task.token) + block);
  __m256 minimums[kRegisters];
  for (int r = 0; r < kRegisters; ++r) {
    minimums[r] = load_field<kLayout, kForm, Field::kMinimum>(scales, b, row + 8 * r, quants + 32 * r);
  }
  for (int t = 0; t < kTokens; ++t) {
    const __m256 sum = _mm256_set1_ps(token_sums[t * (task.x->columns / kBlockColumns)]);
    for (int r = 0; r < kRegisters; ++r) sums[t][r] = _mm256_fmadd_ps(minimums[r], sum, sums[t][r]);
  }
}

template <int kTokens, int kRegisters>
inline void load_tile(const float* source, FloatTile<kTokens, kRegisters>& tile) {
  for (int t = 0; t < kTokens; ++t) {
    for (int r = 0; r < kRegisters; ++r) tile[t][r] = _mm256_load_ps(source + t * kPanelRows + 8 * r);
  }
}

template <int kTokens, int kRegisters>
inline void store_tile(const FloatTile<kTokens, kRegisters>& tile, float* target) {
  for (int t = 0; t < kTokens; ++t) {
    for (int r = 0; r < kRegisters; ++r) _mm256_store_ps(target + t * kPanelRows + 8 * r, tile[t][r]);
  }
}

// target += scale[r] * tile, which becomes zero.
template <int kTokens, int kRegisters>
inline void add_scaled(const float* scale, FloatTile<kTokens, kRegisters>& tile, float* target) {
  for (int t = 0; t < kTokens; ++t) {
    for (int r = 0; r < kRegisters; ++r) {
      float* sum = target + t * kPanelRows + 8 * r;
      _mm256_store_ps(sum, _mm256_fmadd_ps(_mm256_load_ps(scale + 8 * r), tile[t][r], _mm256_load_ps(sum)));
      tile[t][r] = _mm256_setzero_ps();
    }
  }
}

// kRegisters * 8 rows from `row` on. sums, minimum_sums: those rows' of the first token.
template <Layout kLayout, Form kForm, int kTokens, int kRegisters>
inline void multiply_rows(const SliceTask& task, int row, float* sums, float* minimum_sums) {
  constexpr bool kSuper = layout_info(kLayout).columns == kSuperColumns;
  static constexpr GroupScales kBesideTheWeights{};  // packed blocks of 32 columns
  const GroupScales* const begin = task.scales != nullptr ? task.scales : &kBesideTheWeights;
  const GroupScales* scales = begin;
  const std::byte* weights = task.weights + row * 4;
  const std::byte* ahead = task.ahead;
  if (row > 0) ahead += task.ahead_bytes * static_cast<size_t>(task.groups());  // the second pass
  FloatTile<kTokens, kRegisters> parts = {};
  if (!kSuper) load_tile<kTokens, kRegisters>(sums, parts);
  for (int64_t first = 0; first < task.blocks; first += kGroupBlocks, ahead += task.ahead_bytes) {
    const int count = task.group_blocks(first);
    if (kForm == Form::kUnpacked) prefetch(ahead, task.ahead_bytes);
    const std::byte* quants = weights;
    for (int b = 0; b < count; ++b, quants += weights_stride<kLayout, kForm>()) {
      add_block<kLayout, kForm, kTokens, kRegisters>(task, *scales, task.block + first + b, b, row, quants, parts);
    }
    if constexpr (kSuper) add_scaled<kTokens, kRegisters>(scales->scale + row, parts, sums);
    weights += group_stride<kLayout, kForm>();
    if (kForm == Form::kUnpacked) ++scales;
  }
  if (!kSuper) store_tile<kTokens, kRegisters>(parts, sums);
  if constexpr (!has_minimum(kLayout)) return;
  // A loop of its own: the products need the registers.
  FloatTile<kTokens, kRegisters> minimum_parts = {};
  if (!kSuper) load_tile<kTokens, kRegisters>(minimum_sums, minimum_parts);
  scales = begin;
  weights = task.weights + row * 4;
  for (int64_t first = 0; first < task.blocks; first += kGroupBlocks) {
    const int count = task.group_blocks(first);
    const std::byte* quants = weights;
    for (int b = 0; b < count; ++b, quants += weights_stride<kLayout, kForm>()) {
      add_minimums<kLayout, kForm, kTokens, kRegisters>(task, *scales, task.block + first + b, b, row, quants,
                                                        minimum_parts);
    }
    if constexpr (kSuper) add_scaled<kTokens, kRegisters>(scales->minimum + row, minimum_parts, minimum_sums);
    weights += group_stride<kLayout, kForm>();
    if (kForm == Form::kUnpacked) ++scales;
  }
  if (!kSuper) store_tile<kTokens, kRegisters>(minimum_parts, minimum_sums);
}

template <Layout kLayout, Form kForm, int kTokens>
void multiply_slice(const SliceTask& task, float* sums, float* minimum_sums) {
  constexpr int kRegisters = pass_registers(kLayout);
  const auto multiply = [&](const SliceTask& part) {
    for (int row = 0; row < kPanelRows; row += 8 * kRegisters) {
      multiply_rows<kLayout, kForm, kTokens, kRegisters>(part, row, sums + row, minimum_sums + row);
    }
  };
  if constexpr (layout_info(kLayout).columns == kBlockColumns || kForm == Form::kUnpacked) return multiply(task);
  // Group by group: the small scales stay near.
  GroupScales scales;
  SliceTask group = task;
  group.scales = &scales;
  group.blocks = kGroupBlocks;
  for (int64_t first = 0; first < task.blocks; first += kGroupBlocks) {
    prepare_scales<kLayout>(group.weights, kGroupBlocks, scales);
    multiply(group);
    group.weights += group_stride<kLayout, kForm>();
    group.block += kGroupBlocks;
  }
}

template <Layout kLayout>
inline __m256 load_numbers(const std::byte* source) {
  if constexpr (kLayout == Layout::kF16) return load_halves(source);
  if constexpr (kLayout == Layout::kF32) return _mm256_loadu_ps(reinterpret_cast<const float*>(source));
  const __m128i tops = _mm_loadu_si128(reinterpret_cast<const __m128i*>(source));
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(tops), 16));
}

template <Layout kLayout, int kTokens>
void multiply_float_tile(const std::byte* panel, int64_t columns, const float* x, float* tile) {
  constexpr size_t kBytes = layout_info(kLayout).bytes;
  for (int row = 0; row < kPanelRows; row += 8) {
    const std::byte* numbers = panel + static_cast<size_t>(row) * kBytes / kPanelRows;
    __m256 even[kTokens];
    __m256 odd[kTokens];
    for (int t = 0; t < kTokens; ++t) even[t] = odd[t] = _mm256_setzero_ps();
    for (int64_t c = 0; c + 1 < columns; c += 2, numbers += 2 * kBytes) {
      const __m256 first = load_numbers<kLayout>(numbers);
      const __m256 second = load_numbers<kLayout>(numbers + kBytes);
      for (int t = 0; t < kTokens; ++t) {
        even[t] = _mm256_fmadd_ps(first, _mm256_set1_ps(x[t * columns + c]), even[t]);
        odd[t] = _mm256_fmadd_ps(second, _mm256_set1_ps(x[t * columns + c + 1]), odd[t]);
      }
    }
    for (int t = 0; t < kTokens; ++t) {
      if (columns % 2 != 0) {
        const __m256 last = load_numbers<kLayout>(numbers);
        even[t] = _mm256_fmadd_ps(last, _mm256_set1_ps(x[t * columns + columns - 1]), even[t]);
      }
      _mm256_store_ps(tile + t * kPanelRows + row, _mm256_add_ps(even[t], odd[t]));
    }
  }
}

#include "tensor/kernels/matmul_planes_inl.h"

}  // namespace

void multiply_packed_avx2(const Matrix& matrix, Range panels, const QuantizedRows& x, Range tokens, float* out,
                          int64_t out_stride) {
  if (matrix.layout() == Layout::kI8Planes) {
    multiply_planes(matrix, panels, x, tokens, out, out_stride, multiply_planes_of_few_avx2, multiply_any);
  } else {
    multiply_any(matrix, panels, x, tokens, out, out_stride);
  }
}

void multiply_float_avx2(const Matrix& matrix, Range panels, const float* x, Range tokens, float* out,
                         int64_t out_stride) {
  multiply_float_any(matrix, panels, x, tokens, out, out_stride);
}

}  // namespace favilla

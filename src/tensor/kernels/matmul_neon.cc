// Packed products for 64-bit Arm with dot products: sdot multiplies four signed weights by four signed activations, and
// takes the activations from any quarter of a register. Nibbles and five-bit weights are signed bytes as they are.
#include <arm_neon.h>

#include <bit>

#include "tensor/kernels/kernels.h"

namespace favilla {
namespace {

constexpr int kMaxTile = 4;
constexpr auto kMultiplyFewPlanes = multiply_planes_of_few_neon;

// A panel is four registers wide. Three or four tokens leave room for half of it in 32 registers, and for a quarter
// where a block has two sums.
constexpr int pass_registers(Layout layout, int tokens) {
  if (layout == Layout::kK6) return tokens <= 2 ? 2 : 1;
  return tokens <= 2 ? 4 : 2;
}

using Bytes = int8x16_t;
using Sums = int32x4_t;
using Floats = float32x4_t;
using Activations = int8x16_t;

inline Activations load_activations(const int8_t* source) {
  return vld1q_s8(source);
}

inline Bytes load_bytes(const std::byte* source) {
  return vld1q_s8(reinterpret_cast<const int8_t*>(source));
}

inline Bytes low_nibbles(Bytes packed) {
  return vandq_s8(packed, vdupq_n_s8(0x0F));
}

inline Bytes high_nibbles(Bytes packed) {
  return vreinterpretq_s8_u8(vshrq_n_u8(vreinterpretq_u8_s8(packed), 4));
}

constexpr int kSignedZeroPoint = 0;

inline Bytes signed_weights(Bytes weights) {
  return weights;
}

inline Bytes look_up(Bytes nibbles) {
  return vqtbl1q_s8(vld1q_s8(kNonLinearLevels), vreinterpretq_u8_s8(nibbles));
}

template <int kBit, int kMask>
inline Bytes move_bits(Bytes bits) {
  const Bytes moved =
      kBit <= 4 ? vshlq_n_s8(bits, kBit <= 4 ? 4 - kBit : 0) : vshrq_n_s8(bits, kBit > 4 ? kBit - 4 : 1);
  return vandq_s8(moved, vdupq_n_s8(kMask));
}

template <int kGroup>
inline Sums dot(Sums sums, Bytes weights, Activations activations) {
  return vdotq_laneq_s32(sums, weights, activations, kGroup);
}

template <int kShift>
inline Sums shifted_sum(int32_t offset) {
  return vshrq_n_s32(vdupq_n_s32(offset), kShift);
}

inline Floats splat(float value) {
  return vdupq_n_f32(value);
}

inline Floats load_halves(const uint16_t* source) {
  return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(source)));
}

inline Floats to_floats(Sums sums) {
  return vcvtq_f32_s32(sums);
}

inline Floats load_unsigned(const uint8_t* source) {
  uint32_t four = 0;
  __builtin_memcpy(&four, source, sizeof four);
  return vcvtq_f32_u32(vmovl_u16(vget_low_u16(vmovl_u8(vcreate_u8(four)))));
}

inline Floats load_signed(const int8_t* source) {
  uint32_t four = 0;
  __builtin_memcpy(&four, source, sizeof four);
  return vcvtq_f32_s32(vmovl_s16(vget_low_s16(vmovl_s8(vcreate_s8(four)))));
}

inline Floats multiply(Floats a, Floats b) {
  return vmulq_f32(a, b);
}

inline Floats multiply_add(Floats a, Floats b, Floats c) {
  return vfmaq_f32(c, a, b);
}

inline void store_floats(float* target, Floats values) {
  vst1q_f32(target, values);
}

// Order matters: the loops are written in terms of the registers above.
#include "tensor/kernels/matmul_dot_inl.h"

// Four rows of one column.
template <Layout kLayout>
inline Floats load_numbers(const std::byte* source) {
  if constexpr (kLayout == Layout::kF16) return load_halves(reinterpret_cast<const uint16_t*>(source));
  if constexpr (kLayout == Layout::kF32) return vld1q_f32(reinterpret_cast<const float*>(source));
  const uint32x4_t tops = vmovl_u16(vld1_u16(reinterpret_cast<const uint16_t*>(source)));
  return vreinterpretq_f32_u32(vshlq_n_u32(tops, 16));
}

// sums[t][r] += one column of some rows * that column of the tokens.
template <Layout kLayout, int kTokens, int kRegisters>
inline void add_column(const std::byte* numbers, const float* x, int64_t columns, Floats (&sums)[kTokens][kRegisters]) {
  for (int r = 0; r < kRegisters; ++r) {
    const Floats weights = load_numbers<kLayout>(numbers + r * (layout_info(kLayout).bytes / 4));
    for (int t = 0; t < kTokens; ++t) sums[t][r] = multiply_add(weights, splat(x[t * columns]), sums[t][r]);
  }
}

// The product of one panel of floats. x: of the first token.
template <Layout kLayout, int kTokens>
void multiply_float_tile(const std::byte* panel, int64_t columns, const float* x, float* tile) {
  constexpr int kRegisters = pass_registers(kLayout, kTokens);
  constexpr size_t kBytes = layout_info(kLayout).bytes;
  for (int row = 0; row < kPanelRows; row += kRegisters * kRegisterRows) {
    const std::byte* numbers = panel + static_cast<size_t>(row) * (kBytes / kPanelRows);
    Floats even[kTokens][kRegisters] = {};
    Floats odd[kTokens][kRegisters] = {};
    int64_t c = 0;
    for (; c + 1 < columns; c += 2, numbers += 2 * kBytes) {
      add_column<kLayout>(numbers, x + c, columns, even);
      add_column<kLayout>(numbers + kBytes, x + c + 1, columns, odd);
    }
    if (c < columns) add_column<kLayout>(numbers, x + c, columns, even);
    for (int t = 0; t < kTokens; ++t) {
      for (int r = 0; r < kRegisters; ++r) {
        store_floats(tile + t * kPanelRows + row + r * kRegisterRows, even[t][r] + odd[t][r]);
      }
    }
  }
}

inline void multiply_float(const Matrix& matrix, Range panels, const float* x, Range tokens, float* out,
                           int64_t out_stride) {
  const auto multiply_layout = [&]<Layout kLayout>() {
    multiply_panels(matrix, panels, tokens, out, out_stride,
                    [&]<int kTokens>(const std::byte* panel, int64_t token, float* tile) {
                      const int64_t columns = matrix.columns();
                      multiply_float_tile<kLayout, kTokens>(panel, columns, x + token * columns, tile);
                    });
  };
  if (matrix.layout() == Layout::kF16) return multiply_layout.operator()<Layout::kF16>();
  if (matrix.layout() == Layout::kBF16) return multiply_layout.operator()<Layout::kBF16>();
  multiply_layout.operator()<Layout::kF32>();
}

}  // namespace

// Everything but the matrix products is the scalar table's: NEON is part of every 64-bit Arm, so that is vectors
// already.
const KernelTable& kernels_neon() {
  static const KernelTable table = [] {
    KernelTable copy = kernels_scalar();
    copy.isa = Isa::kNeonDotprod;
    copy.multiply_packed = multiply_packed;
    copy.screen = screen_neon;
    copy.multiply_float = multiply_float;
    return copy;
  }();
  return table;
}

}  // namespace favilla

// Packed products for 64-bit Arm with dot products: sdot multiplies four signed weights by four signed activations, and
// takes the activations from any quarter of a register. Nibbles and five-bit weights are signed bytes as they are.
#include <arm_neon.h>

#include "tensor/kernels/kernels.h"

namespace favilla {
namespace {

constexpr int kMaxTile = 4;

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

inline Sums splat_sum(int32_t value) {
  return vdupq_n_s32(value);
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

}  // namespace

// Everything but the packed product is the scalar table's: NEON is part of every 64-bit Arm, so that is vectors
// already.
const KernelTable& kernels_neon() {
  static const KernelTable table = [] {
    KernelTable copy = kernels_scalar();
    copy.isa = Isa::kNeonDotprod;
    copy.multiply_packed = multiply_packed;
    return copy;
  }();
  return table;
}

}  // namespace favilla

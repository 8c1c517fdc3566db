// The screen for 64-bit Arm with dot products: a panel is four registers wide.
#include <arm_neon.h>

#include "tensor/kernels/kernels.h"

namespace favilla {
namespace {

using Floats = float32x4_t;
constexpr int kRegisterRows = 4;

inline Floats load_halves(const std::byte* source) {
  return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(reinterpret_cast<const uint16_t*>(source))));
}

inline Floats splat(float value) {
  return vdupq_n_f32(value);
}

inline Floats multiply(Floats a, Floats b) {
  return vmulq_f32(a, b);
}

inline Floats multiply_add(Floats a, Floats b, Floats c) {
  return vfmaq_f32(c, a, b);
}

inline Floats square_root(Floats values) {
  return vsqrtq_f32(values);
}

inline void store_floats(float* target, Floats values) {
  vst1q_f32(target, values);
}

// Adds columns 4 kGroup .. 4 kGroup + 3 and those 16 further.
template <int kGroup>
inline int32x4_t add_group(int32x4_t sums, const std::byte* quants, int8x16_t first, int8x16_t second) {
  const uint8x16_t nibbles = vld1q_u8(reinterpret_cast<const uint8_t*>(quants) + kGroup * 64);
  const int8x16_t low = vreinterpretq_s8_u8(vandq_u8(nibbles, vdupq_n_u8(0x0F)));
  const int8x16_t high = vreinterpretq_s8_u8(vshrq_n_u8(nibbles, 4));
  return vdotq_laneq_s32(vdotq_laneq_s32(sums, low, first, kGroup), high, second, kGroup);
}

inline Floats sum_nibbles(const std::byte* quants, const int8_t* activations) {
  const int8x16_t first = vld1q_s8(activations), second = vld1q_s8(activations + 16);
  int32x4_t sums = add_group<0>(vdupq_n_s32(0), quants, first, second);
  sums = add_group<1>(sums, quants, first, second);
  sums = add_group<2>(sums, quants, first, second);
  sums = add_group<3>(sums, quants, first, second);
  return vcvtq_f32_s32(vshlq_n_s32(sums, 4));
}

// Order matters: the loops are written in terms of the registers above.
#include "tensor/kernels/screen_inl.h"

}  // namespace

void screen_neon(const Matrix& matrix, Range panels, const QuantizedRows& x, int64_t token, float* approximate,
                 float* deviation) {
  screen_panels(matrix, panels, x, token, approximate, deviation);
}

void multiply_planes_of_few_neon(const Matrix& matrix, Range panels, const QuantizedRows& x, Range tokens, float* out,
                                 int64_t out_stride) {
  multiply_planes_of_few(matrix, panels, x, tokens, out, out_stride);
}

}  // namespace favilla

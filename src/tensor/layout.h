// The packed forms of weight matrices, byte by byte.
//
// 16 rows are interleaved into a panel, so that one register lane owns one output row and no horizontal sum is needed
// (the last panel is padded with zero rows). A panel is a row of blocks, one after the other, and a matrix a row of
// panels: a product reads its weights as one stream. Panels start at multiples of 64 bytes, blocks at multiples of 32.
//
// Quants of 32 columns of 16 rows ("lane r, byte j" of 64-byte register i is byte 64i + 4r + j):
//   bytes     8 registers. Register i, lane r, byte j: row r, column 4i + j.
//   nibbles   4 registers. Register i, lane r, byte j: the low nibble is row r, column 4i + j, the high nibble column
//             16 + 4i + j.
//   + fifth   nibbles, then 1 register of the fifth bits: lane r, byte j, bit i: column 4i + j (i in 0..7).
//   + two     nibbles, then 2 registers of two upper bits: register h, lane r, byte j, bits 2i and 2i + 1: column
//             16h + 4i + j (i in 0..3).
//
// Blocks, field by field (f16[16]: one for each row):
//   kU4    32 columns: nibbles, scale f16[16], minimum f16[16]. Weight = scale * nibble + minimum.
//   kU5    the same with fifth bits.
//   kZ4    32 columns: nibbles, scale f16[16]. Weight = scale * (nibble - 8).
//   kZ5    32 columns: nibbles + fifth, scale f16[16]. Weight = scale * (quant - 16).
//   kT4    32 columns: nibbles, scale f16[16]. Weight = scale * kNonLinearLevels[nibble].
//   kI8    32 columns: signed bytes, scale f16[16]. Weight = scale * byte.
//   kI8Planes: the weights of kI8 in two areas. byte + 128 = 16 * high + low, each below 16.
//          First area, 32 columns: nibbles of high, scale f16[16]. The panels stand in it as in any other layout.
//          Second area, 32 columns: nibbles of low. It begins behind all panels of the first one.
//          The first alone gives a product with a known error (KernelTable::screen), for half of the bytes.
//   kK4    256 columns: 8 x nibbles, six-bit scales and minimums (see unpack_six_bits), scale f16[16], minimum f16[16].
//          Weight in 32 columns b = scale * scale6[b] * nibble - minimum * minimum6[b].
//   kK5    the same with 8 x (nibbles + fifth).
//   kK6    256 columns: 8 x (nibbles + two), i8[16][16] scales of 16 columns each, scale f16[16].
//          Weight in 16 columns h = scale * scale8[h] * (quant - 32).
//   kF16, kBF16, kF32   1 column: the 16 rows' numbers. Multiplied with float activations.
// All hold exactly the bits of the GGUF types that they are made of, in as many bytes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/dtype.h"

namespace favilla {

inline constexpr int kPanelRows = 16;
inline constexpr int kBlockColumns = 32;   // that share a scale of the activations
inline constexpr int kSuperColumns = 256;  // of one block of kK4, kK5, kK6
inline constexpr int kSuperBlocks = kSuperColumns / kBlockColumns;
inline constexpr int64_t kMaxPlaneColumns = 8192;  // of kI8Planes, so that a panel of it fits on the stack

enum class Layout {
  kRaw,  // GGUF bytes as they are; multiplied with float activations
  kU4,
  kU5,
  kZ4,
  kZ5,
  kT4,
  kI8,
  kI8Planes,
  kK4,
  kK5,
  kK6,
  kF16,
  kBF16,
  kF32,
};

// Sizes of one block of a panel.
struct LayoutInfo {
  int columns;          // 1, 32 or 256
  size_t quant_bytes;   // of 32 columns
  size_t scale_offset;  // where the field "scale" starts; the field "minimum" follows it
  size_t bytes;         // of the block
};

constexpr LayoutInfo layout_info(Layout layout) {
  constexpr size_t kHalves = kPanelRows * sizeof(uint16_t);
  constexpr size_t kSixBits = 192, kScales8 = 256;
  switch (layout) {
    case Layout::kRaw:
      break;
    case Layout::kU4:
      return {32, 256, 256, 256 + 2 * kHalves};
    case Layout::kU5:
      return {32, 320, 320, 320 + 2 * kHalves};
    case Layout::kZ4:
    case Layout::kT4:
    case Layout::kI8Planes:  // its first area
      return {32, 256, 256, 256 + kHalves};
    case Layout::kZ5:
      return {32, 320, 320, 320 + kHalves};
    case Layout::kI8:
      return {32, 512, 512, 512 + kHalves};
    case Layout::kK4:
      return {256, 256, 8 * 256 + kSixBits, 8 * 256 + kSixBits + 2 * kHalves};
    case Layout::kK5:
      return {256, 320, 8 * 320 + kSixBits, 8 * 320 + kSixBits + 2 * kHalves};
    case Layout::kK6:
      return {256, 384, 8 * 384 + kScales8, 8 * 384 + kScales8 + kHalves};
    case Layout::kF16:
    case Layout::kBF16:
      return {1, 0, 0, kHalves};
    case Layout::kF32:
      return {1, 0, 0, 2 * kHalves};
  }
  return {1, 0, 0, 0};
}

constexpr bool is_float_layout(Layout layout) {
  return layout == Layout::kF16 || layout == Layout::kBF16 || layout == Layout::kF32;
}

constexpr size_t layout_panel_bytes(Layout layout, int64_t columns) {
  const LayoutInfo info = layout_info(layout);
  return (static_cast<size_t>(columns / info.columns) * info.bytes + 63) / 64 * 64;
}

// Bytes of a panel in the second area of kI8Planes.
constexpr size_t low_plane_bytes(int64_t columns) {
  return static_cast<size_t>(columns) * kPanelRows / 2;
}

// The layout of a type's packed form; kRaw when it has none.
Layout packed_layout(DType type, int64_t columns);

// One row of GGUF bytes into its lane of a panel.
void pack_row(DType type, const std::byte* row, int64_t columns, size_t lane, std::byte* panel);

// The same for a row of Q8_0 in kI8Planes; low: the panel's part of the second area.
void pack_row_planes(const std::byte* row, int64_t columns, size_t lane, std::byte* panel, std::byte* low);

// The six-bit numbers of a kK4 or kK5 block. packed: 8 x 16 bytes with the lower four bits, of the scale in the low
// nibble and of the minimum in the high one; then 4 x 16 bytes with the upper two, byte b for block b of 32 columns in
// the low nibble (scale below minimum) and for block b + 4 in the high one. scales, minimums: [8][16].
inline void unpack_six_bits(const uint8_t* packed, uint8_t* scales, uint8_t* minimums) {
  const uint8_t* upper = packed + kSuperBlocks * kPanelRows;
  constexpr int kHalf = kSuperBlocks / 2 * kPanelRows;
  for (int i = 0; i < kHalf; ++i) {
    const int low = packed[i], high = packed[i + kHalf], top = upper[i];
    scales[i] = static_cast<uint8_t>((low & 0x0F) | ((top << 4) & 0x30));
    minimums[i] = static_cast<uint8_t>((low >> 4) | ((top << 2) & 0x30));
    scales[i + kHalf] = static_cast<uint8_t>((high & 0x0F) | (top & 0x30));
    minimums[i + kHalf] = static_cast<uint8_t>((high >> 4) | ((top >> 2) & 0x30));
  }
}

}  // namespace favilla

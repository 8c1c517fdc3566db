// Packing: GGUF blocks are read 32 weights of one row at a time as small integers with their scales, then spread over
// the row's lane of a panel. The readers follow the same block layouts as dequantize() in dtype.cc, which the test
// compares them with.
#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>

#include "tensor/layout.h"

namespace favilla {
namespace {

// 32 consecutive weights of one row, with the numbers that its layout stores. Scales and minimums keep the file's bits.
struct Block {
  std::array<uint8_t, kBlockColumns> quants;  // without sign but for kI8
  uint16_t scale = 0;                         // f16; of a K-quant those of the 256 columns around
  uint16_t minimum = 0;
  std::array<uint8_t, 2> sub_scales = {};  // K-quants: of columns 0..15 and 16..31
  uint8_t sub_minimum = 0;
};

uint16_t load_u16(const uint8_t* bytes) {
  uint16_t value = 0;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

void read_nibbles(Block& block, const uint8_t* quants) {
  for (size_t i = 0; i < 16; ++i) {
    block.quants[i] = quants[i] & 0xF;
    block.quants[i + 16] = quants[i] >> 4;
  }
}

void add_fifth_bits(Block& block, const uint8_t* high_bits) {
  uint32_t bits = 0;
  std::memcpy(&bits, high_bits, sizeof bits);
  for (size_t i = 0; i < 32; ++i) block.quants[i] = static_cast<uint8_t>(block.quants[i] | (((bits >> i) & 1) << 4));
}

// Q4_0 and IQ4_NL.
Block read_q4_0(const uint8_t* row, int64_t index) {
  const uint8_t* bytes = row + index * 18;
  Block block;
  block.scale = load_u16(bytes);
  read_nibbles(block, bytes + 2);
  return block;
}

Block read_q4_1(const uint8_t* row, int64_t index) {
  const uint8_t* bytes = row + index * 20;
  Block block;
  block.scale = load_u16(bytes);
  block.minimum = load_u16(bytes + 2);
  read_nibbles(block, bytes + 4);
  return block;
}

Block read_q5_0(const uint8_t* row, int64_t index) {
  const uint8_t* bytes = row + index * 22;
  Block block;
  block.scale = load_u16(bytes);
  read_nibbles(block, bytes + 6);
  add_fifth_bits(block, bytes + 2);
  return block;
}

Block read_q5_1(const uint8_t* row, int64_t index) {
  const uint8_t* bytes = row + index * 24;
  Block block;
  block.scale = load_u16(bytes);
  block.minimum = load_u16(bytes + 2);
  read_nibbles(block, bytes + 8);
  add_fifth_bits(block, bytes + 4);
  return block;
}

Block read_q8_0(const uint8_t* row, int64_t index) {
  const uint8_t* bytes = row + index * 34;
  Block block;
  block.scale = load_u16(bytes);
  std::memcpy(block.quants.data(), bytes + 2, 32);
  return block;
}

// The scales of 32 columns j of a Q4_K or Q5_K block.
void read_k_scales(Block& block, const uint8_t* bytes, int j) {
  block.scale = load_u16(bytes);
  block.minimum = load_u16(bytes + 2);
  const uint8_t* packed = bytes + 4;
  if (j < 4) {
    block.sub_scales[0] = packed[j] & 63;
    block.sub_minimum = packed[j + 4] & 63;
  } else {
    block.sub_scales[0] = static_cast<uint8_t>((packed[j + 4] & 0xF) | ((packed[j - 4] >> 6) << 4));
    block.sub_minimum = static_cast<uint8_t>((packed[j + 4] >> 4) | ((packed[j] >> 6) << 4));
  }
}

Block read_q4_k(const uint8_t* row, int64_t index) {
  const uint8_t* bytes = row + index / 8 * 144;
  const int j = static_cast<int>(index % 8);
  Block block;
  read_k_scales(block, bytes, j);
  const uint8_t* quants = bytes + 16 + j / 2 * 32;
  for (size_t i = 0; i < 32; ++i) block.quants[i] = (quants[i] >> (4 * (j % 2))) & 0xF;
  return block;
}

Block read_q5_k(const uint8_t* row, int64_t index) {
  const uint8_t* bytes = row + index / 8 * 176;
  const int j = static_cast<int>(index % 8);
  Block block;
  read_k_scales(block, bytes, j);
  const uint8_t* high_bits = bytes + 16;
  const uint8_t* quants = bytes + 48 + j / 2 * 32;
  for (size_t i = 0; i < 32; ++i) {
    const int low = (quants[i] >> (4 * (j % 2))) & 0xF;
    block.quants[i] = static_cast<uint8_t>(low | (((high_bits[i] >> j) & 1) << 4));
  }
  return block;
}

Block read_q6_k(const uint8_t* row, int64_t index) {
  const uint8_t* bytes = row + index / 8 * 210;
  const int j = static_cast<int>(index % 8);  // of 8 sub-blocks of 32
  const uint8_t* low = bytes + j / 4 * 64 + (j % 2) * 32;
  const uint8_t* high = bytes + 128 + j / 4 * 32;
  const int quarter = j % 4;
  Block block;
  for (size_t i = 0; i < 32; ++i) {
    const int low_bits = quarter < 2 ? low[i] & 0xF : low[i] >> 4;
    const int high_bits = (high[i] >> (2 * quarter)) & 3;
    block.quants[i] = static_cast<uint8_t>(low_bits | (high_bits << 4));
  }
  block.scale = load_u16(bytes + 208);
  block.sub_scales = {bytes[192 + 2 * j], bytes[193 + 2 * j]};
  return block;
}

struct Packing {
  DType type;
  Layout layout;
  Block (*read)(const uint8_t* row, int64_t index);  // index: of 32 columns; nullptr: numbers are copied
};

constexpr Packing kPackings[] = {
    {DType::kQ4_0, Layout::kZ4, read_q4_0}, {DType::kQ4_1, Layout::kU4, read_q4_1},
    {DType::kQ5_0, Layout::kZ5, read_q5_0}, {DType::kQ5_1, Layout::kU5, read_q5_1},
    {DType::kQ8_0, Layout::kI8, read_q8_0}, {DType::kIQ4_NL, Layout::kT4, read_q4_0},
    {DType::kQ4_K, Layout::kK4, read_q4_k}, {DType::kQ5_K, Layout::kK5, read_q5_k},
    {DType::kQ6_K, Layout::kK6, read_q6_k}, {DType::kF16, Layout::kF16, nullptr},
    {DType::kBF16, Layout::kBF16, nullptr}, {DType::kF32, Layout::kF32, nullptr},
};

const Packing* find_packing(DType type) {
  const auto* found =
      std::find_if(std::begin(kPackings), std::end(kPackings), [&](const Packing& p) { return p.type == type; });
  return found == std::end(kPackings) ? nullptr : found;
}

void store_half(std::byte* halves, size_t lane, uint16_t half) {
  std::memcpy(halves + lane * sizeof half, &half, sizeof half);
}

void store_bytes(std::byte* quants, const Block& block, size_t lane) {
  for (size_t i = 0; i < 8; ++i) std::memcpy(quants + i * 64 + lane * 4, &block.quants[4 * i], 4);
}

void store_nibbles(std::byte* quants, const Block& block, size_t lane) {
  for (size_t i = 0; i < 4; ++i) {
    for (size_t j = 0; j < 4; ++j) {
      const int low = block.quants[4 * i + j] & 0xF;
      const int high = block.quants[16 + 4 * i + j] & 0xF;
      quants[i * 64 + lane * 4 + j] = static_cast<std::byte>(low | (high << 4));
    }
  }
}

void store_fifth_bits(std::byte* bits, const Block& block, size_t lane) {
  for (size_t j = 0; j < 4; ++j) {
    int byte = 0;
    for (size_t i = 0; i < 8; ++i) byte |= ((block.quants[4 * i + j] >> 4) & 1) << i;
    bits[lane * 4 + j] = static_cast<std::byte>(byte);
  }
}

void store_two_bits(std::byte* bits, const Block& block, size_t lane) {
  for (size_t half = 0; half < 2; ++half) {
    for (size_t j = 0; j < 4; ++j) {
      int byte = 0;
      for (size_t i = 0; i < 4; ++i) byte |= (block.quants[16 * half + 4 * i + j] >> 4) << (2 * i);
      bits[half * 64 + lane * 4 + j] = static_cast<std::byte>(byte);
    }
  }
}

// Enters 32 columns b of a kK4 or kK5 block; unpack_six_bits() is the inverse. The memory was zero before.
void store_six_bits(std::byte* packed, const Block& block, size_t b, size_t lane) {
  const int scale = block.sub_scales[0];
  const int minimum = block.sub_minimum;
  packed[b * kPanelRows + lane] = static_cast<std::byte>((scale & 0xF) | ((minimum & 0xF) << 4));
  const int upper = (scale >> 4) | ((minimum >> 4) << 2);
  packed[(kSuperBlocks + b % 4) * kPanelRows + lane] |= static_cast<std::byte>(upper << (b / 4 * 4));
}

void store_quants(Layout layout, std::byte* quants, const Block& block, size_t lane) {
  if (layout == Layout::kI8) {
    store_bytes(quants, block, lane);
    return;
  }
  store_nibbles(quants, block, lane);
  if (layout == Layout::kU5 || layout == Layout::kZ5 || layout == Layout::kK5) {
    store_fifth_bits(quants + 256, block, lane);
  }
  if (layout == Layout::kK6) store_two_bits(quants + 256, block, lane);
}

// Columns [32 * index, 32 * index + 32) of a row.
void store_block(Layout layout, std::byte* panel, const Block& block, size_t index, size_t lane) {
  const LayoutInfo info = layout_info(layout);
  const size_t blocks = static_cast<size_t>(info.columns / kBlockColumns);  // in one of the panel's
  std::byte* target = panel + index / blocks * info.bytes;
  const size_t b = index % blocks;
  store_quants(layout, target + b * info.quant_bytes, block, lane);
  std::byte* small_scales = target + blocks * info.quant_bytes;
  if (layout == Layout::kK4 || layout == Layout::kK5) store_six_bits(small_scales, block, b, lane);
  if (layout == Layout::kK6) {
    for (size_t half = 0; half < 2; ++half) {
      small_scales[(2 * b + half) * kPanelRows + lane] = std::byte{block.sub_scales[half]};
    }
  }
  std::byte* scale = target + info.scale_offset;
  store_half(scale, lane, block.scale);
  constexpr size_t kHalves = kPanelRows * sizeof(uint16_t);
  if (info.scale_offset + 2 * kHalves == info.bytes) store_half(scale + kHalves, lane, block.minimum);
}

}  // namespace

Layout packed_layout(DType type, int64_t columns) {
  const Packing* packing = find_packing(type);
  return packing == nullptr || columns % layout_info(packing->layout).columns != 0 ? Layout::kRaw : packing->layout;
}

void pack_row(DType type, const std::byte* row, int64_t columns, size_t lane, std::byte* panel) {
  const Packing& packing = *find_packing(type);
  if (packing.read == nullptr) {
    const size_t size = dtype_bytes(type, 1);
    for (size_t c = 0; c < static_cast<size_t>(columns); ++c) {
      std::memcpy(panel + (c * kPanelRows + lane) * size, row + c * size, size);
    }
    return;
  }
  const auto* source = reinterpret_cast<const uint8_t*>(row);
  for (int64_t index = 0; index < columns / kBlockColumns; ++index) {
    store_block(packing.layout, panel, packing.read(source, index), static_cast<size_t>(index), lane);
  }
}

void pack_row_planes(const std::byte* row, int64_t columns, size_t lane, std::byte* panel, std::byte* low) {
  constexpr LayoutInfo kInfo = layout_info(Layout::kI8Planes);
  const auto* source = reinterpret_cast<const uint8_t*>(row);
  for (int64_t index = 0; index < columns / kBlockColumns; ++index) {
    const Block block = read_q8_0(source, index);
    Block high_block, low_block;
    for (size_t i = 0; i < kBlockColumns; ++i) {
      const int quant = block.quants[i] ^ 0x80;  // signed + 128
      high_block.quants[i] = static_cast<uint8_t>(quant >> 4);
      low_block.quants[i] = static_cast<uint8_t>(quant & 0xF);
    }
    store_nibbles(panel, high_block, lane);
    store_half(panel + kInfo.scale_offset, lane, block.scale);
    store_nibbles(low, low_block, lane);
    panel += kInfo.bytes;
    low += kInfo.quant_bytes;
  }
}

}  // namespace favilla

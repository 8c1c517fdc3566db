// Packing: GGUF blocks are read 32 weights at a time as small integers with a scale and a minimum, then spread over the
// panel's lanes. The readers follow the same block layouts as dequantize() in dtype.cc, which the test compares them
// with.
#include "tensor/matrix.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace favilla {
namespace {

// 32 consecutive weights of one row: value[i] = scale[i / 16] * quant[i] + minimum.
struct Block {
  std::array<int8_t, kBlockColumns> quants;  // unsigned values in kU4 and kU5
  std::array<float, 2> scales;
  float minimum = 0;
};

uint16_t load_u16(const uint8_t* bytes) {
  uint16_t value = 0;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

float load_half(const uint8_t* bytes) {
  return half_to_float(load_u16(bytes));
}

void set_scale(Block& block, float scale) {
  block.scales = {scale, scale};
}

void read_nibbles(Block& block, const uint8_t* quants) {
  for (size_t i = 0; i < 16; ++i) {
    block.quants[i] = static_cast<int8_t>(quants[i] & 0xF);
    block.quants[i + 16] = static_cast<int8_t>(quants[i] >> 4);
  }
}

void add_fifth_bits(Block& block, const uint8_t* high_bits) {
  uint32_t bits = 0;
  std::memcpy(&bits, high_bits, sizeof bits);
  for (size_t i = 0; i < 32; ++i) block.quants[i] = static_cast<int8_t>(block.quants[i] | (((bits >> i) & 1) << 4));
}

Block read_q4_0(const uint8_t* row, int64_t index) {
  const uint8_t* bytes = row + index * 18;
  Block block;
  set_scale(block, load_half(bytes));
  block.minimum = -8 * block.scales[0];
  read_nibbles(block, bytes + 2);
  return block;
}

Block read_q4_1(const uint8_t* row, int64_t index) {
  const uint8_t* bytes = row + index * 20;
  Block block;
  set_scale(block, load_half(bytes));
  block.minimum = load_half(bytes + 2);
  read_nibbles(block, bytes + 4);
  return block;
}

Block read_q5_0(const uint8_t* row, int64_t index) {
  const uint8_t* bytes = row + index * 22;
  Block block;
  set_scale(block, load_half(bytes));
  block.minimum = -16 * block.scales[0];
  read_nibbles(block, bytes + 6);
  add_fifth_bits(block, bytes + 2);
  return block;
}

Block read_q5_1(const uint8_t* row, int64_t index) {
  const uint8_t* bytes = row + index * 24;
  Block block;
  set_scale(block, load_half(bytes));
  block.minimum = load_half(bytes + 2);
  read_nibbles(block, bytes + 8);
  add_fifth_bits(block, bytes + 4);
  return block;
}

Block read_q8_0(const uint8_t* row, int64_t index) {
  const uint8_t* bytes = row + index * 34;
  Block block;
  set_scale(block, load_half(bytes));
  std::memcpy(block.quants.data(), bytes + 2, 32);
  return block;
}

// The six-bit scale and minimum of sub-block j of a Q4_K or Q5_K block.
void set_k_scales(Block& block, const uint8_t* bytes, int j) {
  const uint8_t* packed = bytes + 4;
  int scale = 0;
  int minimum = 0;
  if (j < 4) {
    scale = packed[j] & 63;
    minimum = packed[j + 4] & 63;
  } else {
    scale = (packed[j + 4] & 0xF) | ((packed[j - 4] >> 6) << 4);
    minimum = (packed[j + 4] >> 4) | ((packed[j] >> 6) << 4);
  }
  set_scale(block, load_half(bytes) * static_cast<float>(scale));
  block.minimum = -load_half(bytes + 2) * static_cast<float>(minimum);
}

Block read_q4_k(const uint8_t* row, int64_t index) {
  const uint8_t* bytes = row + index / 8 * 144;
  const int j = static_cast<int>(index % 8);
  Block block;
  set_k_scales(block, bytes, j);
  const uint8_t* quants = bytes + 16 + j / 2 * 32;
  for (size_t i = 0; i < 32; ++i) block.quants[i] = static_cast<int8_t>((quants[i] >> (4 * (j % 2))) & 0xF);
  return block;
}

Block read_q5_k(const uint8_t* row, int64_t index) {
  const uint8_t* bytes = row + index / 8 * 176;
  const int j = static_cast<int>(index % 8);
  Block block;
  set_k_scales(block, bytes, j);
  const uint8_t* high_bits = bytes + 16;
  const uint8_t* quants = bytes + 48 + j / 2 * 32;
  for (size_t i = 0; i < 32; ++i) {
    const int low = (quants[i] >> (4 * (j % 2))) & 0xF;
    block.quants[i] = static_cast<int8_t>(low | (((high_bits[i] >> j) & 1) << 4));
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
    block.quants[i] = static_cast<int8_t>((low_bits | (high_bits << 4)) - 32);
  }
  const float scale = load_half(bytes + 208);
  for (int half = 0; half < 2; ++half) {
    const auto sub_scale = static_cast<int8_t>(bytes[192 + 2 * j + half]);
    block.scales[static_cast<size_t>(half)] = scale * static_cast<float>(sub_scale);
  }
  return block;
}

struct Packing {
  DType type;
  Layout layout;
  Block (*read)(const uint8_t* row, int64_t index);
};

constexpr Packing kPackings[] = {
    {DType::kQ4_0, Layout::kU4, read_q4_0}, {DType::kQ4_1, Layout::kU4, read_q4_1},
    {DType::kQ4_K, Layout::kU4, read_q4_k}, {DType::kQ5_0, Layout::kU5, read_q5_0},
    {DType::kQ5_1, Layout::kU5, read_q5_1}, {DType::kQ5_K, Layout::kU5, read_q5_k},
    {DType::kQ8_0, Layout::kI8, read_q8_0}, {DType::kQ6_K, Layout::kI8G16, read_q6_k},
};

const Packing* find_packing(DType type) {
  const auto* found =
      std::find_if(std::begin(kPackings), std::end(kPackings), [&](const Packing& p) { return p.type == type; });
  return found == std::end(kPackings) ? nullptr : found;
}

void store_half(std::byte* target, size_t index, float value) {
  const uint16_t half = float_to_half(value);
  std::memcpy(target + index * sizeof half, &half, sizeof half);
}

// Lane r of a register is 4 bytes: columns 4i .. 4i + 3 of row r.
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

void store_bytes(std::byte* quants, const Block& block, size_t lane) {
  for (size_t i = 0; i < 8; ++i) std::memcpy(quants + i * 64 + lane * 4, &block.quants[4 * i], 4);
}

}  // namespace

LayoutInfo layout_info(Layout layout) {
  constexpr size_t kHalves = kPanelRows * sizeof(uint16_t);
  switch (layout) {
    case Layout::kRaw:
      return {0, 0, 0};
    case Layout::kU4:
      return {256, kHalves, kHalves};
    case Layout::kU5:
      return {320, kHalves, kHalves};
    case Layout::kI8:
      return {512, kHalves, 0};
    case Layout::kI8G16:
      return {512, 2 * kHalves, 0};
  }
  return {0, 0, 0};
}

Layout packed_layout(DType type, int64_t columns) {
  const Packing* packing = find_packing(type);
  return packing == nullptr || columns % kBlockColumns != 0 ? Layout::kRaw : packing->layout;
}

Matrix Matrix::view(DType type, int64_t rows, int64_t columns, std::span<const std::byte> raw) {
  Matrix matrix;
  matrix.type_ = type;
  matrix.rows_ = rows;
  matrix.columns_ = columns;
  matrix.raw_ = raw;
  return matrix;
}

size_t layout_panel_bytes(Layout layout, int64_t columns) {
  const LayoutInfo info = layout_info(layout);
  const size_t bytes =
      static_cast<size_t>(columns / kBlockColumns) * (info.quant_bytes + info.scale_bytes + info.minimum_bytes);
  return (bytes + 63) / 64 * 64;
}

size_t Matrix::packed_bytes() const {
  const Layout layout = packed_layout(type_, columns_);
  if (layout == Layout::kRaw) return 0;
  return static_cast<size_t>((rows_ + kPanelRows - 1) / kPanelRows) * layout_panel_bytes(layout, columns_);
}

void Matrix::set_packed(std::byte* memory) {
  layout_ = packed_layout(type_, columns_);
  packed_ = memory;
}

void Matrix::pack(TeamMember member) {
  if (layout_ == Layout::kRaw) return;
  const Packing& packing = *find_packing(type_);
  const LayoutInfo info = layout_info(layout_);
  const int64_t blocks = columns_ / kBlockColumns;
  const size_t row_bytes = dtype_bytes(type_, static_cast<size_t>(columns_));
  const Range share = member.share(rows_, kPanelRows);
  for (int64_t row = share.begin; row < share.end; ++row) {
    std::byte* panel_data = packed_ + static_cast<size_t>(row / kPanelRows) * panel_bytes();
    std::byte* scales = panel_data + static_cast<size_t>(blocks) * info.quant_bytes;
    std::byte* minimums = scales + static_cast<size_t>(blocks) * info.scale_bytes;
    const auto lane = static_cast<size_t>(row % kPanelRows);
    const auto* source = reinterpret_cast<const uint8_t*>(raw_.data()) + static_cast<size_t>(row) * row_bytes;
    for (int64_t index = 0; index < blocks; ++index) {
      const Block block = packing.read(source, index);
      const auto b = static_cast<size_t>(index);
      std::byte* quants = panel_data + b * info.quant_bytes;
      if (layout_ == Layout::kU4 || layout_ == Layout::kU5) {
        store_nibbles(quants, block, lane);
        if (layout_ == Layout::kU5) store_fifth_bits(quants + 256, block, lane);
        store_half(minimums, b * kPanelRows + lane, block.minimum);
      } else {
        store_bytes(quants, block, lane);
      }
      if (layout_ == Layout::kI8G16) {
        store_half(scales, (2 * b) * kPanelRows + lane, block.scales[0]);
        store_half(scales, (2 * b + 1) * kPanelRows + lane, block.scales[1]);
      } else {
        store_half(scales, b * kPanelRows + lane, block.scales[0]);
      }
    }
  }
}

void Matrix::dequantize_row(int64_t row, float* target) const {
  const auto count = static_cast<size_t>(columns_);
  dequantize(type_, raw_.data() + static_cast<size_t>(row) * dtype_bytes(type_, count), target, count);
}

}  // namespace favilla

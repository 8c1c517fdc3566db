// The oracle of the packed products: the layouts of layout.h read lane by lane, block by block, as the comments there
// say. The integers are exact; the floats are added in the order that every instruction set keeps.
#include <cmath>
#include <cstring>

#include "tensor/kernels/kernels.h"

namespace favilla {
namespace {

float half_at(const std::byte* halves, int64_t index) {
  uint16_t half = 0;
  std::memcpy(&half, halves + index * 2, sizeof half);
  return half_to_float(half);
}

int byte_at(const std::byte* bytes, int index) {
  return static_cast<int>(bytes[index]);
}

// The stored integer of one lane at column c (0..31) of 32 columns of quants.
int quant_at(Layout layout, const std::byte* quants, int lane, int c) {
  const int place = lane * 4 + c % 4;
  if (layout == Layout::kI8) return static_cast<int8_t>(quants[c / 4 * 64 + place]);
  const int packed = byte_at(quants, c / 4 % 4 * 64 + place);
  const int nibble = c < 16 ? packed & 0xF : packed >> 4;
  const int extra = layout == Layout::kK6 ? (byte_at(quants, 256 + c / 16 * 64 + place) >> (c / 4 % 4 * 2)) & 3
                    : layout == Layout::kU5 || layout == Layout::kZ5 || layout == Layout::kK5
                        ? (byte_at(quants, 256 + place) >> (c / 4)) & 1
                        : 0;
  return nibble | (extra << 4);
}

// What stands for it in the product.
int weight_at(Layout layout, const std::byte* quants, int lane, int c) {
  const int quant = quant_at(layout, quants, lane, c);
  switch (layout) {
    case Layout::kZ4:
      return quant - 8;
    case Layout::kZ5:
      return quant - 16;
    case Layout::kK6:
      return quant - 32;
    case Layout::kT4:
      return kNonLinearLevels[quant];
    default:
      return quant;
  }
}

int dot_columns(Layout layout, const std::byte* quants, int lane, const int8_t* x, Range columns) {
  int sum = 0;
  for (auto c = static_cast<int>(columns.begin); c < columns.end; ++c) {
    sum += weight_at(layout, quants, lane, c) * x[c];
  }
  return sum;
}

// Blocks of 32 columns.
float dot_blocks(const Matrix& matrix, const std::byte* panel, int lane, const QuantizedRows& x, int64_t token) {
  const Layout layout = matrix.layout();
  const LayoutInfo info = layout_info(layout);
  const bool has_minimum = layout == Layout::kU4 || layout == Layout::kU5;
  float product = 0;
  float minimum_product = 0;
  for (int64_t b = 0; b < matrix.columns() / kBlockColumns; ++b, panel += info.bytes) {
    const int sum = dot_columns(layout, panel, lane, x.row_quants(token) + b * kBlockColumns, {0, kBlockColumns});
    const std::byte* scales = panel + info.scale_offset;
    product = std::fma(static_cast<float>(sum), half_at(scales, lane) * x.row_scales(token)[b], product);
    if (has_minimum) {
      minimum_product = std::fma(half_at(scales, kPanelRows + lane), x.row_sums(token)[b], minimum_product);
    }
  }
  return product + minimum_product;
}

// Blocks of 256 columns: the small scales join the integers (below 2^24, so exact as floats too).
float dot_super_blocks(const Matrix& matrix, const std::byte* panel, int lane, const QuantizedRows& x, int64_t token) {
  const Layout layout = matrix.layout();
  const LayoutInfo info = layout_info(layout);
  float product = 0;
  float minimum_product = 0;
  for (int64_t super = 0; super < matrix.columns() / kSuperColumns; ++super, panel += info.bytes) {
    const std::byte* small_scales = panel + kSuperBlocks * info.quant_bytes;
    uint8_t scales6[kSuperBlocks * kPanelRows];
    uint8_t minimums6[kSuperBlocks * kPanelRows];
    if (layout != Layout::kK6) unpack_six_bits(reinterpret_cast<const uint8_t*>(small_scales), scales6, minimums6);
    float sum = 0;
    float minimum_sum = 0;
    for (int i = 0; i < kSuperBlocks; ++i) {
      const int64_t b = super * kSuperBlocks + i;
      const std::byte* quants = panel + static_cast<size_t>(i) * info.quant_bytes;
      const int8_t* activations = x.row_quants(token) + b * kBlockColumns;
      int scaled = 0;
      if (layout == Layout::kK6) {
        for (int half = 0; half < 2; ++half) {
          const auto scale = static_cast<int8_t>(small_scales[(2 * i + half) * kPanelRows + lane]);
          scaled += scale * dot_columns(layout, quants, lane, activations, {16 * half, 16 * half + 16});
        }
      } else {
        scaled = scales6[i * kPanelRows + lane] * dot_columns(layout, quants, lane, activations, {0, kBlockColumns});
        const auto minimum = static_cast<float>(minimums6[i * kPanelRows + lane]);
        minimum_sum = std::fma(minimum, x.row_sums(token)[b], minimum_sum);
      }
      sum = std::fma(static_cast<float>(scaled), x.row_scales(token)[b], sum);
    }
    const std::byte* scales = panel + info.scale_offset;
    product = std::fma(half_at(scales, lane), sum, product);
    if (layout != Layout::kK6)
      minimum_product = std::fma(half_at(scales, kPanelRows + lane), minimum_sum, minimum_product);
  }
  return product - minimum_product;
}

float number_at(Layout layout, const std::byte* numbers, int64_t index) {
  if (layout == Layout::kF16) return half_at(numbers, index);
  uint32_t bits = 0;
  if (layout == Layout::kF32) {
    std::memcpy(&bits, numbers + index * 4, 4);
  } else {
    uint16_t top = 0;
    std::memcpy(&top, numbers + index * 2, 2);
    bits = static_cast<uint32_t>(top) << 16;
  }
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// Even and odd columns are summed apart.
float dot_floats(const Matrix& matrix, const std::byte* panel, int lane, const float* x) {
  float sums[2] = {0, 0};
  for (int64_t c = 0; c < matrix.columns(); ++c) {
    sums[c % 2] += number_at(matrix.layout(), panel, c * kPanelRows + lane) * x[c];
  }
  return sums[0] + sums[1];
}

// Calls dot(panel, lane, token) for every row of the panels and every token.
template <class Dot>
void for_each_output(const Matrix& matrix, Range panels, Range tokens, float* out, int64_t out_stride, Dot dot) {
  for (int64_t panel = panels.begin; panel < panels.end; ++panel) {
    for (int64_t token = tokens.begin; token < tokens.end; ++token) {
      for (int lane = 0; lane < kPanelRows && panel * kPanelRows + lane < matrix.rows(); ++lane) {
        out[token * out_stride + panel * kPanelRows + lane] = dot(matrix.panel(panel), lane, token);
      }
    }
  }
}

#include "tensor/kernels/matmul_planes_inl.h"

}  // namespace

void multiply_packed_scalar(const Matrix& matrix, Range panels, const QuantizedRows& x, Range tokens, float* out,
                            int64_t out_stride) {
  if (matrix.layout() == Layout::kI8Planes) {
    multiply_joined_planes(matrix, panels, x, tokens, out, out_stride, multiply_packed_scalar);
    return;
  }
  const auto dot = layout_info(matrix.layout()).columns == kSuperColumns ? dot_super_blocks : dot_blocks;
  for_each_output(matrix, panels, tokens, out, out_stride,
                  [&](const std::byte* panel, int lane, int64_t token) { return dot(matrix, panel, lane, x, token); });
}

void multiply_float_scalar(const Matrix& matrix, Range panels, const float* x, Range tokens, float* out,
                           int64_t out_stride) {
  for_each_output(matrix, panels, tokens, out, out_stride, [&](const std::byte* panel, int lane, int64_t token) {
    return dot_floats(matrix, panel, lane, x + token * matrix.columns());
  });
}

}  // namespace favilla

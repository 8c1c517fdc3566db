// The oracle of the packed products: the layouts of matrix.h read lane by lane, block by block, as the comments there
// say.
#include <cstring>

#include "tensor/kernels/kernels.h"

namespace favilla {
namespace {

float half_at(const std::byte* halves, int64_t index) {
  uint16_t half = 0;
  std::memcpy(&half, halves + index * 2, sizeof half);
  return half_to_float(half);
}

// The weight's integer at column c (0..31) of a block, for one lane.
int quant_at(const std::byte* quants, Layout layout, int lane, int column) {
  const int group = column / 4 % 4;
  const int byte = column % 4;
  if (layout == Layout::kI8 || layout == Layout::kI8G16) {
    return static_cast<int8_t>(quants[column / 4 * 64 + lane * 4 + byte]);
  }
  const int packed = static_cast<int>(quants[group * 64 + lane * 4 + byte]);
  const int nibble = column < 16 ? packed & 0xF : packed >> 4;
  if (layout == Layout::kU4) return nibble;
  const int bits = static_cast<int>(quants[256 + lane * 4 + byte]);
  return nibble | (((bits >> (column / 4)) & 1) << 4);
}

float dot_lane(const Matrix& matrix, const std::byte* panel, int lane, const QuantizedRows& x, int64_t token) {
  const Layout layout = matrix.layout();
  const LayoutInfo info = layout_info(layout);
  const int64_t blocks = matrix.columns() / kBlockColumns;
  const std::byte* scales = panel + static_cast<size_t>(blocks) * info.quant_bytes;
  const std::byte* minimums = scales + static_cast<size_t>(blocks) * info.scale_bytes;
  const int groups = layout == Layout::kI8G16 ? 2 : 1;
  float product = 0;
  float minimum_product = 0;
  for (int64_t block = 0; block < blocks; ++block) {
    const std::byte* quants = panel + static_cast<size_t>(block) * info.quant_bytes;
    const int8_t* activations = x.row_quants(token) + block * kBlockColumns;
    for (int group = 0; group < groups; ++group) {
      int sum = 0;
      for (int c = group * 16; c < (groups == 1 ? 32 : group * 16 + 16); ++c) {
        sum += quant_at(quants, layout, lane, c) * activations[c];
      }
      const float scale = half_at(scales, (block * groups + group) * kPanelRows + lane);
      product += static_cast<float>(sum) * (scale * x.row_scales(token)[block]);
    }
    if (info.minimum_bytes != 0)
      minimum_product += half_at(minimums, block * kPanelRows + lane) * x.row_sums(token)[block];
  }
  return product + minimum_product;
}

}  // namespace

void multiply_packed_scalar(const Matrix& matrix, Range panels, const QuantizedRows& x, Range tokens, float* out,
                            int64_t out_stride) {
  for (int64_t panel = panels.begin; panel < panels.end; ++panel) {
    for (int64_t token = tokens.begin; token < tokens.end; ++token) {
      for (int lane = 0; lane < kPanelRows && panel * kPanelRows + lane < matrix.rows(); ++lane) {
        out[token * out_stride + panel * kPanelRows + lane] = dot_lane(matrix, matrix.panel(panel), lane, x, token);
      }
    }
  }
}

}  // namespace favilla

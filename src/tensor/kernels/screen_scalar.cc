// The oracle of the screens: sums of a block are exact, and the floats are added block by block as every instruction
// set does.
#include <cmath>
#include <cstring>

#include "tensor/kernels/kernels.h"

namespace favilla {
namespace {

constexpr float kLowMean = 7.5F, kLowVariance = 21.25F;  // of a number equally distributed over 0..15

// One row, in its lane of the panel.
void screen_row(const std::byte* panel, int lane, const QuantizedRows& x, int64_t token, float* approximate,
                float* deviation) {
  constexpr LayoutInfo kInfo = layout_info(Layout::kI8Planes);
  float product = 0;
  float variance = 0;
  for (int64_t b = 0; b < x.columns / kBlockColumns; ++b, panel += kInfo.bytes) {
    const int8_t* quants = x.row_quants(token) + b * kBlockColumns;
    float sum = 0;  // of multiples of 0.5 below 2^20: exact
    int squares = 0;
    for (int c = 0; c < kBlockColumns; ++c) {
      const auto nibbles = static_cast<int>(panel[c / 4 % 4 * 64 + lane * 4 + c % 4]);
      const int high = c < 16 ? nibbles & 0xF : nibbles >> 4;
      sum += (static_cast<float>(16 * high - 128) + kLowMean) * static_cast<float>(quants[c]);
      squares += quants[c] * quants[c];
    }
    uint16_t half = 0;
    std::memcpy(&half, panel + kInfo.scale_offset + static_cast<size_t>(lane) * sizeof half, sizeof half);
    const float scale = half_to_float(half) * x.row_scales(token)[b];
    product = std::fma(sum, scale, product);
    variance = std::fma(scale * scale, kLowVariance * static_cast<float>(squares), variance);
  }
  *approximate = product;
  *deviation = std::sqrt(variance);
}

}  // namespace

void screen_scalar(const Matrix& matrix, Range panels, const QuantizedRows& x, int64_t token, float* approximate,
                   float* deviation) {
  for (int64_t panel = panels.begin; panel < panels.end; ++panel) {
    for (int lane = 0; lane < kPanelRows && panel * kPanelRows + lane < matrix.rows(); ++lane) {
      const int64_t row = panel * kPanelRows + lane;
      screen_row(matrix.panel(panel), lane, x, token, approximate + row, deviation + row);
    }
  }
}

}  // namespace favilla

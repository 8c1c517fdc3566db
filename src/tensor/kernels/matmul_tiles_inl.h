// The loop over panels and tiles of tokens that the SIMD products share. Included by matmul_<isa>.cc only, which define
// before it: constexpr int kMaxTile (tokens computed together), and
//   template <Layout kLayout, int kTokens> void multiply_tile(const PanelView&, const QuantizedRows&, int64_t token,
//   float* tile)
// writing tile[t][16].

// The three areas of one panel.
struct PanelView {
  const std::byte* quants;
  const uint16_t* scales;
  const uint16_t* minimums;
  int64_t blocks;
};

template <Layout kLayout, int kTokens>
void multiply_tile(const PanelView& panel, const QuantizedRows& x, int64_t token, float* tile);

// Picks the instantiation for 1 <= tokens <= kTokens.
template <Layout kLayout, int kTokens>
inline void dispatch_tile(int64_t tokens, const PanelView& panel, const QuantizedRows& x, int64_t token, float* tile) {
  if constexpr (kTokens > 0) {
    if (tokens == kTokens) {
      multiply_tile<kLayout, kTokens>(panel, x, token, tile);
    } else {
      dispatch_tile<kLayout, kTokens - 1>(tokens, panel, x, token, tile);
    }
  }
}

template <Layout kLayout>
inline void multiply_panels(const Matrix& matrix, Range panels, const QuantizedRows& x, Range tokens, float* out,
                            int64_t out_stride) {
  const LayoutInfo info = layout_info(kLayout);
  const int64_t blocks = matrix.columns() / kBlockColumns;
  alignas(64) float tile[kMaxTile * kPanelRows];
  for (int64_t index = panels.begin; index < panels.end; ++index) {
    const std::byte* quants = matrix.panel(index);
    const std::byte* scales = quants + static_cast<size_t>(blocks) * info.quant_bytes;
    const std::byte* minimums = scales + static_cast<size_t>(blocks) * info.scale_bytes;
    const PanelView panel{quants, reinterpret_cast<const uint16_t*>(scales),
                          reinterpret_cast<const uint16_t*>(minimums), blocks};
    const int64_t row = index * kPanelRows;
    const int64_t rows = matrix.rows() - row < kPanelRows ? matrix.rows() - row : kPanelRows;
    for (int64_t token = tokens.begin; token < tokens.end; token += kMaxTile) {
      const int64_t count = tokens.end - token < kMaxTile ? tokens.end - token : kMaxTile;
      dispatch_tile<kLayout, kMaxTile>(count, panel, x, token, tile);
      for (int64_t t = 0; t < count; ++t) {
        __builtin_memcpy(out + (token + t) * out_stride + row, tile + t * kPanelRows,
                         static_cast<size_t>(rows) * sizeof(float));
      }
    }
  }
}

inline void multiply_any(const Matrix& matrix, Range panels, const QuantizedRows& x, Range tokens, float* out,
                         int64_t out_stride) {
  switch (matrix.layout()) {
    case Layout::kRaw:
      break;  // multiply_raw's
    case Layout::kU4:
      multiply_panels<Layout::kU4>(matrix, panels, x, tokens, out, out_stride);
      break;
    case Layout::kU5:
      multiply_panels<Layout::kU5>(matrix, panels, x, tokens, out, out_stride);
      break;
    case Layout::kI8:
      multiply_panels<Layout::kI8>(matrix, panels, x, tokens, out, out_stride);
      break;
    case Layout::kI8G16:
      multiply_panels<Layout::kI8G16>(matrix, panels, x, tokens, out, out_stride);
      break;
  }
}

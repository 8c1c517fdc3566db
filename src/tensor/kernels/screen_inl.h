// What the SIMD products of kI8Planes share: the screen, which is one token over the panels' high nibbles in the order
// of the oracle, and the exact product for few tokens. Included by screen_<isa>.cc only, which define before it
//   Floats                a register of floats, one for each row; kRegisterRows of them
//   sum_nibbles(quants, activations) -> Floats   16 * the products of 32 columns of nibbles, of some rows
//   load_halves, splat, multiply, multiply_add(a, b, c) = a * b + c rounded once, square_root, store_floats

constexpr size_t kPrefetchBytes = 2048;  // how far ahead weights are asked for: 13 % faster than without, 8192 slower
constexpr float kLowMean = 7.5F, kLowVariance = 21.25F;  // of a number equally distributed over 0..15

// What the token adds to every row, for each of its blocks.
struct BlockTerms {
  float offsets[kMaxPlaneColumns / kBlockColumns];    // what weight = 16 * high + low - 128 needs beside high
  float variances[kMaxPlaneColumns / kBlockColumns];  // of a weight scale and an activation scale of 1

  BlockTerms(const QuantizedRows& x, int64_t token) {
    const int8_t* quants = x.row_quants(token);
    for (int64_t b = 0; b < x.columns / kBlockColumns; ++b, quants += kBlockColumns) {
      int sum = 0, squares = 0;
      for (int c = 0; c < kBlockColumns; ++c) {
        sum += quants[c];
        squares += quants[c] * quants[c];
      }
      offsets[b] = (kLowMean - 128) * static_cast<float>(sum);
      variances[b] = kLowVariance * static_cast<float>(squares);
    }
  }
};

// approximate, deviation: [16].
inline void screen_panel(const std::byte* panel, const QuantizedRows& x, int64_t token, const BlockTerms& terms,
                         float* approximate, float* deviation) {
  constexpr LayoutInfo kInfo = layout_info(Layout::kI8Planes);
  constexpr int kRegisters = kPanelRows / kRegisterRows;
  Floats products[kRegisters] = {};
  Floats variances[kRegisters] = {};
  const int8_t* quants = x.row_quants(token);
  const float* scales = x.row_scales(token);
  for (int64_t b = 0; b < x.columns / kBlockColumns; ++b, panel += kInfo.bytes, quants += kBlockColumns) {
    for (size_t line = 0; line < kInfo.bytes; line += 64) __builtin_prefetch(panel + kPrefetchBytes + line);
    for (int r = 0; r < kRegisters; ++r) {
      const int row = r * kRegisterRows;
      const Floats sum = sum_nibbles(panel + 4 * row, quants) + splat(terms.offsets[b]);  // exact
      const Floats scale = multiply(load_halves(panel + kInfo.scale_offset + 2 * row), splat(scales[b]));
      products[r] = multiply_add(sum, scale, products[r]);
      variances[r] = multiply_add(multiply(scale, scale), splat(terms.variances[b]), variances[r]);
    }
  }
  for (int r = 0; r < kRegisters; ++r) {
    store_floats(approximate + r * kRegisterRows, products[r]);
    store_floats(deviation + r * kRegisterRows, square_root(variances[r]));
  }
}

inline void screen_panels(const Matrix& matrix, Range panels, const QuantizedRows& x, int64_t token, float* approximate,
                          float* deviation) {
  const BlockTerms terms(x, token);
  for (int64_t index = panels.begin; index < panels.end; ++index) {
    const int64_t row = index * kPanelRows;
    if (row + kPanelRows <= matrix.rows()) {
      screen_panel(matrix.panel(index), x, token, terms, approximate + row, deviation + row);
      continue;
    }
    float products[kPanelRows], deviations[kPanelRows];
    screen_panel(matrix.panel(index), x, token, terms, products, deviations);
    const auto bytes = static_cast<size_t>(matrix.rows() - row) * sizeof(float);
    __builtin_memcpy(approximate + row, products, bytes);
    __builtin_memcpy(deviation + row, deviations, bytes);
  }
}

// sums: [kTokens][16]. Joining the planes first, as for many tokens, would take twice as long as reading them.
template <int kTokens>
inline void multiply_planes_panel(const std::byte* high, const std::byte* low, const QuantizedRows& x, int64_t token,
                                  float* sums) {
  constexpr LayoutInfo kInfo = layout_info(Layout::kI8Planes);
  constexpr int kRegisters = kPanelRows / kRegisterRows;
  Floats products[kTokens][kRegisters] = {};
  for (int64_t b = 0; b < x.columns / kBlockColumns; ++b, high += kInfo.bytes, low += kInfo.quant_bytes) {
    for (size_t line = 0; line < kInfo.bytes; line += 64) __builtin_prefetch(high + kPrefetchBytes + line);
    for (size_t line = 0; line < kInfo.quant_bytes; line += 64) __builtin_prefetch(low + kPrefetchBytes + line);
    for (int r = 0; r < kRegisters; ++r) {
      const int row = r * kRegisterRows;
      const Floats weight_scale = load_halves(high + kInfo.scale_offset + 2 * row);
      for (int t = 0; t < kTokens; ++t) {
        const int8_t* quants = x.row_quants(token + t) + b * kBlockColumns;
        const Floats offset = splat(static_cast<float>(x.row_block_offsets(token + t)[b]));
        const Floats highs = sum_nibbles(high + 4 * row, quants), lows = sum_nibbles(low + 4 * row, quants);
        const Floats sum = multiply_add(lows, splat(1.0F / 16), highs + offset);  // whole and below 2^24: exact
        const Floats scale = multiply(weight_scale, splat(x.row_scales(token + t)[b]));
        products[t][r] = multiply_add(sum, scale, products[t][r]);
      }
    }
  }
  for (int t = 0; t < kTokens; ++t) {
    for (int r = 0; r < kRegisters; ++r) store_floats(sums + t * kPanelRows + r * kRegisterRows, products[t][r]);
  }
}

inline void multiply_planes_of_few(const Matrix& matrix, Range panels, const QuantizedRows& x, Range tokens, float* out,
                                   int64_t out_stride) {
  alignas(64) float sums[kFewPlaneTokens * kPanelRows];
  const int64_t count = tokens.end - tokens.begin;
  for (int64_t index = panels.begin; index < panels.end; ++index) {
    const std::byte* high = matrix.panel(index);
    const std::byte* low = matrix.low_plane(index);
    if (count == 1) {
      multiply_planes_panel<1>(high, low, x, tokens.begin, sums);
    } else if (count == kFewPlaneTokens) {
      multiply_planes_panel<kFewPlaneTokens>(high, low, x, tokens.begin, sums);
    }
    const int64_t row = index * kPanelRows;
    const int64_t rows = matrix.rows() - row < kPanelRows ? matrix.rows() - row : kPanelRows;
    for (int64_t t = 0; t < count; ++t) {
      __builtin_memcpy(out + (tokens.begin + t) * out_stride + row, sums + t * kPanelRows,
                       static_cast<size_t>(rows) * sizeof(float));
    }
  }
}

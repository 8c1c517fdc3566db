// Packed products for instruction sets that multiply four weights by four activations per 32-bit lane and add them to a
// sum, so that nothing can overflow, where a register holds fewer rows than a panel. Included by matmul_<isa>.cc only,
// which define before it:
//   kMaxTile               tokens computed together
//   kMultiplyFewPlanes     the product of kI8Planes for at most kFewPlaneTokens
//   pass_registers(layout, tokens)   registers of sums for each token; fewer than a panel's rows need: more passes
//   Bytes, Sums, Floats    registers of four weights, one sum, one float for each row
//   Activations            16 columns of one token, made by load_activations
//   load_bytes, low_nibbles, high_nibbles, look_up (nibbles to their levels of kNonLinearLevels)
//   move_bits<kBit, kMask> (moves bit kBit of every byte to bit 4, and those above with it, then masks)
//   signed_weights         bytes of -128..127 as dot() wants them; look_up gives the same form
//   kSignedZeroPoint       what both of them add to each weight
//   dot<kGroup>(sums, weights, activations)   adds the products with columns 4 kGroup .. 4 kGroup + 3
//   shifted_sum<kShift>(offset) = offset / 2^kShift in every row, splat, load_halves, load_unsigned, load_signed (bytes
//   to floats), to_floats, multiply, multiply_add(a, b, c) = a * b + c rounded once, store_floats
// The order of the float operations is that of every other instruction set, so the same bits come out.

constexpr int kRegisterBytes = sizeof(Bytes);
constexpr int kRegisterRows = kRegisterBytes / 4;
constexpr size_t kHalves = kPanelRows * sizeof(uint16_t);  // bytes of a field f16[16]

// What a stored integer has more than the weight that it stands for. The products of that are taken back by the first
// value of a sum, exactly.
constexpr int zero_point(Layout layout) {
  switch (layout) {
    case Layout::kZ4:
      return 8;
    case Layout::kZ5:
      return 16;
    case Layout::kK6:
      return 32;
    case Layout::kI8:
    case Layout::kT4:
      return kSignedZeroPoint;
    default:
      return 0;
  }
}

// offset: -128 * the sum of the activations.
template <Layout kLayout>
inline Sums start_sum(int32_t offset) {
  constexpr int kZeroPoint = zero_point(kLayout);
  if constexpr (kZeroPoint == 0) {
    return Sums{};
  } else {
    constexpr int kShift = 7 - std::countr_zero(static_cast<unsigned>(kZeroPoint));
    return shifted_sum<kShift>(offset);
  }
}

// Weights of one register of rows.
struct WeightPair {
  Bytes first;   // columns 4 kGroup .. 4 kGroup + 3 of a block
  Bytes second;  // 16 columns further
};

template <Layout kLayout, int kGroup>
inline WeightPair load_weights(const std::byte* quants) {
  const Bytes packed = load_bytes(quants + kGroup * 64);
  if constexpr (kLayout == Layout::kI8) {
    return {signed_weights(packed), signed_weights(load_bytes(quants + 256 + kGroup * 64))};
  } else {
    WeightPair weights{low_nibbles(packed), high_nibbles(packed)};
    if constexpr (kLayout == Layout::kT4) {
      weights = {look_up(weights.first), look_up(weights.second)};
    } else if constexpr (kLayout == Layout::kK6) {
      weights.first |= move_bits<2 * kGroup, 0x30>(load_bytes(quants + 256));
      weights.second |= move_bits<2 * kGroup, 0x30>(load_bytes(quants + 320));
    } else if constexpr (kLayout == Layout::kU5 || kLayout == Layout::kZ5 || kLayout == Layout::kK5) {
      const Bytes bits = load_bytes(quants + 256);
      weights.first |= move_bits<kGroup, 0x10>(bits);
      weights.second |= move_bits<kGroup + 4, 0x10>(bits);
    }
    return weights;
  }
}

// Some tokens' columns of one block.
template <int kTokens>
struct BlockActivations {
  Activations first[kTokens];   // columns 0..15
  Activations second[kTokens];  // 16..31

  BlockActivations(const QuantizedRows& x, int64_t token, int64_t block) {
    for (int t = 0; t < kTokens; ++t) {
      const int8_t* quants = x.row_quants(token + t) + block * kBlockColumns;
      first[t] = load_activations(quants);
      second[t] = load_activations(quants + 16);
    }
  }
};

// Adds columns 4 kGroup .. and 16 + 4 kGroup .. of a block; first and second may be the same sums.
template <Layout kLayout, int kGroup, int kTokens, int kRegisters>
inline void add_group(const std::byte* quants, const BlockActivations<kTokens>& x, Sums (&first)[kTokens][kRegisters],
                      Sums (&second)[kTokens][kRegisters]) {
  for (int r = 0; r < kRegisters; ++r) {
    const WeightPair weights = load_weights<kLayout, kGroup>(quants + r * kRegisterBytes);
    for (int t = 0; t < kTokens; ++t) {
      first[t][r] = dot<kGroup>(first[t][r], weights.first, x.first[t]);
      second[t][r] = dot<kGroup>(second[t][r], weights.second, x.second[t]);
    }
  }
}

template <Layout kLayout, int kTokens, int kRegisters>
inline void add_groups(const std::byte* quants, const QuantizedRows& x, int64_t token, int64_t block,
                       Sums (&first)[kTokens][kRegisters], Sums (&second)[kTokens][kRegisters]) {
  const BlockActivations<kTokens> activations(x, token, block);
  add_group<kLayout, 0>(quants, activations, first, second);
  add_group<kLayout, 1>(quants, activations, first, second);
  add_group<kLayout, 2>(quants, activations, first, second);
  add_group<kLayout, 3>(quants, activations, first, second);
}

// Sums over the 32 columns of a block.
template <Layout kLayout, int kTokens, int kRegisters>
inline void sum_block(const std::byte* quants, const QuantizedRows& x, int64_t token, int64_t block,
                      Sums (&sums)[kTokens][kRegisters]) {
  for (int t = 0; t < kTokens; ++t) {
    const int32_t offset = x.row_block_offsets(token + t)[block];
    for (int r = 0; r < kRegisters; ++r) sums[t][r] = start_sum<kLayout>(offset);
  }
  add_groups<kLayout>(quants, x, token, block, sums, sums);
}

// Register r of a field f16[16], for a pass that begins at some row.
inline Floats half_lanes(const std::byte* field, int row, int r) {
  return load_halves(reinterpret_cast<const uint16_t*>(field) + row + r * kRegisterRows);
}

// Layouts with blocks of 32 columns.
template <Layout kLayout, int kTokens, int kRegisters>
inline void add_blocks(const std::byte* panel, int row, const QuantizedRows& x, int64_t token,
                       Floats (&products)[kTokens][kRegisters]) {
  constexpr LayoutInfo kInfo = layout_info(kLayout);
  const int64_t blocks = x.columns / kBlockColumns;
  const std::byte* block = panel;
  for (int64_t b = 0; b < blocks; ++b, block += kInfo.bytes) {
    Sums sums[kTokens][kRegisters];
    sum_block<kLayout>(block + 4 * row, x, token, b, sums);
    for (int r = 0; r < kRegisters; ++r) {
      const Floats scales = half_lanes(block + kInfo.scale_offset, row, r);
      for (int t = 0; t < kTokens; ++t) {
        const Floats scale = multiply(scales, splat(x.row_scales(token + t)[b]));
        products[t][r] = multiply_add(to_floats(sums[t][r]), scale, products[t][r]);
      }
    }
  }
  if constexpr (kLayout == Layout::kU4 || kLayout == Layout::kU5) {
    // A loop of its own, so that these sums need no registers in the one above.
    Floats minimum_products[kTokens][kRegisters] = {};
    block = panel;
    for (int64_t b = 0; b < blocks; ++b, block += kInfo.bytes) {
      for (int r = 0; r < kRegisters; ++r) {
        const Floats minimums = half_lanes(block + kInfo.scale_offset + kHalves, row, r);
        for (int t = 0; t < kTokens; ++t) {
          minimum_products[t][r] = multiply_add(minimums, splat(x.row_sums(token + t)[b]), minimum_products[t][r]);
        }
      }
    }
    for (int t = 0; t < kTokens; ++t) {
      for (int r = 0; r < kRegisters; ++r) products[t][r] += minimum_products[t][r];
    }
  }
}

// sums = the product of a kK6 block, without its scale.
template <int kTokens, int kRegisters>
inline void sum_k6_block(const std::byte* block, int row, const QuantizedRows& x, int64_t token, int64_t first_block,
                         Floats (&sums)[kTokens][kRegisters]) {
  constexpr LayoutInfo kInfo = layout_info(Layout::kK6);
  const auto* scales = reinterpret_cast<const int8_t*>(block) + kSuperBlocks * kInfo.quant_bytes + row;
  for (int i = 0; i < kSuperBlocks; ++i, scales += 2 * kPanelRows) {
    const int64_t b = first_block + i;
    Sums first[kTokens][kRegisters];
    Sums second[kTokens][kRegisters];
    for (int t = 0; t < kTokens; ++t) {
      const int32_t* offsets = x.row_half_offsets(token + t) + 2 * b;
      for (int r = 0; r < kRegisters; ++r) {
        first[t][r] = start_sum<Layout::kK6>(offsets[0]);
        second[t][r] = start_sum<Layout::kK6>(offsets[1]);
      }
    }
    add_groups<Layout::kK6>(block + i * kInfo.quant_bytes + 4 * row, x, token, b, first, second);
    for (int r = 0; r < kRegisters; ++r) {
      const Floats first_scales = load_signed(scales + r * kRegisterRows);
      const Floats second_scales = load_signed(scales + kPanelRows + r * kRegisterRows);
      for (int t = 0; t < kTokens; ++t) {
        // Whole numbers below 2^24: nothing is rounded yet.
        const Floats scaled =
            multiply_add(to_floats(second[t][r]), second_scales, multiply(to_floats(first[t][r]), first_scales));
        sums[t][r] = multiply_add(scaled, splat(x.row_scales(token + t)[b]), sums[t][r]);
      }
    }
  }
}

// The same for kK4 and kK5, and the product of the activations' sums with the block's small minimums.
template <Layout kLayout, int kTokens, int kRegisters>
inline void sum_k_block(const std::byte* block, int row, const QuantizedRows& x, int64_t token, int64_t first_block,
                        Floats (&sums)[kTokens][kRegisters], Floats (&minimum_sums)[kTokens][kRegisters]) {
  constexpr LayoutInfo kInfo = layout_info(kLayout);
  uint8_t scales[kSuperBlocks * kPanelRows];
  uint8_t minimums[kSuperBlocks * kPanelRows];
  unpack_six_bits(reinterpret_cast<const uint8_t*>(block) + kSuperBlocks * kInfo.quant_bytes, scales, minimums);
  for (int i = 0; i < kSuperBlocks; ++i) {
    const int64_t b = first_block + i;
    Sums block_sums[kTokens][kRegisters];
    sum_block<kLayout>(block + i * kInfo.quant_bytes + 4 * row, x, token, b, block_sums);
    for (int r = 0; r < kRegisters; ++r) {
      const Floats small_scales = load_unsigned(scales + i * kPanelRows + row + r * kRegisterRows);
      for (int t = 0; t < kTokens; ++t) {
        const Floats scaled = multiply(to_floats(block_sums[t][r]), small_scales);  // whole and below 2^24: exact
        sums[t][r] = multiply_add(scaled, splat(x.row_scales(token + t)[b]), sums[t][r]);
      }
    }
  }
  for (int i = 0; i < kSuperBlocks; ++i) {
    for (int r = 0; r < kRegisters; ++r) {
      const Floats small_minimums = load_unsigned(minimums + i * kPanelRows + row + r * kRegisterRows);
      for (int t = 0; t < kTokens; ++t) {
        const Floats sum = splat(x.row_sums(token + t)[first_block + i]);
        minimum_sums[t][r] = multiply_add(small_minimums, sum, minimum_sums[t][r]);
      }
    }
  }
}

// Layouts with blocks of 256 columns.
template <Layout kLayout, int kTokens, int kRegisters>
inline void add_super_blocks(const std::byte* panel, int row, const QuantizedRows& x, int64_t token,
                             Floats (&products)[kTokens][kRegisters]) {
  constexpr LayoutInfo kInfo = layout_info(kLayout);
  Floats minimum_products[kTokens][kRegisters] = {};
  for (int64_t b = 0; b < x.columns / kBlockColumns; b += kSuperBlocks, panel += kInfo.bytes) {
    Floats sums[kTokens][kRegisters] = {};
    Floats minimum_sums[kTokens][kRegisters] = {};
    if constexpr (kLayout == Layout::kK6) {
      sum_k6_block(panel, row, x, token, b, sums);
    } else {
      sum_k_block<kLayout>(panel, row, x, token, b, sums, minimum_sums);
    }
    for (int r = 0; r < kRegisters; ++r) {
      const Floats scales = half_lanes(panel + kInfo.scale_offset, row, r);
      for (int t = 0; t < kTokens; ++t) products[t][r] = multiply_add(scales, sums[t][r], products[t][r]);
      if constexpr (kLayout != Layout::kK6) {
        const Floats minimums = half_lanes(panel + kInfo.scale_offset + kHalves, row, r);
        for (int t = 0; t < kTokens; ++t) {
          minimum_products[t][r] = multiply_add(minimums, minimum_sums[t][r], minimum_products[t][r]);
        }
      }
    }
  }
  for (int t = 0; t < kTokens; ++t) {
    for (int r = 0; r < kRegisters; ++r) products[t][r] -= minimum_products[t][r];
  }
}

// tile: [kTokens][16], the product of one panel.
template <Layout kLayout, int kTokens>
void multiply_tile(const std::byte* panel, const QuantizedRows& x, int64_t token, float* tile) {
  constexpr int kRegisters = pass_registers(kLayout, kTokens);
  for (int row = 0; row < kPanelRows; row += kRegisters * kRegisterRows) {
    Floats products[kTokens][kRegisters] = {};
    if constexpr (layout_info(kLayout).columns == kSuperColumns) {
      add_super_blocks<kLayout>(panel, row, x, token, products);
    } else {
      add_blocks<kLayout>(panel, row, x, token, products);
    }
    for (int t = 0; t < kTokens; ++t) {
      for (int r = 0; r < kRegisters; ++r)
        store_floats(tile + t * kPanelRows + row + r * kRegisterRows, products[t][r]);
    }
  }
}

// Calls multiply.operator()<number of tokens>(panel, first token, tile [tokens][16]) for every panel and tile of
// tokens.
template <int kTokens, class Multiply>
inline void multiply_tokens(int64_t tokens, const std::byte* panel, int64_t token, float* tile, Multiply multiply) {
  if constexpr (kTokens > 0) {
    if (tokens == kTokens) {
      multiply.template operator()<kTokens>(panel, token, tile);
    } else {
      multiply_tokens<kTokens - 1>(tokens, panel, token, tile, multiply);
    }
  }
}

template <class Multiply>
inline void multiply_panels(const Matrix& matrix, Range panels, Range tokens, float* out, int64_t out_stride,
                            Multiply multiply) {
  alignas(64) float tile[kMaxTile * kPanelRows];
  for (int64_t index = panels.begin; index < panels.end; ++index) {
    const int64_t row = index * kPanelRows;
    const int64_t rows = matrix.rows() - row < kPanelRows ? matrix.rows() - row : kPanelRows;
    for (int64_t token = tokens.begin; token < tokens.end; token += kMaxTile) {
      const int64_t count = tokens.end - token < kMaxTile ? tokens.end - token : kMaxTile;
      multiply_tokens<kMaxTile>(count, matrix.panel(index), token, tile, multiply);
      for (int64_t t = 0; t < count; ++t) {
        __builtin_memcpy(out + (token + t) * out_stride + row, tile + t * kPanelRows,
                         static_cast<size_t>(rows) * sizeof(float));
      }
    }
  }
}

#include "tensor/kernels/matmul_planes_inl.h"

inline void multiply_packed(const Matrix& matrix, Range panels, const QuantizedRows& x, Range tokens, float* out,
                            int64_t out_stride) {
  const auto multiply_layout = [&]<Layout kLayout>() {
    multiply_panels(matrix, panels, tokens, out, out_stride,
                    [&]<int kTokens>(const std::byte* panel, int64_t token, float* tile) {
                      multiply_tile<kLayout, kTokens>(panel, x, token, tile);
                    });
  };
  switch (matrix.layout()) {
    case Layout::kU4:
      return multiply_layout.operator()<Layout::kU4>();
    case Layout::kU5:
      return multiply_layout.operator()<Layout::kU5>();
    case Layout::kZ4:
      return multiply_layout.operator()<Layout::kZ4>();
    case Layout::kZ5:
      return multiply_layout.operator()<Layout::kZ5>();
    case Layout::kT4:
      return multiply_layout.operator()<Layout::kT4>();
    case Layout::kI8:
      return multiply_layout.operator()<Layout::kI8>();
    case Layout::kI8Planes:
      return multiply_planes(matrix, panels, x, tokens, out, out_stride, kMultiplyFewPlanes, multiply_packed);
    case Layout::kK4:
      return multiply_layout.operator()<Layout::kK4>();
    case Layout::kK5:
      return multiply_layout.operator()<Layout::kK5>();
    case Layout::kK6:
      return multiply_layout.operator()<Layout::kK6>();
    case Layout::kRaw:
    case Layout::kF16:
    case Layout::kBF16:
    case Layout::kF32:
      break;  // products with float activations
  }
}

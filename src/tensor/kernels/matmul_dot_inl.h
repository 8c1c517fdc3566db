// Packed products for instruction sets that multiply four weights by four activations per 32-bit lane and add them to a
// sum, so that nothing can overflow, where a register holds fewer rows than a panel. Included by matmul_<isa>.cc only,
// which define before it:
//   kMaxTile               tokens computed together
//   pass_registers(n)      registers of sums (and of floats) for each of n tokens; a panel may need several passes
//   Bytes, Sums, Floats    registers of four weights, one sum, one float for each row
//   Activations            16 columns of one token, made by load_activations
//   load_bytes, load_halves, low_nibbles, high_nibbles, fifth_bits<kBit> (bit kBit of every byte, moved to bit 4)
//   dot<kGroup>(sums, weights, activations)   adds the products with columns 4 kGroup .. 4 kGroup + 3
//   signed_weights(bytes)  bytes of -128..127 as dot() wants them; start_sums(offset) undoes what that adds, exactly
//   splat, multiply, multiply_add(a, b, c) = a * b + c fused, to_floats, store_floats
// The order of the float operations is that of every other instruction set, so the same bits come out.

#include "tensor/kernels/matmul_tiles_inl.h"

constexpr int kRegisterBytes = sizeof(Bytes);
constexpr int kRegisterRows = kRegisterBytes / 4;

// Tokens' columns of one block.
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

// Adds nibble register kGroup (columns 4i.. and 16 + 4i..).
template <Layout kLayout, int kGroup, int kTokens, int kRegisters>
inline void add_nibbles(const std::byte* quants, const BlockActivations<kTokens>& x,
                        Sums (&sums)[kTokens][kRegisters]) {
  for (int r = 0; r < kRegisters; ++r) {
    const Bytes packed = load_bytes(quants + kGroup * 64 + r * kRegisterBytes);
    Bytes low = low_nibbles(packed);
    Bytes high = high_nibbles(packed);
    if constexpr (kLayout == Layout::kU5) {
      const Bytes bits = load_bytes(quants + 256 + r * kRegisterBytes);
      low |= fifth_bits<kGroup>(bits);
      high |= fifth_bits<kGroup + 4>(bits);
    }
    for (int t = 0; t < kTokens; ++t) {
      sums[t][r] = dot<kGroup>(sums[t][r], low, x.first[t]);
      sums[t][r] = dot<kGroup>(sums[t][r], high, x.second[t]);
    }
  }
}

// Adds byte register kGroup of half a block.
template <int kGroup, int kTokens, int kRegisters>
inline void add_bytes(const std::byte* quants, const Activations (&x)[kTokens], Sums (&sums)[kTokens][kRegisters]) {
  for (int r = 0; r < kRegisters; ++r) {
    const Bytes weights = signed_weights(load_bytes(quants + kGroup * 64 + r * kRegisterBytes));
    for (int t = 0; t < kTokens; ++t) sums[t][r] = dot<kGroup>(sums[t][r], weights, x[t]);
  }
}

template <int kTokens, int kRegisters>
inline void add_half_block(const std::byte* quants, const Activations (&x)[kTokens],
                           Sums (&sums)[kTokens][kRegisters]) {
  add_bytes<0>(quants, x, sums);
  add_bytes<1>(quants, x, sums);
  add_bytes<2>(quants, x, sums);
  add_bytes<3>(quants, x, sums);
}

template <int kTokens, int kRegisters>
inline void accumulate(const Sums (&sums)[kTokens][kRegisters], const uint16_t* scales, const QuantizedRows& x,
                       int64_t token, int64_t block, Floats (&products)[kTokens][kRegisters]) {
  for (int r = 0; r < kRegisters; ++r) {
    const Floats weight_scales = load_halves(scales + r * kRegisterRows);
    for (int t = 0; t < kTokens; ++t) {
      const Floats scale = multiply(weight_scales, splat(x.row_scales(token + t)[block]));
      products[t][r] = multiply_add(to_floats(sums[t][r]), scale, products[t][r]);
    }
  }
}

template <Layout kLayout, int kTokens, int kRegisters>
inline void add_block(const std::byte* quants, const uint16_t* scales, const QuantizedRows& x, int64_t token,
                      int64_t block, Floats (&products)[kTokens][kRegisters]) {
  const BlockActivations<kTokens> activations(x, token, block);
  Sums sums[kTokens][kRegisters];
  const auto start = [&](auto offset) {
    for (int t = 0; t < kTokens; ++t) {
      for (int r = 0; r < kRegisters; ++r) sums[t][r] = start_sums(offset(x.row_offsets(token + t) + 2 * block));
    }
  };
  if constexpr (kLayout == Layout::kI8G16) {
    start([](const int32_t* offsets) { return offsets[0]; });
    add_half_block(quants, activations.first, sums);
    accumulate(sums, scales, x, token, block, products);
    start([](const int32_t* offsets) { return offsets[1]; });
    add_half_block(quants + 256, activations.second, sums);
    accumulate(sums, scales + kPanelRows, x, token, block, products);
  } else if constexpr (kLayout == Layout::kI8) {
    start([](const int32_t* offsets) { return offsets[0] + offsets[1]; });
    add_half_block(quants, activations.first, sums);
    add_half_block(quants + 256, activations.second, sums);
    accumulate(sums, scales, x, token, block, products);
  } else {
    for (int t = 0; t < kTokens; ++t) {
      for (int r = 0; r < kRegisters; ++r) sums[t][r] = Sums{};
    }
    add_nibbles<kLayout, 0>(quants, activations, sums);
    add_nibbles<kLayout, 1>(quants, activations, sums);
    add_nibbles<kLayout, 2>(quants, activations, sums);
    add_nibbles<kLayout, 3>(quants, activations, sums);
    accumulate(sums, scales, x, token, block, products);
  }
}

// The minimums' part is a product of floats of its own; kept apart it needs no registers while the quants are read.
template <int kTokens, int kRegisters>
inline void add_minimums(const uint16_t* minimums, int64_t blocks, const QuantizedRows& x, int64_t token,
                         Floats (&products)[kTokens][kRegisters]) {
  Floats minimum_products[kTokens][kRegisters] = {};
  for (int64_t block = 0; block < blocks; ++block) {
    for (int r = 0; r < kRegisters; ++r) {
      const Floats minimum = load_halves(minimums + block * kPanelRows + r * kRegisterRows);
      for (int t = 0; t < kTokens; ++t) {
        const Floats sum = splat(x.row_sums(token + t)[block]);
        minimum_products[t][r] = multiply_add(minimum, sum, minimum_products[t][r]);
      }
    }
  }
  for (int t = 0; t < kTokens; ++t) {
    for (int r = 0; r < kRegisters; ++r) products[t][r] += minimum_products[t][r];
  }
}

template <Layout kLayout, int kTokens>
void multiply_tile(const PanelView& panel, const QuantizedRows& x, int64_t token, float* tile) {
  const LayoutInfo info = layout_info(kLayout);
  constexpr int kRegisters = pass_registers(kTokens);
  for (int row = 0; row < kPanelRows; row += kRegisters * kRegisterRows) {
    const std::byte* quants = panel.quants + 4 * row;
    const uint16_t* scales = panel.scales + row;
    Floats products[kTokens][kRegisters] = {};
    for (int64_t block = 0; block < panel.blocks; ++block) {
      add_block<kLayout>(quants, scales, x, token, block, products);
      quants += info.quant_bytes;
      scales += info.scale_bytes / sizeof *scales;
    }
    if constexpr (kLayout == Layout::kU4 || kLayout == Layout::kU5) {
      add_minimums(panel.minimums + row, panel.blocks, x, token, products);
    }
    for (int t = 0; t < kTokens; ++t) {
      for (int r = 0; r < kRegisters; ++r)
        store_floats(tile + t * kPanelRows + row + r * kRegisterRows, products[t][r]);
    }
  }
}

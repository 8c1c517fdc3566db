// What the SIMD products share: the loop over panels, slices of columns and tiles of tokens. Included by
// matmul_<isa>.cc only, which define before it
//   constexpr int kMaxTile          tokens computed together
//   constexpr int64_t unpack_tokens(Layout)  from so many on, a slice of weights is unpacked once for all of them
//   struct GroupScales               the scales of 256 columns in the form that the products want
//   template <Layout> void prepare_scales(const std::byte* blocks, int count, GroupScales&)
//                                    blocks: the panel's, from a multiple of 256 columns on; count: of 32 columns, <= 8
//   template <Layout, Form> constexpr int slice_passes()    how often multiply_slice() goes over its slice
//   template <Layout> void unpack_weights(const std::byte* quants, std::byte* weights)    32 columns
//   template <Layout, Form, int kTokens> void multiply_slice(const SliceTask&, float* sums, float* minimum_sums)
//
// Sums are kept per token and row, [tokens][16] floats; a group of 256 columns is added to them at a time. So neither
// the slices nor the tiles change the order of any sum.

constexpr int64_t kGroupBlocks = 8;                 // blocks of 32 columns in a group
constexpr int64_t kSliceGroups = 4;                 // unpacked together: 16 KB of weights, to stay in the first cache
constexpr int64_t kTokenBlock = 128;                // tokens whose activations stay in the second cache meanwhile
constexpr size_t kUnpackedBytes = 32 * kPanelRows;  // of 32 columns

// kPacked weights are read as the layout has them, kUnpacked ones as bytes.
enum class Form { kPacked, kUnpacked };

// Hides where an address comes from. Otherwise GCC keeps a pointer for each token of a tile, more than there are
// registers, instead of one base and multiples of the distance between tokens.
template <class T>
inline const T* opaque(const T* address) {
  asm("" : "+r"(address));
  return address;
}

// A slice of a panel for one tile: whole groups, the panel's last of which may have fewer than 8 blocks.
struct SliceTask {
  const std::byte* weights;   // of the first 32 columns
  const GroupScales* scales;  // of each group; kUnpacked only
  const QuantizedRows* x;
  int64_t token;   // first of the tile
  int64_t block;   // first of the slice, in 32 columns
  int64_t blocks;  // in the slice
  // kUnpacked only: at each group of each pass, multiply_slice() prefetches so many bytes of what is unpacked next.
  const std::byte* ahead = nullptr;
  size_t ahead_bytes = 0;

  int64_t groups() const {
    return (blocks + kGroupBlocks - 1) / kGroupBlocks;
  }

  int group_blocks(int64_t first) const {
    return static_cast<int>(blocks - first < kGroupBlocks ? blocks - first : kGroupBlocks);
  }
};

template <Layout kLayout>
void prepare_scales(const std::byte* blocks, int count, GroupScales& scales);
template <Layout kLayout>
void unpack_weights(const std::byte* quants, std::byte* weights);
template <Layout kLayout, Form kForm, int kTokens>
[[gnu::noinline]] void multiply_slice(const SliceTask& task, float* sums, float* minimum_sums);

template <Layout kLayout, Form kForm>
constexpr int slice_passes();

// Bytes from 32 columns of weights to the next.
template <Layout kLayout, Form kForm>
constexpr size_t weights_stride() {
  constexpr LayoutInfo kInfo = layout_info(kLayout);
  if (kForm == Form::kUnpacked) return kUnpackedBytes;
  return kInfo.columns == kSuperColumns ? kInfo.quant_bytes : kInfo.bytes;
}

// Bytes from one group's weights to the next's.
template <Layout kLayout, Form kForm>
constexpr size_t group_stride() {
  constexpr LayoutInfo kInfo = layout_info(kLayout);
  return kForm == Form::kUnpacked ? kGroupBlocks * kUnpackedBytes : kSuperColumns / kInfo.columns * kInfo.bytes;
}

// Picks the instantiation for 1 <= tokens <= kTokens.
template <Layout kLayout, Form kForm, int kTokens>
inline void dispatch_slice(int64_t tokens, const SliceTask& task, float* sums, float* minimum_sums) {
  if constexpr (kTokens > 0) {
    if (tokens == kTokens) {
      multiply_slice<kLayout, kForm, kTokens>(task, sums, minimum_sums);
    } else {
      dispatch_slice<kLayout, kForm, kTokens - 1>(tokens, task, sums, minimum_sums);
    }
  }
}

// Sums of one panel for at most kTokenBlock tokens.
struct PanelSums {
  alignas(64) float products[kTokenBlock * kPanelRows];
  alignas(64) float minimums[kTokenBlock * kPanelRows];
};

// One panel for all tokens.
struct PanelTask {
  const std::byte* panel;
  const QuantizedRows* x;
  Range tokens;
  int64_t blocks;  // of 32 columns in the panel
};

// Any address will do, even one that is not mapped.
inline void prefetch(const std::byte* data, size_t bytes) {
  for (size_t at = 0; at < bytes; at += 64) __builtin_prefetch(data + at);
}

// ahead: ahead_bytes that are prefetched meanwhile, evenly: in one go they would be waited for.
template <Layout kLayout, Form kForm>
inline void multiply_tiles(const PanelTask& task, SliceTask slice, PanelSums& sums, size_t ahead_bytes = 0) {
  int64_t tiles = (task.tokens.end - task.tokens.begin + kMaxTile - 1) / kMaxTile;
  const size_t stops = static_cast<size_t>(slice.groups() * slice_passes<kLayout, kForm>());
  slice.ahead_bytes = (ahead_bytes / (static_cast<size_t>(tiles) * stops) + 63) / 64 * 64;
  slice.token = task.tokens.begin;
  for (; tiles > 0; --tiles, slice.ahead += stops * slice.ahead_bytes) {
    const int64_t count = (task.tokens.end - slice.token + tiles - 1) / tiles;  // alike, because small ones are slow
    const int64_t place = (slice.token - task.tokens.begin) * kPanelRows;
    dispatch_slice<kLayout, kForm, kMaxTile>(count, slice, sums.products + place, sums.minimums + place);
    slice.token += count;
  }
}

template <Layout kLayout>
inline void multiply_panel(const PanelTask& task, PanelSums& sums) {
  if (task.tokens.end - task.tokens.begin < unpack_tokens(kLayout)) {
    multiply_tiles<kLayout, Form::kPacked>(task, {task.panel, nullptr, task.x, 0, 0, task.blocks}, sums);
    return;
  }
  GroupScales scales[kSliceGroups];
  alignas(64) std::byte unpacked[kSliceGroups * kGroupBlocks * kUnpackedBytes];
  constexpr int64_t kSliceBlocks = kSliceGroups * kGroupBlocks;
  const std::byte* data = task.panel;
  for (int64_t block = 0; block < task.blocks; block += kSliceBlocks) {
    const int64_t left = task.blocks - block;
    SliceTask slice{unpacked, scales, task.x, 0, block, left < kSliceBlocks ? left : kSliceBlocks};
    const std::byte* begin = data;
    std::byte* weights = unpacked;
    for (int64_t first = 0; first < slice.blocks; first += kGroupBlocks) {
      const int count = slice.group_blocks(first);
      prepare_scales<kLayout>(data, count, scales[first / kGroupBlocks]);
      for (int b = 0; b < count; ++b, weights += kUnpackedBytes) {
        unpack_weights<kLayout>(data + static_cast<size_t>(b) * weights_stride<kLayout, Form::kPacked>(), weights);
      }
      data += group_stride<kLayout, Form::kPacked>();
    }
    slice.ahead = data;  // behind a panel's last slice stands the next panel
    multiply_tiles<kLayout, Form::kUnpacked>(task, slice, sums, static_cast<size_t>(data - begin));
  }
}

template <Layout kLayout>
void multiply_panels(const Matrix& matrix, Range panels, const QuantizedRows& x, Range tokens, float* out,
                     int64_t out_stride) {
  PanelSums sums;
  for (int64_t token = tokens.begin; token < tokens.end; token += kTokenBlock) {
    const Range part{token, tokens.end < token + kTokenBlock ? tokens.end : token + kTokenBlock};
    const int64_t count = part.end - part.begin;
    for (int64_t panel = panels.begin; panel < panels.end; ++panel) {
      __builtin_memset(sums.products, 0, static_cast<size_t>(count * kPanelRows) * sizeof(float));
      __builtin_memset(sums.minimums, 0, static_cast<size_t>(count * kPanelRows) * sizeof(float));
      multiply_panel<kLayout>({matrix.panel(panel), &x, part, matrix.columns() / kBlockColumns}, sums);
      const int64_t row = panel * kPanelRows;
      const int64_t rows = matrix.rows() - row < kPanelRows ? matrix.rows() - row : kPanelRows;
      for (int64_t t = 0; t < count; ++t) {
        float* target = out + (part.begin + t) * out_stride + row;
        const float* products = sums.products + t * kPanelRows;
        const float* minimums = sums.minimums + t * kPanelRows;
        for (int64_t r = 0; r < rows; ++r) target[r] = products[r] + minimums[r];
      }
    }
  }
}

inline void multiply_any(const Matrix& matrix, Range panels, const QuantizedRows& x, Range tokens, float* out,
                         int64_t out_stride) {
  constexpr auto kMultiply = [] {
    std::array<decltype(&multiply_panels<Layout::kU4>), 16> table{};
    table[static_cast<size_t>(Layout::kU4)] = multiply_panels<Layout::kU4>;
    table[static_cast<size_t>(Layout::kU5)] = multiply_panels<Layout::kU5>;
    table[static_cast<size_t>(Layout::kZ4)] = multiply_panels<Layout::kZ4>;
    table[static_cast<size_t>(Layout::kZ5)] = multiply_panels<Layout::kZ5>;
    table[static_cast<size_t>(Layout::kT4)] = multiply_panels<Layout::kT4>;
    table[static_cast<size_t>(Layout::kI8)] = multiply_panels<Layout::kI8>;
    table[static_cast<size_t>(Layout::kK4)] = multiply_panels<Layout::kK4>;
    table[static_cast<size_t>(Layout::kK5)] = multiply_panels<Layout::kK5>;
    table[static_cast<size_t>(Layout::kK6)] = multiply_panels<Layout::kK6>;
    return table;
  }();
  kMultiply[static_cast<size_t>(matrix.layout())](matrix, panels, x, tokens, out, out_stride);
}

// Tokens [token, token + kTokens) of a float panel.
template <Layout kLayout, int kTokens>
void multiply_float_tile(const std::byte* panel, int64_t columns, const float* x, float* tile);

template <Layout kLayout, int kTokens>
inline void dispatch_float_tile(int64_t tokens, const std::byte* panel, int64_t columns, const float* x, float* tile) {
  if constexpr (kTokens > 0) {
    if (tokens == kTokens) {
      multiply_float_tile<kLayout, kTokens>(panel, columns, x, tile);
    } else {
      dispatch_float_tile<kLayout, kTokens - 1>(tokens, panel, columns, x, tile);
    }
  }
}

template <Layout kLayout>
inline void multiply_float_panels(const Matrix& matrix, Range panels, const float* x, Range tokens, float* out,
                                  int64_t out_stride) {
  alignas(64) float tile[kMaxTile * kPanelRows];
  for (int64_t panel = panels.begin; panel < panels.end; ++panel) {
    const int64_t row = panel * kPanelRows;
    const int64_t rows = matrix.rows() - row < kPanelRows ? matrix.rows() - row : kPanelRows;
    for (int64_t token = tokens.begin; token < tokens.end; token += kMaxTile) {
      const int64_t count = tokens.end - token < kMaxTile ? tokens.end - token : kMaxTile;
      dispatch_float_tile<kLayout, kMaxTile>(count, matrix.panel(panel), matrix.columns(), x + token * matrix.columns(),
                                             tile);
      for (int64_t t = 0; t < count; ++t) {
        __builtin_memcpy(out + (token + t) * out_stride + row, tile + t * kPanelRows,
                         static_cast<size_t>(rows) * sizeof(float));
      }
    }
  }
}

inline void multiply_float_any(const Matrix& matrix, Range panels, const float* x, Range tokens, float* out,
                               int64_t out_stride) {
  if (matrix.layout() == Layout::kF16) {
    multiply_float_panels<Layout::kF16>(matrix, panels, x, tokens, out, out_stride);
  } else if (matrix.layout() == Layout::kBF16) {
    multiply_float_panels<Layout::kBF16>(matrix, panels, x, tokens, out, out_stride);
  } else {
    multiply_float_panels<Layout::kF32>(matrix, panels, x, tokens, out, out_stride);
  }
}

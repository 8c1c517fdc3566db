// The exact product of kI8Planes for many tokens: panel by panel the planes are joined into the bytes of kI8, whose
// product does the rest, so that the same bits come out. Included by matmul_<isa>.cc only, to be compiled for its
// instruction set.

// 32 columns of both planes into the bytes of kI8.
inline void join_block(const std::byte* high_plane, const std::byte* low_plane, std::byte* bytes) {
  typedef uint64_t Words __attribute__((vector_size(64)));
  constexpr uint64_t kLowNibbles = 0x0F0F0F0F0F0F0F0F, kTopBits = 0x8080808080808080;
  constexpr size_t kHalf = 256;  // the high nibbles of a plane are those of the columns from 16 on
  for (size_t i = 0; i < kHalf; i += sizeof(Words)) {
    Words high, low;
    __builtin_memcpy(&high, high_plane + i, sizeof high);
    __builtin_memcpy(&low, low_plane + i, sizeof low);
    const Words first = (((high & kLowNibbles) << 4) | (low & kLowNibbles)) ^ kTopBits;
    const Words second = ((high & ~kLowNibbles) | ((low >> 4) & kLowNibbles)) ^ kTopBits;
    __builtin_memcpy(bytes + i, &first, sizeof first);
    __builtin_memcpy(bytes + kHalf + i, &second, sizeof second);
  }
}

inline void join_panel(const Matrix& matrix, int64_t index, std::byte* joined) {
  constexpr LayoutInfo kPlanes = layout_info(Layout::kI8Planes), kBytes = layout_info(Layout::kI8);
  const std::byte* high = matrix.panel(index);
  const std::byte* low = matrix.low_plane(index);
  for (int64_t column = 0; column < matrix.columns(); column += kBlockColumns) {
    join_block(high, low, joined);
    __builtin_memcpy(joined + kBytes.scale_offset, high + kPlanes.scale_offset, kPanelRows * sizeof(uint16_t));
    high += kPlanes.bytes;
    low += kPlanes.quant_bytes;
    joined += kBytes.bytes;
  }
}

// multiply: the product of kI8. Not inlined, because the stack of the other layouts' products need not hold a panel.
template <class Multiply>
[[gnu::noinline]] void multiply_joined_planes(const Matrix& matrix, Range panels, const QuantizedRows& x, Range tokens,
                                              float* out, int64_t out_stride, Multiply multiply) {
  alignas(64) std::byte joined[layout_panel_bytes(Layout::kI8, kMaxPlaneColumns)];
  for (int64_t index = panels.begin; index < panels.end; ++index) {
    join_panel(matrix, index, joined);
    multiply(matrix.joined_panel(index, joined), {0, 1}, x, tokens, out + index * kPanelRows, out_stride);
  }
}

// multiply_few: the product of kI8Planes for at most kFewPlaneTokens.
template <class MultiplyFew, class Multiply>
inline void multiply_planes(const Matrix& matrix, Range panels, const QuantizedRows& x, Range tokens, float* out,
                            int64_t out_stride, MultiplyFew multiply_few, Multiply multiply) {
  if (tokens.end - tokens.begin <= kFewPlaneTokens) {
    multiply_few(matrix, panels, x, tokens, out, out_stride);
  } else {
    multiply_joined_planes(matrix, panels, x, tokens, out, out_stride, multiply);
  }
}

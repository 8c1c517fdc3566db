// Products of weights in their GGUF form with float activations. Included by kernels_<isa>.cc only.

// One row as floats: the file's own bytes when they are floats already, else converted into scratch.
inline const float* row_as_floats(const Matrix& matrix, int64_t row, float* scratch) {
  const int64_t columns = matrix.columns();
  const std::byte* raw = matrix.raw().data();
  if (matrix.type() == DType::kF32 && reinterpret_cast<uintptr_t>(raw) % alignof(float) == 0) {
    return reinterpret_cast<const float*>(raw) + row * columns;
  }
  if (matrix.type() == DType::kF16 && reinterpret_cast<uintptr_t>(raw) % alignof(uint16_t) == 0) {
    const uint16_t* halves = reinterpret_cast<const uint16_t*>(raw) + row * columns;
    int64_t i = 0;
    for (; i + kLanes <= columns; i += kLanes) store(scratch + i, load_half(halves + i));
    for (; i < columns; ++i) scratch[i] = half_to_float(halves[i]);
    return scratch;
  }
  matrix.dequantize_row(row, scratch);
  return scratch;
}

// Dot products of one weight row with kTokens activation rows.
template <int kTokens>
inline void dot_rows(const float* weights, const float* x, int64_t columns, float* out, int64_t out_stride) {
  Vector first[kTokens] = {};
  Vector second[kTokens] = {};
  int64_t i = 0;
  for (; i + 2 * kLanes <= columns; i += 2 * kLanes) {
    const Vector weight_first = load(weights + i);
    const Vector weight_second = load(weights + i + kLanes);
    for (int t = 0; t < kTokens; ++t) {
      first[t] += weight_first * load(x + t * columns + i);
      second[t] += weight_second * load(x + t * columns + i + kLanes);
    }
  }
  for (int t = 0; t < kTokens; ++t) {
    float rest = 0;
    for (int64_t j = i; j < columns; ++j) rest += weights[j] * x[t * columns + j];
    out[t * out_stride] = sum_lanes(first[t] + second[t]) + rest;
  }
}

inline void multiply_raw(const Matrix& matrix, Range rows, const float* x, Range tokens, float* scratch, float* out,
                         int64_t out_stride) {
  const int64_t columns = matrix.columns();
  for (int64_t row = rows.begin; row < rows.end; ++row) {
    const float* weights = row_as_floats(matrix, row, scratch);
    int64_t token = tokens.begin;
    for (; token + 4 <= tokens.end; token += 4) {
      dot_rows<4>(weights, x + token * columns, columns, out + token * out_stride + row, out_stride);
    }
    for (; token < tokens.end; ++token) {
      dot_rows<1>(weights, x + token * columns, columns, out + token * out_stride + row, out_stride);
    }
  }
}

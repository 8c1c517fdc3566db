// The arithmetic of the engine, one table of functions per instruction set. Everything is single-threaded and allocates
// nothing; callers share rows, panels or tokens out among threads.
//
//   const KernelTable& kernels = kernel_table(best_isa(detect_cpu()));
//   kernels.quantize_row(x, columns, ...);
//   kernels.multiply_packed(matrix, {0, panels}, quantized, {0, tokens}, out, out_stride);
//
// For one instruction set a result does not depend on how many tokens or rows are computed together: reading a prompt
// at once and token by token gives the same bits.
#pragma once

#include <cstdint>
#include <span>

#include "base/thread_team.h"
#include "tensor/cpu.h"
#include "tensor/matrix.h"

namespace favilla {

// Where quantize_row writes one row of QuantizedRows.
struct QuantizedRowTarget {
  int8_t* quants;
  float* scales;
  float* sums;
  int32_t* block_offsets;
  int32_t* half_offsets;
  int16_t* half_sums;
};

// Positions are kept in blocks of 16 so that attention scores need no horizontal sums.
inline constexpr int kKvBlock = 16;

// How a cache stores keys and values.
enum class KvType { kF32, kF16, kQ8_0 };

// One layer and one kv head of a cache: keys [block][head_dim][16], values [position][head_dim]. kQ8_0 holds int8 in
// that order, with f16 scales per 32 dimensions: keys [block][head_dim / 32][16], values [position][head_dim / 32].
struct KvHeadView {
  KvType type;
  const void* keys;
  const void* values;
  const uint16_t* key_scales;    // kQ8_0 only
  const uint16_t* value_scales;  // kQ8_0 only
  int head_dim;                  // a multiple of 16, for kQ8_0 of 32
};

// Query heads of one token that share one kv head.
struct AttentionTask {
  const float* queries;  // [heads, head_dim], contiguous
  int heads;
  float scale;     // of the scores, before the soft cap
  float soft_cap;  // 0: none; else cap * tanh(score / cap)
  int64_t begin;   // first visible position
  int64_t end;     // one past the last
  float* scores;   // scratch [heads, round_up(end, 16) - round_down(begin, 16)]
  float* out;      // [heads, head_dim], contiguous
};

struct KernelTable {
  Isa isa;

  // x: [columns], a multiple of 32. Blocks of 32: scale = max |x| / 127, round to nearest even.
  void (*quantize_row)(const float* x, int64_t columns, const QuantizedRowTarget& target);

  // out[t * out_stride + row] = sum over columns of weight[row][c] * x[t][c], for the rows of `panels` and for
  // `tokens`. The matrix is packed, in a layout of integers.
  void (*multiply_packed)(const Matrix& matrix, Range panels, const QuantizedRows& x, Range tokens, float* out,
                          int64_t out_stride);

  // The same for the rows of `panels` and one token, from the high nibbles of a matrix that is screened() alone. The
  // low ones are taken for their mean: approximate[row] is the product with 7.5 in their place, deviation[row] the
  // standard deviation of what is missing if they are independent and equally distributed over 0..15.
  void (*screen)(const Matrix& matrix, Range panels, const QuantizedRows& x, int64_t token, float* approximate,
                 float* deviation);

  // The product for a packed layout of floats. x: [tokens, columns].
  void (*multiply_float)(const Matrix& matrix, Range panels, const float* x, Range tokens, float* out,
                         int64_t out_stride);

  // The same for any weight type from the raw bytes, in float. x: [tokens, columns]; scratch: [columns].
  void (*multiply_raw)(const Matrix& matrix, Range rows, const float* x, Range tokens, float* scratch, float* out,
                       int64_t out_stride);

  // out = x / sqrt(mean(x^2) + epsilon) * weight; in place is allowed.
  void (*rms_norm)(const float* x, const float* weight, float epsilon, int64_t count, float* out);
  // out = (x - mean) / sqrt(variance + epsilon) * weight + bias; in place is allowed.
  void (*layer_norm)(const float* x, const float* weight, const float* bias, float epsilon, int64_t count, float* out);
  void (*add)(float* target, const float* x, int64_t count);
  // gate = silu(gate) * up.
  void (*silu_multiply)(float* gate, const float* up, int64_t count);
  // gate = gelu(gate) * up, with the tanh form of GELU (Hendrycks and Gimpel 2016).
  void (*gelu_multiply)(float* gate, const float* up, int64_t count);
  // x = gelu(x), the exact form with erf.
  void (*gelu_erf)(float* x, int64_t count);

  void (*attend)(const KvHeadView& kv, const AttentionTask& task);
};

// Requires that this CPU has the instruction set.
const KernelTable& kernel_table(Isa isa);

}  // namespace favilla

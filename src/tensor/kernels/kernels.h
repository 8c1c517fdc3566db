// The tables behind kernel_table(), and the matrix products that they list.
#pragma once

#include "tensor/kernels/kernel_table.h"

namespace favilla {

const KernelTable& kernels_scalar();
const KernelTable& kernels_avx2();
const KernelTable& kernels_avxvnni();
const KernelTable& kernels_avx512vnni();
const KernelTable& kernels_neon();

void multiply_packed_scalar(const Matrix& matrix, Range panels, const QuantizedRows& x, Range tokens, float* out,
                            int64_t out_stride);
void multiply_float_scalar(const Matrix& matrix, Range panels, const float* x, Range tokens, float* out,
                           int64_t out_stride);
void screen_scalar(const Matrix& matrix, Range panels, const QuantizedRows& x, int64_t token, float* approximate,
                   float* deviation);
void screen_avx2(const Matrix& matrix, Range panels, const QuantizedRows& x, int64_t token, float* approximate,
                 float* deviation);
void screen_avxvnni(const Matrix& matrix, Range panels, const QuantizedRows& x, int64_t token, float* approximate,
                    float* deviation);
void screen_avx512vnni(const Matrix& matrix, Range panels, const QuantizedRows& x, int64_t token, float* approximate,
                       float* deviation);
void screen_neon(const Matrix& matrix, Range panels, const QuantizedRows& x, int64_t token, float* approximate,
                 float* deviation);
// The product of kI8Planes for at most kFewPlaneTokens; a head's input is quantized twice.
inline constexpr int64_t kFewPlaneTokens = 2;
void multiply_planes_of_few_avx2(const Matrix& matrix, Range panels, const QuantizedRows& x, Range tokens, float* out,
                                 int64_t out_stride);
void multiply_planes_of_few_avxvnni(const Matrix& matrix, Range panels, const QuantizedRows& x, Range tokens,
                                    float* out, int64_t out_stride);
void multiply_planes_of_few_avx512vnni(const Matrix& matrix, Range panels, const QuantizedRows& x, Range tokens,
                                       float* out, int64_t out_stride);
void multiply_planes_of_few_neon(const Matrix& matrix, Range panels, const QuantizedRows& x, Range tokens, float* out,
                                 int64_t out_stride);
void multiply_packed_avx2(const Matrix& matrix, Range panels, const QuantizedRows& x, Range tokens, float* out,
                          int64_t out_stride);
void multiply_float_avx2(const Matrix& matrix, Range panels, const float* x, Range tokens, float* out,
                         int64_t out_stride);
void multiply_packed_avx512vnni(const Matrix& matrix, Range panels, const QuantizedRows& x, Range tokens, float* out,
                                int64_t out_stride);
void multiply_float_avx512vnni(const Matrix& matrix, Range panels, const float* x, Range tokens, float* out,
                               int64_t out_stride);

}  // namespace favilla

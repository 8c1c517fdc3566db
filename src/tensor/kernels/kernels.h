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
void multiply_packed_avx2(const Matrix& matrix, Range panels, const QuantizedRows& x, Range tokens, float* out,
                          int64_t out_stride);
void multiply_float_avx2(const Matrix& matrix, Range panels, const float* x, Range tokens, float* out,
                         int64_t out_stride);
void multiply_packed_avx512vnni(const Matrix& matrix, Range panels, const QuantizedRows& x, Range tokens, float* out,
                                int64_t out_stride);
void multiply_float_avx512vnni(const Matrix& matrix, Range panels, const float* x, Range tokens, float* out,
                               int64_t out_stride);

}  // namespace favilla

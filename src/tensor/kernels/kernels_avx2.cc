// The avx2 table: the vector sources compiled for this instruction set, and its own matrix product.
#include <immintrin.h>

#include "tensor/kernels/kernels.h"

namespace favilla {
namespace {

#include "tensor/kernels/vector_inl.h"
// Order matters: the others are written in terms of the vectors.
#include "tensor/kernels/attention_inl.h"
#include "tensor/kernels/elementwise_inl.h"
#include "tensor/kernels/multiply_raw_inl.h"

constexpr KernelTable kTable{
    .isa = Isa::kAvx2,
    .quantize_row = quantize_row,
    .multiply_packed = multiply_packed_avx2,
    .screen = screen_avx2,
    .multiply_float = multiply_float_avx2,
    .multiply_raw = multiply_raw,
    .rms_norm = rms_norm,
    .layer_norm = layer_norm,
    .add = add,
    .silu_multiply = silu_multiply,
    .gelu_multiply = gelu_multiply,
    .gelu_erf = gelu_erf,
    .attend = attend,
};

}  // namespace

const KernelTable& kernels_avx2() {
  return kTable;
}

}  // namespace favilla

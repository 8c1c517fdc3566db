// The scalar table: the vector sources compiled for this instruction set, and its own matrix product.
#include "tensor/kernels/kernels.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace favilla {
namespace {

#include "tensor/kernels/vector_inl.h"
// Order matters: the others are written in terms of the vectors.
#include "tensor/kernels/attention_inl.h"
#include "tensor/kernels/elementwise_inl.h"
#include "tensor/kernels/multiply_raw_inl.h"

constexpr KernelTable kTable{
    .isa = Isa::kScalar,
    .quantize_row = quantize_row,
    .multiply_packed = multiply_packed_scalar,
    .screen = screen_scalar,
    .multiply_float = multiply_float_scalar,
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

const KernelTable& kernels_scalar() {
  return kTable;
}

}  // namespace favilla

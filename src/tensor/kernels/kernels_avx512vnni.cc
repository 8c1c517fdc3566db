// The avx512vnni table: the matrix products and attention with 16 lanes. The rest is the AVX2 table's: it is small.
#include <immintrin.h>

#include "tensor/kernels/kernels.h"

namespace favilla {
namespace {

#include "tensor/kernels/vector_inl.h"
// Order matters: attention is written in terms of the vectors.
#include "tensor/kernels/attention_inl.h"

}  // namespace

const KernelTable& kernels_avx512vnni() {
  static const KernelTable table = [] {
    KernelTable copy = kernels_avx2();
    copy.isa = Isa::kAvx512Vnni;
    copy.multiply_packed = multiply_packed_avx512vnni;
    copy.screen = screen_avx512vnni;
    copy.multiply_float = multiply_float_avx512vnni;
    copy.attend = attend;
    return copy;
  }();
  return table;
}

}  // namespace favilla

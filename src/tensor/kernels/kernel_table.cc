// The choice of kernels. Each instruction set fills its own table in kernels_<isa>.cc.
#include "tensor/kernels/kernel_table.h"

#include "tensor/kernels/kernels.h"

namespace favilla {

const KernelTable& kernel_table(Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::kAvx512Vnni) return kernels_avx512vnni();
  if (isa == Isa::kAvxVnni) return kernels_avxvnni();
  if (isa == Isa::kAvx2) return kernels_avx2();
#elif defined(__aarch64__)
  if (isa == Isa::kNeonDotprod) return kernels_neon();
#endif
  (void)isa;
  return kernels_scalar();
}

}  // namespace favilla

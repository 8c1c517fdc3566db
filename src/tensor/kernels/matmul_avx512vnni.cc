#include "tensor/kernels/kernels.h"
namespace favilla {
const KernelTable& kernels_avx512vnni() {
  static const KernelTable table = [] {
    KernelTable copy = kernels_avx2();
    copy.isa = Isa::kAvx512Vnni;
    return copy;
  }();
  return table;
}
}  // namespace favilla

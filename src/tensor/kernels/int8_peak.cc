// The choice of the loop.
#include "tensor/kernels/int8_peak.h"

namespace favilla {

int64_t run_int8_peak(Isa isa, int64_t rounds) {
#if defined(__x86_64__)
  if (isa == Isa::kAvx512Vnni) return run_int8_peak_avx512vnni(rounds);
  if (isa == Isa::kAvxVnni) return run_int8_peak_avxvnni(rounds);
  if (isa == Isa::kAvx2) return run_int8_peak_avx2(rounds);
#elif defined(__aarch64__)
  if (isa == Isa::kNeonDotprod) return run_int8_peak_neon(rounds);
#endif
  (void)isa, (void)rounds;
  return 0;
}

}  // namespace favilla

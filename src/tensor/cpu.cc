// CPUID through the compiler's builtins (they check that the operating system saves the wide registers too).
#include "tensor/cpu.h"

#include <sched.h>
#if defined(__aarch64__)
#include <sys/auxv.h>
#endif

#include <fstream>

#include "base/thread_team.h"

namespace favilla {
namespace {

std::string read_cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("model name")) continue;
    const size_t colon = line.find(": ");
    if (colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown CPU";
}

int count_logical_cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  return ::sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? CPU_COUNT(&allowed) : 1;
}

}  // namespace

CpuFeatures detect_cpu() {
  CpuFeatures cpu;
  cpu.name = read_cpu_name();
  cpu.physical_cores = usable_physical_cores();
  cpu.logical_cores = count_logical_cores();
#if defined(__x86_64__)
  __builtin_cpu_init();
  cpu.avx2 = __builtin_cpu_supports("avx2") != 0;
  cpu.fma = __builtin_cpu_supports("fma") != 0;
  cpu.f16c = cpu.avx2;  // GCC 12 has no name for F16C; every CPU with AVX2 has it
  cpu.avx512vnni = __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
                   __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
                   __builtin_cpu_supports("avx512vnni") != 0;
  unsigned eax = 0;
  unsigned other = 0;
  asm("cpuid" : "=a"(eax), "=b"(other), "=c"(other), "=d"(other) : "a"(0), "c"(0));
  if (eax >= 7) {
    unsigned sub_eax = 0;
    unsigned ebx = 0;
    unsigned ecx = 0;
    unsigned edx = 0;
    asm("cpuid" : "=a"(sub_eax), "=b"(ebx), "=c"(ecx), "=d"(edx) : "a"(7), "c"(1));
    cpu.avx_vnni = cpu.avx2 && ((sub_eax >> 4) & 1) != 0;
  }
#elif defined(__aarch64__)
  constexpr unsigned long kHwcapAsimdDotProduct = 1UL << 20;
  cpu.neon_dotprod = (::getauxval(AT_HWCAP) & kHwcapAsimdDotProduct) != 0;
#endif
  return cpu;
}

bool has_isa(const CpuFeatures& cpu, Isa isa) {
  const bool avx2 = cpu.avx2 && cpu.fma && cpu.f16c;
  switch (isa) {
    case Isa::kScalar:
      return true;
    case Isa::kAvx2:
      return avx2;
    case Isa::kAvxVnni:
      return avx2 && cpu.avx_vnni;
    case Isa::kAvx512Vnni:
      return avx2 && cpu.avx512vnni;
    case Isa::kNeonDotprod:
      return cpu.neon_dotprod;
  }
  return false;
}

Isa best_isa(const CpuFeatures& cpu) {
  Isa best = Isa::kScalar;
  for (const Isa isa : kIsas) {
    if (has_isa(cpu, isa)) best = isa;
  }
  return best;
}

const char* isa_name(Isa isa) {
  switch (isa) {
    case Isa::kScalar:
      return "scalar";
    case Isa::kAvx2:
      return "avx2";
    case Isa::kAvxVnni:
      return "avxvnni";
    case Isa::kAvx512Vnni:
      return "avx512vnni";
    case Isa::kNeonDotprod:
      return "neon";
  }
  return "unknown";
}

std::optional<Isa> find_isa(std::string_view name) {
  for (const Isa isa : kIsas) {
    if (name == isa_name(isa)) return isa;
  }
  return std::nullopt;
}

}  // namespace favilla

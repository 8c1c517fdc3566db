// What this CPU can do, and which kernels that selects.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace favilla {

// From the oracle to the widest. Each level needs all features of its kernels; kAvx512Vnni implies kAvx2.
enum class Isa { kScalar, kAvx2, kAvx512Vnni };

struct CpuFeatures {
  std::string name;  // "AMD Ryzen 7 7840U ..."; "unknown CPU" when the system does not tell
  bool avx2 = false;
  bool fma = false;
  bool f16c = false;
  bool avx512vnni = false;  // with AVX-512 F, BW, VL and DQ
  bool avx_vnni = false;
  bool neon_dotprod = false;
  int physical_cores = 1;  // usable by this process
  int logical_cores = 1;
};

CpuFeatures detect_cpu();

// The widest level that runs here.
Isa best_isa(const CpuFeatures& cpu);

const char* isa_name(Isa isa);  // "scalar", "avx2", "avx512vnni"
std::optional<Isa> find_isa(std::string_view isa_name);

}  // namespace favilla

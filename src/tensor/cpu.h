// What this CPU can do, and which kernels that selects.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace favilla {

// Instruction sets that have kernels. A CPU may lack one and have one further on: AVX-512 VNNI came before AVX-VNNI.
enum class Isa { kScalar, kAvx2, kAvxVnni, kAvx512Vnni, kNeonDotprod };

// All of them, from the oracle to the fastest.
inline constexpr Isa kIsas[] = {Isa::kScalar, Isa::kAvx2, Isa::kAvxVnni, Isa::kAvx512Vnni, Isa::kNeonDotprod};

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

// Whether the CPU has all features of these kernels.
bool has_isa(const CpuFeatures& cpu, Isa isa);
// The last of kIsas that the CPU has.
Isa best_isa(const CpuFeatures& cpu);

const char* isa_name(Isa isa);  // "scalar", "avx2", "avxvnni", "avx512vnni", "neon"
std::optional<Isa> find_isa(std::string_view isa_name);

}  // namespace favilla

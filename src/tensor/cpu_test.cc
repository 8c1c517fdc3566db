// Which kernels a CPU gets.
#include "tensor/cpu.h"

#include <gtest/gtest.h>

namespace favilla {
namespace {

TEST(Cpu, gets_the_best_kernels_that_it_has_all_features_for) {
  CpuFeatures cpu;
  EXPECT_EQ(best_isa(cpu), Isa::kScalar);
  cpu.avx2 = cpu.fma = true;
  EXPECT_EQ(best_isa(cpu), Isa::kScalar);  // no conversion of halves
  cpu.f16c = true;
  EXPECT_EQ(best_isa(cpu), Isa::kAvx2);
  cpu.avx_vnni = true;
  EXPECT_EQ(best_isa(cpu), Isa::kAvxVnni);
  cpu.avx512vnni = true;
  EXPECT_EQ(best_isa(cpu), Isa::kAvx512Vnni);
  EXPECT_EQ(best_isa({.name = "Arm", .neon_dotprod = true}), Isa::kNeonDotprod);
}

TEST(Cpu, may_have_the_wider_of_two_instruction_sets_and_not_the_narrower) {
  const CpuFeatures server{.name = "Server", .avx2 = true, .fma = true, .f16c = true, .avx512vnni = true};
  EXPECT_TRUE(has_isa(server, Isa::kAvx512Vnni));
  EXPECT_FALSE(has_isa(server, Isa::kAvxVnni));
  EXPECT_TRUE(has_isa(server, Isa::kScalar));
}

TEST(Cpu, finds_every_instruction_set_by_its_name) {
  for (const Isa isa : kIsas) EXPECT_EQ(find_isa(isa_name(isa)), isa);
  EXPECT_EQ(find_isa("sse9"), std::nullopt);
}

}  // namespace
}  // namespace favilla

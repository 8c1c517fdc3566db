// Every instruction set of this CPU against the scalar oracle, and the oracle against plain loops in double.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <span>
#include <vector>

#include "base/random.h"
#include "tensor/tensor.h"

namespace favilla {
namespace {

constexpr DType kPackedTypes[] = {DType::kQ4_0, DType::kQ4_1,   DType::kQ4_K, DType::kQ5_0, DType::kQ5_1,
                                  DType::kQ5_K, DType::kIQ4_NL, DType::kQ8_0, DType::kQ6_K};
constexpr DType kFloatTypes[] = {DType::kF16, DType::kBF16, DType::kF32};

std::vector<Isa> instruction_sets() {
  std::vector<Isa> sets;
  for (const Isa isa : kIsas) {
    if (has_isa(detect_cpu(), isa)) sets.push_back(isa);
  }
  return sets;
}

float normal_like(Random& random) {
  return random.next_unit() + random.next_unit() + random.next_unit() - 1.5F;
}

std::vector<float> random_floats(Random& random, size_t count) {
  std::vector<float> values(count);
  for (float& value : values) value = normal_like(random);
  return values;
}

// Where the f16 fields of a block of this type stand, so that random bytes get sane scales.
std::vector<size_t> half_offsets(DType type) {
  switch (type) {
    case DType::kQ4_0:
    case DType::kQ5_0:
    case DType::kIQ4_NL:
    case DType::kQ8_0:
      return {0};
    case DType::kQ6_K:
      return {208};
    default:
      return {0, 2};
  }
}

std::vector<std::byte> random_weights(Random& random, DType type, int64_t rows, int64_t columns) {
  const DTypeInfo& info = dtype_info(type);
  std::vector<std::byte> bytes(dtype_bytes(type, static_cast<size_t>(rows * columns)));
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random.next_u32());
  for (size_t block = 0; block < bytes.size(); block += static_cast<size_t>(info.block_bytes)) {
    for (const size_t offset : half_offsets(type)) {
      const uint16_t half = float_to_half(0.01F + 0.05F * random.next_unit());
      std::memcpy(&bytes[block + offset], &half, sizeof half);
    }
  }
  return bytes;
}

struct Quantized {
  std::vector<int8_t> quants;
  std::vector<float> scales, sums;
  std::vector<int32_t> block_offsets, half_offsets;
  std::vector<int16_t> half_sums;
  QuantizedRows view(int64_t columns) const {
    return {quants.data(),       scales.data(),    sums.data(), block_offsets.data(),
            half_offsets.data(), half_sums.data(), columns};
  }
};

Quantized quantize(const KernelTable& kernels, const std::vector<float>& x, int64_t tokens, int64_t columns) {
  const auto blocks = static_cast<size_t>(tokens * columns / kBlockColumns);
  Quantized q;
  q.quants.resize(x.size());
  for (auto* floats : {&q.scales, &q.sums}) floats->resize(blocks);
  q.block_offsets.resize(blocks);
  q.half_offsets.resize(2 * blocks);
  q.half_sums.resize(2 * blocks);
  for (int64_t t = 0; t < tokens; ++t) {
    const int64_t block = t * columns / kBlockColumns;
    kernels.quantize_row(
        x.data() + t * columns, columns,
        {q.quants.data() + t * columns, q.scales.data() + block, q.sums.data() + block, q.block_offsets.data() + block,
         q.half_offsets.data() + 2 * block, q.half_sums.data() + 2 * block});
  }
  return q;
}

// A matrix with the memory of its packed form.
struct PackedMatrix {
  Matrix matrix;
  AlignedArray<std::byte> memory;
};

PackedMatrix pack(const Matrix& matrix) {
  PackedMatrix packed{matrix, {}};
  packed.memory = std::move(*AlignedArray<std::byte>::create(packed.matrix.packed_bytes()));
  packed.matrix.set_packed(packed.memory.data());
  ThreadTeam team(2);
  team.run([&](TeamMember member) { packed.matrix.pack(member.share(packed.matrix.rows(), kPanelRows)); });
  return packed;
}

PackedMatrix packed_matrix(DType type, int64_t rows, int64_t columns, std::span<const std::byte> bytes) {
  return pack(Matrix::view(type, rows, columns, bytes));
}

std::vector<float> multiply(const KernelTable& kernels, const Matrix& matrix, const QuantizedRows& x, int64_t tokens) {
  std::vector<float> out(static_cast<size_t>(tokens * matrix.rows()), -1.0F);
  const int64_t panels = (matrix.rows() + kPanelRows - 1) / kPanelRows;
  kernels.multiply_packed(matrix, {0, panels}, x, {0, tokens}, out.data(), matrix.rows());
  return out;
}

TEST(PackedProduct, OracleEqualsDequantizedWeightsTimesQuantizedActivations) {
  Random random(1);
  const KernelTable& scalar = kernel_table(Isa::kScalar);
  for (const DType type : kPackedTypes) {
    constexpr int64_t kRows = 37, kColumns = 512, kTokens = 2;  // 37: the last panel is partial
    const auto bytes = random_weights(random, type, kRows, kColumns);
    const PackedMatrix packed = packed_matrix(type, kRows, kColumns, bytes);
    const Matrix& matrix = packed.matrix;
    const Quantized x = quantize(scalar, random_floats(random, kTokens * kColumns), kTokens, kColumns);
    const auto out = multiply(scalar, matrix, x.view(kColumns), kTokens);
    std::vector<float> row(kColumns);
    for (int64_t r = 0; r < kRows; ++r) {
      matrix.dequantize_row(r, row.data());
      for (int64_t t = 0; t < kTokens; ++t) {
        double expected = 0;
        double magnitude = 0;
        for (int64_t c = 0; c < kColumns; ++c) {
          const auto index = static_cast<size_t>(t * kColumns + c);
          const double activation = double{x.scales[index / kBlockColumns]} * x.quants[index];
          expected += double{row[static_cast<size_t>(c)]} * activation;
          magnitude += std::abs(double{row[static_cast<size_t>(c)]} * activation);
        }
        EXPECT_NEAR(out[static_cast<size_t>(t * kRows + r)], expected, magnitude * 1e-6)  // float rounding
            << dtype_info(type).name;
      }
    }
  }
}

TEST(PackedProduct, EveryInstructionSetEqualsTheOracle) {
  Random random(2);
  for (const DType type : kPackedTypes) {
    for (const int64_t columns : {256, 288, 768}) {
      if (columns % dtype_info(type).block_elements != 0) continue;
      constexpr int64_t kRows = 40, kTokens = 11;
      const auto bytes = random_weights(random, type, kRows, columns);
      const PackedMatrix packed = packed_matrix(type, kRows, columns, bytes);
      const Matrix& matrix = packed.matrix;
      const auto values = random_floats(random, static_cast<size_t>(kTokens * columns));
      const Quantized x = quantize(kernel_table(Isa::kScalar), values, kTokens, columns);
      const auto expected = multiply(kernel_table(Isa::kScalar), matrix, x.view(columns), kTokens);
      for (const Isa isa : instruction_sets()) {
        const auto out = multiply(kernel_table(isa), matrix, x.view(columns), kTokens);
        for (size_t i = 0; i < out.size(); ++i) {
          ASSERT_NEAR(out[i], expected[i], 1e-5 * (std::abs(expected[i]) + 100))
              << dtype_info(type).name << " " << isa_name(isa);
        }
      }
    }
  }
}

// Blocks whose numbers are all as large as they can be: every byte `fill`, scales and minimums 1.
std::vector<std::byte> extreme_weights(DType type, int64_t rows, int64_t columns, std::byte fill) {
  const auto size = static_cast<size_t>(dtype_info(type).block_bytes);
  std::vector<std::byte> bytes(dtype_bytes(type, static_cast<size_t>(rows * columns)), fill);
  const uint16_t one = float_to_half(1.0F);
  for (size_t block = 0; block < bytes.size(); block += size) {
    for (const size_t offset : half_offsets(type)) std::memcpy(&bytes[block + offset], &one, sizeof one);
    constexpr size_t kQ6Scales = 192;  // sixteen signed bytes, largest at -128
    if (type == DType::kQ6_K)
      std::fill_n(bytes.begin() + static_cast<ptrdiff_t>(block + kQ6Scales), 16, std::byte{0x80});
  }
  return bytes;
}

TEST(PackedProduct, IsExactAtTheExtremes) {
  // Weights at their smallest and largest, activations at +-127: the bounds in matmul_avx2.cc are met with equality,
  // and every sum is a multiple of a power of two small enough for a float.
  constexpr int64_t kRows = 16, kColumns = 256;
  for (const DType type : kPackedTypes) {
    for (const std::byte fill : {std::byte{0x00}, std::byte{0xFF}, std::byte{0x80}, std::byte{0x7F}}) {
      const auto bytes = extreme_weights(type, kRows, kColumns, fill);
      const PackedMatrix packed = packed_matrix(type, kRows, kColumns, bytes);
      std::vector<float> row(kColumns);
      packed.matrix.dequantize_row(0, row.data());
      for (const float x : {127.0F, -127.0F}) {
        double expected = 0;
        for (const float weight : row) expected += double{weight} * x;
        const Quantized quantized = quantize(kernel_table(Isa::kScalar), std::vector<float>(kColumns, x), 1, kColumns);
        for (const Isa isa : instruction_sets()) {
          for (const float out : multiply(kernel_table(isa), packed.matrix, quantized.view(kColumns), 1)) {
            ASSERT_EQ(out, expected) << dtype_info(type).name << " " << isa_name(isa);
          }
        }
      }
    }
  }
}

TEST(PackedProduct, EveryInstructionSetGivesTheSameBits) {
  Random random(8);
  constexpr int64_t kRows = 24, kColumns = 512;
  for (const DType type : kPackedTypes) {
    const auto bytes = random_weights(random, type, kRows, kColumns);
    const PackedMatrix packed = packed_matrix(type, kRows, kColumns, bytes);
    for (const int64_t tokens : {1, 5, 40}) {
      const auto values = random_floats(random, static_cast<size_t>(tokens * kColumns));
      const Quantized x = quantize(kernel_table(Isa::kScalar), values, tokens, kColumns);
      std::vector<float> first;
      for (const Isa isa : instruction_sets()) {
        const auto out = multiply(kernel_table(isa), packed.matrix, x.view(kColumns), tokens);
        if (first.empty()) first = out;
        EXPECT_EQ(out, first) << dtype_info(type).name << " " << isa_name(isa) << " " << tokens;
      }
    }
  }
}

TEST(PackedProduct, DoesNotDependOnHowManyTokensAreComputedTogether) {
  Random random(3);
  constexpr int64_t kRows = 32, kColumns = 512, kTokens = 45;
  for (const DType type : kPackedTypes) {
    const auto bytes = random_weights(random, type, kRows, kColumns);
    const PackedMatrix packed = packed_matrix(type, kRows, kColumns, bytes);
    const Matrix& matrix = packed.matrix;
    for (const Isa isa : instruction_sets()) {
      const KernelTable& kernels = kernel_table(isa);
      const Quantized x = quantize(kernels, random_floats(random, kTokens * kColumns), kTokens, kColumns);
      const auto together = multiply(kernels, matrix, x.view(kColumns), kTokens);
      std::vector<float> alone(together.size());
      for (int64_t t = 0; t < kTokens; ++t) {
        kernels.multiply_packed(matrix, {0, kRows / kPanelRows}, x.view(kColumns), {t, t + 1}, alone.data(), kRows);
      }
      EXPECT_EQ(together, alone) << dtype_info(type).name << " " << isa_name(isa);
    }
  }
}

PackedMatrix packed_planes(int64_t rows, int64_t columns, std::span<const std::byte> bytes) {
  Matrix matrix = Matrix::view(DType::kQ8_0, rows, columns, bytes);
  matrix.request_screening();
  return pack(matrix);
}

TEST(PlanesProduct, HasTheBitsOfTheProductOfWholeBytes) {
  Random random(11);
  constexpr int64_t kRows = 40, kColumns = 288, kTokens = 11;  // the last panel is partial
  const std::vector<std::byte> cases[] = {random_weights(random, DType::kQ8_0, kRows, kColumns),
                                          extreme_weights(DType::kQ8_0, kRows, kColumns, std::byte{0x80}),
                                          extreme_weights(DType::kQ8_0, kRows, kColumns, std::byte{0x7F})};
  for (const auto& bytes : cases) {
    const PackedMatrix whole = packed_matrix(DType::kQ8_0, kRows, kColumns, bytes);
    const PackedMatrix planes = packed_planes(kRows, kColumns, bytes);
    ASSERT_TRUE(planes.matrix.screened());
    ASSERT_EQ(planes.memory.size(), whole.memory.size());
    const auto values = random_floats(random, static_cast<size_t>(kTokens * kColumns));
    const Quantized x = quantize(kernel_table(Isa::kScalar), values, kTokens, kColumns);
    for (const Isa isa : instruction_sets()) {
      const auto expected = multiply(kernel_table(isa), whole.matrix, x.view(kColumns), kTokens);
      EXPECT_EQ(multiply(kernel_table(isa), planes.matrix, x.view(kColumns), kTokens), expected) << isa_name(isa);
      std::vector<float> row(kRows, -1.0F);  // of one token and one panel
      kernel_table(isa).multiply_packed(planes.matrix, {1, 2}, x.view(kColumns), {0, 1}, row.data(), kRows);
      for (size_t r = 0; r < kRows; ++r) {
        EXPECT_EQ(row[r], r / kPanelRows == 1 ? expected[r] : -1.0F) << isa_name(isa);
      }
    }
  }
}

TEST(Screening, IsForSmallEnoughMatricesOfBytesThatAskForIt) {
  const auto form = [](DType type, int64_t columns) {
    Matrix matrix = Matrix::view(type, 16, columns, {});
    EXPECT_NE(matrix.packed_form(), Layout::kI8Planes);
    matrix.request_screening();
    return matrix.packed_form();
  };
  EXPECT_EQ(form(DType::kQ8_0, kMaxPlaneColumns), Layout::kI8Planes);
  EXPECT_EQ(form(DType::kQ8_0, kMaxPlaneColumns + kBlockColumns), Layout::kI8);
  EXPECT_EQ(form(DType::kQ6_K, 512), Layout::kK6);
  EXPECT_EQ(form(DType::kQ8_0, 33), Layout::kRaw);
}

// What one row of a screen must give, from the formulas in double and the file's bytes.
struct ExpectedScreen {
  double approximate = 0, deviation = 0, worst = 0;  // worst: the largest distance from the exact product

  ExpectedScreen(const std::byte* row, const Quantized& x, int64_t first_column, int64_t columns) {
    double variance = 0;
    for (int64_t c = 0; c < columns; ++c) {
      const std::byte* block = row + c / kBlockColumns * 34;  // f16 scale, 32 signed bytes
      uint16_t half = 0;
      std::memcpy(&half, block, sizeof half);
      const int quant = static_cast<int8_t>(block[2 + c % kBlockColumns]);
      const auto index = static_cast<size_t>(first_column + c);
      const double factor = double{half_to_float(half)} * x.scales[index / kBlockColumns] * x.quants[index];
      approximate += factor * (std::floor(quant / 16.0) * 16 + 7.5);
      worst += std::abs(factor) * 7.5;
      variance += factor * factor * (16 * 16 - 1) / 12;
    }
    deviation = std::sqrt(variance);
  }
};

TEST(Screen, GivesTheProductWithMeanLowNibblesAndItsDeviation) {
  Random random(12);
  constexpr int64_t kRows = 20000, kColumns = 640;
  const auto bytes = random_weights(random, DType::kQ8_0, kRows, kColumns);
  const PackedMatrix planes = packed_planes(kRows, kColumns, bytes);
  const Quantized x = quantize(kernel_table(Isa::kScalar), random_floats(random, 2 * kColumns), 2, kColumns);
  const Isa isa = best_isa(detect_cpu());
  const auto exact = multiply(kernel_table(isa), planes.matrix, x.view(kColumns), 2);
  std::vector<float> approximate(kRows), deviation(kRows);
  kernel_table(isa).screen(planes.matrix, {0, kRows / kPanelRows}, x.view(kColumns), 1, approximate.data(),
                           deviation.data());
  double squares = 0;
  for (size_t r = 0; r < kRows; ++r) {
    const ExpectedScreen expected(&bytes[r * (kColumns / kBlockColumns * 34)], x, kColumns, kColumns);
    ASSERT_NEAR(approximate[r], expected.approximate, 1e-6 * 128 / 7.5 * expected.worst);  // float rounding
    ASSERT_NEAR(deviation[r], expected.deviation, 1e-5 * expected.deviation);
    const double distance = exact[kRows + r] - approximate[r];
    ASSERT_LE(std::abs(distance), expected.worst);
    ASSERT_LE(std::abs(distance), 6 * expected.deviation);
    squares += distance * distance / (expected.deviation * expected.deviation);
  }
  EXPECT_NEAR(squares / kRows, 1, 0.04);  // four of its own deviations
}

TEST(Screen, EveryInstructionSetGivesTheSameBitsForAnyPanels) {
  Random random(13);
  constexpr int64_t kRows = 72, kColumns = 736;  // the last panel is partial
  const std::vector<std::byte> cases[] = {random_weights(random, DType::kQ8_0, kRows, kColumns),
                                          extreme_weights(DType::kQ8_0, kRows, kColumns, std::byte{0x80}),
                                          extreme_weights(DType::kQ8_0, kRows, kColumns, std::byte{0x7F})};
  for (const auto& bytes : cases) {
    const PackedMatrix planes = packed_planes(kRows, kColumns, bytes);
    for (const auto& values : {random_floats(random, 2 * kColumns), std::vector<float>(2 * kColumns, -127.0F)}) {
      const Quantized x = quantize(kernel_table(Isa::kScalar), values, 2, kColumns);
      const auto screen = [&](Isa isa, Range panels) {
        std::vector<float> out(2 * kRows, -1.0F);
        kernel_table(isa).screen(planes.matrix, panels, x.view(kColumns), 1, out.data(), out.data() + kRows);
        return out;
      };
      for (const Range panels : {Range{0, 5}, Range{1, 2}, Range{4, 5}}) {
        const auto expected = screen(Isa::kScalar, panels);
        EXPECT_EQ(expected[0] == -1.0F, panels.begin != 0);
        for (const Isa isa : instruction_sets()) EXPECT_EQ(screen(isa, panels), expected) << isa_name(isa);
      }
    }
  }
}

TEST(QuantizeRow, EveryInstructionSetRoundsAlike) {
  Random random(4);
  auto x = random_floats(random, 256);
  std::fill(x.begin() + 32, x.begin() + 64, 0.0F);  // a block of zeros
  const Quantized expected = quantize(kernel_table(Isa::kScalar), x, 1, 256);
  EXPECT_EQ(expected.scales[1], 0.0F);
  for (const Isa isa : instruction_sets()) {
    const Quantized q = quantize(kernel_table(isa), x, 1, 256);
    EXPECT_EQ(q.quants, expected.quants);
    EXPECT_EQ(q.scales, expected.scales);
    EXPECT_EQ(q.sums, expected.sums);
    EXPECT_EQ(q.block_offsets, expected.block_offsets);
    EXPECT_EQ(q.half_offsets, expected.half_offsets);
    EXPECT_EQ(q.half_sums, expected.half_sums);
  }
}

// Random weights of any type that the tests use.
std::vector<std::byte> random_matrix(Random& random, DType type, int64_t rows, int64_t columns) {
  if (dtype_info(type).block_elements != 1) return random_weights(random, type, rows, columns);
  const auto values = random_floats(random, static_cast<size_t>(rows * columns));
  const size_t size = dtype_bytes(type, 1);
  std::vector<std::byte> bytes(dtype_bytes(type, values.size()));
  for (size_t i = 0; i < values.size(); ++i) {
    const auto bits = std::bit_cast<uint32_t>(values[i]);
    const uint32_t number = type == DType::kF32 ? bits : type == DType::kF16 ? float_to_half(values[i]) : bits >> 16;
    std::memcpy(&bytes[size * i], &number, size);  // little-endian: the low bytes
  }
  return bytes;
}

// out[t][r] against the dequantized rows, in double.
void expect_product(const Matrix& matrix, const std::vector<float>& x, const std::vector<float>& out, Isa isa) {
  const auto rows = static_cast<size_t>(matrix.rows()), columns = static_cast<size_t>(matrix.columns());
  std::vector<float> row(columns);
  for (size_t r = 0; r < rows; ++r) {
    matrix.dequantize_row(static_cast<int64_t>(r), row.data());
    for (size_t t = 0; t < x.size() / columns; ++t) {
      double expected = 0;
      for (size_t c = 0; c < columns; ++c) expected += double{row[c]} * x[t * columns + c];
      ASSERT_NEAR(out[t * rows + r], expected, 1e-3) << dtype_info(matrix.type()).name << " " << isa_name(isa);
    }
  }
}

TEST(RawProduct, EqualsTheDequantizedRowsForEveryType) {
  Random random(5);
  constexpr int64_t kRows = 5, kColumns = 512, kTokens = 6;
  for (const DType type : {DType::kF32, DType::kF16, DType::kBF16, DType::kQ4_1, DType::kQ6_K}) {
    const auto bytes = random_matrix(random, type, kRows, kColumns);
    const Matrix matrix = Matrix::view(type, kRows, kColumns, bytes);
    const auto x = random_floats(random, kTokens * kColumns);
    std::vector<float> scratch(kColumns), out(kTokens * kRows);
    for (const Isa isa : instruction_sets()) {
      kernel_table(isa).multiply_raw(matrix, {0, kRows}, x.data(), {0, kTokens}, scratch.data(), out.data(), kRows);
      expect_product(matrix, x, out, isa);
    }
  }
}

TEST(FloatProduct, EqualsTheDequantizedRowsAndDoesNotDependOnTheTokensComputedTogether) {
  Random random(9);
  constexpr int64_t kRows = 37, kColumns = 75, kTokens = 13;  // nothing divides anything
  for (const DType type : kFloatTypes) {
    const auto bytes = random_matrix(random, type, kRows, kColumns);
    const PackedMatrix packed = packed_matrix(type, kRows, kColumns, bytes);
    const auto x = random_floats(random, kTokens * kColumns);
    std::vector<float> first;
    for (const Isa isa : instruction_sets()) {
      const auto multiply_float = kernel_table(isa).multiply_float;
      std::vector<float> together(kTokens * kRows), alone(kTokens * kRows);
      multiply_float(packed.matrix, {0, 3}, x.data(), {0, kTokens}, together.data(), kRows);
      expect_product(packed.matrix, x, together, isa);
      for (int64_t t = 0; t < kTokens; ++t) {
        multiply_float(packed.matrix, {0, 3}, x.data(), {t, t + 1}, alone.data(), kRows);
      }
      EXPECT_EQ(together, alone) << dtype_info(type).name << " " << isa_name(isa);
      if (isa == Isa::kScalar) continue;  // has no fused multiply-add
      if (first.empty()) first = together;
      EXPECT_EQ(together, first) << dtype_info(type).name << " " << isa_name(isa);
    }
  }
}

TEST(Packing, TakesNoMoreMemoryThanTheFile) {
  for (const auto types : {std::span<const DType>(kPackedTypes), std::span<const DType>(kFloatTypes)}) {
    for (const DType type : types) {
      constexpr int64_t kRows = 32, kColumns = 1024;
      const size_t raw = dtype_bytes(type, kRows * kColumns);
      EXPECT_EQ(Matrix::view(type, kRows, kColumns, {}).packed_bytes(), raw) << dtype_info(type).name;
    }
  }
}

TEST(Elementwise, NormsAndActivationsEqualTheirFormulas) {
  Random random(6);
  constexpr int64_t kCount = 77;  // not a multiple of any vector
  const auto x = random_floats(random, kCount), weight = random_floats(random, kCount),
             up = random_floats(random, kCount);
  double squares = 0, mean = 0, variance = 0;
  for (const float v : x) squares += double{v} * v, mean += v;
  mean /= kCount;
  for (const float v : x) variance += (v - mean) * (v - mean);
  for (const Isa isa : instruction_sets()) {
    const KernelTable& kernels = kernel_table(isa);
    std::vector<float> rms(kCount), layer(kCount), silu = x, gelu = x, erf = x;
    kernels.rms_norm(x.data(), weight.data(), 1e-5F, kCount, rms.data());
    kernels.layer_norm(x.data(), weight.data(), up.data(), 1e-5F, kCount, layer.data());
    kernels.silu_multiply(silu.data(), up.data(), kCount);
    kernels.gelu_multiply(gelu.data(), up.data(), kCount);
    kernels.gelu_erf(erf.data(), kCount);
    for (size_t i = 0; i < kCount; ++i) {
      const double v = x[i];
      EXPECT_NEAR(rms[i], v / std::sqrt(squares / kCount + 1e-5) * weight[i], 1e-5);
      EXPECT_NEAR(layer[i], (v - mean) / std::sqrt(variance / kCount + 1e-5) * weight[i] + up[i], 1e-5);
      EXPECT_NEAR(silu[i], v / (1 + std::exp(-v)) * up[i], 1e-6);
      EXPECT_NEAR(gelu[i], 0.5 * v * (1 + std::tanh(std::sqrt(2 / M_PI) * (v + 0.044715 * v * v * v))) * up[i], 1e-6);
      EXPECT_NEAR(erf[i], 0.5 * v * (1 + std::erf(v / std::sqrt(2.0))), 1e-6);
    }
  }
}

TEST(Elementwise, TheErrorFunctionHoldsFarOutAndAroundZero) {
  std::vector<float> x;
  for (float v = -40; v <= 40; v += 0.037F) x.push_back(v);
  for (const float v : {0.0F, -0.0F, 1e-6F, -1e-6F, 1e4F, -1e4F}) x.push_back(v);
  for (const Isa isa : instruction_sets()) {
    std::vector<float> y = x;
    kernel_table(isa).gelu_erf(y.data(), static_cast<int64_t>(y.size()));
    for (size_t i = 0; i < x.size(); ++i) {
      const double v = x[i], exact = 0.5 * v * (1 + std::erf(v / std::sqrt(2.0)));
      ASSERT_NEAR(y[i], exact, 4e-7 + 2e-7 * std::abs(exact)) << v << " with " << isa_name(isa);
    }
  }
}

TEST(Attend, EveryFastInstructionSetGivesTheSameBitsForEveryCacheType) {
  Random random(10);
  constexpr int64_t kPositions = 112;
  for (const int dim : {64, 96, 160}) {
    const auto size = static_cast<size_t>(kPositions * dim);
    const auto key_floats = random_floats(random, size), value_floats = random_floats(random, size);
    std::vector<uint16_t> key_halves(size), value_halves(size), scales(size / kBlockColumns);
    std::vector<int8_t> key_bytes(size), value_bytes(size);
    for (size_t i = 0; i < size; ++i) {
      key_halves[i] = float_to_half(key_floats[i]), value_halves[i] = float_to_half(value_floats[i]);
      key_bytes[i] = static_cast<int8_t>(80 * key_floats[i]),
      value_bytes[i] = static_cast<int8_t>(80 * value_floats[i]);
    }
    for (uint16_t& scale : scales) scale = float_to_half(0.005F + 0.01F * random.next_unit());
    const KvHeadView views[] = {
        {KvType::kF32, key_floats.data(), value_floats.data(), nullptr, nullptr, dim},
        {KvType::kF16, key_halves.data(), value_halves.data(), nullptr, nullptr, dim},
        {KvType::kQ8_0, key_bytes.data(), value_bytes.data(), scales.data(), scales.data(), dim}};
    for (const KvHeadView& view : views) {
      for (int heads = 1; heads <= 7; ++heads) {
        const auto queries = random_floats(random, static_cast<size_t>(heads * dim));
        std::vector<float> first;
        for (const Isa isa : instruction_sets()) {
          if (isa == Isa::kScalar) continue;  // has no fused multiply-add
          std::vector<float> scores(static_cast<size_t>(heads * kPositions)), out(queries.size());
          kernel_table(isa).attend(view, {queries.data(), heads, 0.1F, 5.0F, 19, 107, scores.data(), out.data()});
          if (first.empty()) first = out;
          EXPECT_EQ(out, first) << isa_name(isa) << " " << heads << " heads of " << dim;
        }
      }
    }
  }
}

TEST(Attend, EqualsPlainAttentionForAnyWindowAndHeadCount) {
  Random random(7);
  constexpr int kDim = 64;
  constexpr int64_t kPositions = 50, kPadded = 64;
  std::vector<uint16_t> keys(kPadded * kDim), values(kPadded * kDim);
  std::vector<float> plain_keys(kPositions * kDim), plain_values(kPositions * kDim);
  for (int64_t p = 0; p < kPositions; ++p) {
    for (int d = 0; d < kDim; ++d) {
      const auto key = float_to_half(normal_like(random)), value = float_to_half(normal_like(random));
      keys[static_cast<size_t>((p / kKvBlock * kDim + d) * kKvBlock + p % kKvBlock)] = key;
      values[static_cast<size_t>(p * kDim + d)] = value;
      plain_keys[static_cast<size_t>(p * kDim + d)] = half_to_float(key);
      plain_values[static_cast<size_t>(p * kDim + d)] = half_to_float(value);
    }
  }
  for (const Isa isa : instruction_sets()) {
    for (int heads = 1; heads <= 9; ++heads) {
      for (const auto& [begin, end] : {std::pair{0, 1}, {0, 50}, {3, 37}, {16, 32}, {31, 50}}) {
        for (const float cap : {0.0F, 5.0F}) {
          const auto queries = random_floats(random, static_cast<size_t>(heads * kDim));
          std::vector<float> scores(static_cast<size_t>(heads * kPadded)), out(queries.size());
          kernel_table(isa).attend({KvType::kF16, keys.data(), values.data(), nullptr, nullptr, kDim},
                                   {queries.data(), heads, 0.125F, cap, begin, end, scores.data(), out.data()});
          for (int h = 0; h < heads; ++h) {
            std::vector<double> weights;
            double total = 0;
            for (int p = begin; p < end; ++p) {
              double score = 0;
              for (int d = 0; d < kDim; ++d) {
                score +=
                    double{queries[static_cast<size_t>(h * kDim + d)]} * plain_keys[static_cast<size_t>(p * kDim + d)];
              }
              score *= 0.125;
              if (cap != 0) score = cap * std::tanh(score / cap);
              weights.push_back(std::exp(score));
              total += weights.back();
            }
            for (int d = 0; d < kDim; ++d) {
              double expected = 0;
              for (int p = begin; p < end; ++p) {
                expected +=
                    weights[static_cast<size_t>(p - begin)] / total * plain_values[static_cast<size_t>(p * kDim + d)];
              }
              ASSERT_NEAR(out[static_cast<size_t>(h * kDim + d)], expected, 2e-5) << isa_name(isa) << " " << heads;
            }
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace favilla

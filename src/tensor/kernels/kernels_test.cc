// Every instruction set of this CPU against the scalar oracle, and the oracle against plain loops in double.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "base/random.h"
#include "tensor/tensor.h"

namespace favilla {
namespace {

constexpr DType kPackedTypes[] = {DType::kQ4_0, DType::kQ4_1, DType::kQ4_K, DType::kQ5_0,
                                  DType::kQ5_1, DType::kQ5_K, DType::kQ8_0, DType::kQ6_K};

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
  std::vector<int32_t> offsets;
  QuantizedRows view(int64_t columns) const {
    return {quants.data(), scales.data(), sums.data(), offsets.data(), columns};
  }
};

Quantized quantize(const KernelTable& kernels, const std::vector<float>& x, int64_t tokens, int64_t columns) {
  const auto blocks = static_cast<size_t>(tokens * columns / kBlockColumns);
  Quantized q{std::vector<int8_t>(x.size()), std::vector<float>(blocks), std::vector<float>(blocks),
              std::vector<int32_t>(2 * blocks)};
  for (int64_t t = 0; t < tokens; ++t) {
    const int64_t block = t * columns / kBlockColumns;
    kernels.quantize_row(
        x.data() + t * columns, columns,
        {q.quants.data() + t * columns, q.scales.data() + block, q.sums.data() + block, q.offsets.data() + 2 * block});
  }
  return q;
}

// A matrix with the memory of its packed form.
struct PackedMatrix {
  Matrix matrix;
  AlignedArray<std::byte> memory;
};

PackedMatrix packed_matrix(DType type, int64_t rows, int64_t columns, std::span<const std::byte> bytes) {
  PackedMatrix packed{Matrix::view(type, rows, columns, bytes), {}};
  packed.memory = std::move(*AlignedArray<std::byte>::create(packed.matrix.packed_bytes()));
  packed.matrix.set_packed(packed.memory.data());
  ThreadTeam team(2);
  team.run([&](TeamMember member) { packed.matrix.pack(member); });
  return packed;
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
        // K-quants round their scale to f16 (2^-11 each); the rest is float rounding.
        EXPECT_NEAR(out[static_cast<size_t>(t * kRows + r)], expected, magnitude * 0x1p-11 + 1e-4)
            << dtype_info(type).name;
      }
    }
  }
}

TEST(PackedProduct, EveryInstructionSetEqualsTheOracle) {
  Random random(2);
  for (const DType type : kPackedTypes) {
    for (const int64_t columns : {256, 768}) {
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

TEST(PackedProduct, DoesNotOverflowAtTheExtremes) {
  // All weights at their largest and all activations at +-127: the bound in matmul_avx2.cc is met with equality.
  for (const DType type : {DType::kQ4_0, DType::kQ5_0, DType::kQ8_0}) {
    for (const float sign : {1.0F, -1.0F}) {
      constexpr int64_t kRows = 16, kColumns = 64;
      const DTypeInfo& info = dtype_info(type);
      const std::byte fill = type == DType::kQ8_0 ? std::byte{0x80} : std::byte{0xFF};  // -128, or all bits set
      std::vector<std::byte> bytes(dtype_bytes(type, kRows * kColumns), fill);
      const uint16_t one = float_to_half(1.0F);
      for (size_t b = 0; b < bytes.size(); b += static_cast<size_t>(info.block_bytes)) std::memcpy(&bytes[b], &one, 2);
      const PackedMatrix packed = packed_matrix(type, kRows, kColumns, bytes);
      const Matrix& matrix = packed.matrix;
      const Quantized x =
          quantize(kernel_table(Isa::kScalar), std::vector<float>(kColumns, sign * 127.0F), 1, kColumns);
      const float weight = type == DType::kQ4_0 ? 7.0F : type == DType::kQ5_0 ? 15.0F : -128.0F;
      for (const Isa isa : instruction_sets()) {
        for (const float out : multiply(kernel_table(isa), matrix, x.view(kColumns), 1)) {
          EXPECT_EQ(out, sign * 127.0F * weight * kColumns) << info.name << " " << isa_name(isa);
        }
      }
    }
  }
}

TEST(PackedProduct, DoesNotDependOnHowManyTokensAreComputedTogether) {
  Random random(3);
  constexpr int64_t kRows = 32, kColumns = 512, kTokens = 13;
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
    EXPECT_EQ(q.offsets, expected.offsets);
  }
}

TEST(RawProduct, EqualsTheDequantizedRowsForEveryType) {
  Random random(5);
  constexpr int64_t kRows = 5, kColumns = 512, kTokens = 6;
  for (const DType type : {DType::kF32, DType::kF16, DType::kBF16, DType::kQ4_1, DType::kQ6_K}) {
    std::vector<std::byte> bytes = random_weights(random, DType::kQ4_1, kRows, kColumns);
    if (type == DType::kQ6_K) bytes = random_weights(random, type, kRows, kColumns);
    if (dtype_info(type).block_elements == 1) {
      const auto values = random_floats(random, kRows * kColumns);
      bytes.resize(dtype_bytes(type, values.size()));
      for (size_t i = 0; i < values.size(); ++i) {
        uint32_t bits = 0;
        std::memcpy(&bits, &values[i], 4);
        const auto top = static_cast<uint16_t>(type == DType::kF16 ? float_to_half(values[i]) : bits >> 16);
        if (type == DType::kF32) std::memcpy(&bytes[4 * i], &bits, 4);
        if (type != DType::kF32) std::memcpy(&bytes[2 * i], &top, 2);
      }
    }
    const Matrix matrix = Matrix::view(type, kRows, kColumns, bytes);
    const auto x = random_floats(random, kTokens * kColumns);
    std::vector<float> row(kColumns), scratch(kColumns), out(kTokens * kRows);
    for (const Isa isa : instruction_sets()) {
      kernel_table(isa).multiply_raw(matrix, {0, kRows}, x.data(), {0, kTokens}, scratch.data(), out.data(), kRows);
      for (size_t r = 0; r < kRows; ++r) {
        matrix.dequantize_row(static_cast<int64_t>(r), row.data());
        for (size_t t = 0; t < kTokens; ++t) {
          double expected = 0;
          for (size_t c = 0; c < kColumns; ++c) expected += double{row[c]} * x[t * kColumns + c];
          EXPECT_NEAR(out[t * kRows + r], expected, 1e-3) << dtype_info(type).name << " " << isa_name(isa);
        }
      }
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

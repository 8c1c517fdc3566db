// Dequantization against golden blocks of the Python gguf package (tests/golden/dtype), and halves against arithmetic.
#include "tensor/dtype.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "base/file.h"

namespace favilla {
namespace {

template <class T>
T take(std::string_view& bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  bytes.remove_prefix(sizeof value);
  return value;
}

bool same_bits_or_both_nan(float a, float b) {
  return (std::isnan(a) && std::isnan(b)) || std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b);
}

TEST(Dequantize, every_type_gives_the_bits_of_an_independent_implementation) {
  const Result<std::string> golden = read_file(FAVILLA_SOURCE_DIR "/tests/golden/dtype/blocks.bin");
  ASSERT_TRUE(golden) << golden.error().message;
  std::string_view rest = *golden;
  std::set<DType> seen;
  while (!rest.empty()) {
    const DTypeInfo* info = find_dtype(take<uint32_t>(rest));
    ASSERT_NE(info, nullptr);
    SCOPED_TRACE(info->name);
    const uint32_t size_bytes = take<uint32_t>(rest);
    const uint32_t elements = take<uint32_t>(rest);
    ASSERT_EQ(dtype_bytes(info->type, elements), size_bytes);
    // The header before it has 12 bytes: blocks are unaligned here, as they are in files.
    const char* blocks = rest.data();
    rest.remove_prefix(size_bytes);
    std::vector<float> weights(elements);
    dequantize(info->type, blocks, weights.data(), elements);
    for (uint32_t i = 0; i < elements; ++i) {
      const float expected = take<float>(rest);
      ASSERT_TRUE(same_bits_or_both_nan(weights[i], expected))
          << "weight " << i << " is " << weights[i] << " instead of " << expected;
    }
    seen.insert(info->type);
  }
  EXPECT_EQ(seen.size(), 16u) << "the golden file covers every type";
}

TEST(Quantize, eight_bits_are_half_a_step_away_at_most_and_zeros_stay_zeros) {
  std::vector<float> values(96, 0.0F);
  for (size_t i = 0; i < 64; ++i) values[i] = (i < 32 ? 1.0F : 1e-3F) * std::sin(static_cast<float>(i));
  std::vector<std::byte> blocks(dtype_bytes(DType::kQ8_0, values.size()));
  quantize_q8_0(values.data(), static_cast<int64_t>(values.size()), blocks.data());
  std::vector<float> rounded(values.size());
  dequantize(DType::kQ8_0, blocks.data(), rounded.data(), rounded.size());
  // Half of a 127th of the block's largest number, and what the scale's own rounding to 11 bits adds.
  const double error = 0.5 / 127 + 1.0 / 2048;
  for (size_t i = 0; i < 64; ++i) EXPECT_NEAR(rounded[i], values[i], (i < 32 ? 1.0 : 1e-3) * error) << i;
  for (size_t i = 64; i < 96; ++i) EXPECT_EQ(rounded[i], 0.0F);
}

TEST(DType, names_also_types_that_we_do_not_read) {
  EXPECT_EQ(find_dtype(16), nullptr);
  EXPECT_STREQ(gguf_type_name(16), "IQ2_XXS");
  EXPECT_STREQ(gguf_type_name(5), "Q4_3");
  EXPECT_STREQ(gguf_type_name(39), "MXFP4");
  EXPECT_STREQ(gguf_type_name(99), "unknown");
  EXPECT_STREQ(gguf_type_name(0xFFFFFFFF), "unknown");
}

TEST(DType, names_agree_between_both_tables) {
  for (uint32_t id = 0; id < 64; ++id) {
    if (const DTypeInfo* info = find_dtype(id)) {
      EXPECT_STREQ(info->name, gguf_type_name(id));
    }
  }
}

// The value of a half by its definition, in double precision.
double defined_value(uint16_t half) {
  const int exponent = (half >> 10) & 31;
  const int mantissa = half & 1023;
  const double sign = (half & 0x8000) != 0 ? -1 : 1;
  if (exponent == 31) return mantissa != 0 ? std::nan("") : sign * HUGE_VAL;
  if (exponent == 0) return sign * std::ldexp(mantissa, -24);
  return sign * std::ldexp(1024 + mantissa, exponent - 25);
}

TEST(Half, all_65536_values_become_the_float_that_ieee_defines) {
  for (uint32_t bits = 0; bits <= 0xFFFF; ++bits) {
    const auto half = static_cast<uint16_t>(bits);
    const float value = half_to_float(half);
    const double expected = defined_value(half);
    if (std::isnan(expected)) {
      ASSERT_TRUE(std::isnan(value)) << bits;
    } else {
      ASSERT_EQ(static_cast<double>(value), expected) << bits;
      ASSERT_EQ(std::signbit(value), std::signbit(expected)) << bits;
    }
  }
}

TEST(Half, all_65536_values_survive_the_way_to_float_and_back) {
  for (uint32_t bits = 0; bits <= 0xFFFF; ++bits) {
    const auto half = static_cast<uint16_t>(bits);
    const float value = half_to_float(half);
    const uint16_t back = float_to_half(value);
    if (std::isnan(value)) {
      ASSERT_TRUE(std::isnan(half_to_float(back))) << bits;
      ASSERT_EQ(back & 0x8000, half & 0x8000) << bits;
    } else {
      ASSERT_EQ(back, half);
    }
  }
}

TEST(Half, floats_between_two_halves_go_to_the_nearer_and_ties_to_the_even_one) {
  for (uint16_t half = 0; half < 0x7C00; ++half) {
    const auto above = static_cast<uint16_t>(half + 1);
    // The step after the largest half is where 65536 would stand.
    const float low = half_to_float(half);
    const float high = above == 0x7C00 ? 65536.0F : half_to_float(above);
    const float middle = low + (high - low) / 2;
    const uint16_t even = half % 2 == 0 ? half : above;
    ASSERT_EQ(float_to_half(middle), even) << half;
    ASSERT_EQ(float_to_half(std::nextafter(middle, low)), half);
    ASSERT_EQ(float_to_half(std::nextafter(middle, high)), above);
    ASSERT_EQ(float_to_half(-middle), even | 0x8000);
  }
}

TEST(Half, what_a_half_cannot_hold_becomes_infinity_or_zero) {
  EXPECT_EQ(float_to_half(1e30F), 0x7C00);
  EXPECT_EQ(float_to_half(-HUGE_VALF), 0xFC00);
  EXPECT_EQ(float_to_half(1e-30F), 0x0000);
  EXPECT_EQ(float_to_half(-1e-45F), 0x8000);
}

}  // namespace
}  // namespace favilla

// Names, block sizes and scalar dequantization of every tensor type that we read.
//
// One function per type turns one block into floats. They are written to be read beside the layout of the format, not
// to be fast: kernels are tested against them. Products of a half and the small integers of a block fit into a float's
// 24 bits, so the results do not depend on whether the compiler fuses a multiplication and a subtraction.
#include "tensor/dtype.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <iterator>

namespace favilla {
namespace {

// Indexed by type id: every type that GGUF has ever assigned, removed ones included.
constexpr const char* kGgufTypeNames[] = {
    "F32",        "F16",        "Q4_0",       "Q4_1",  "Q4_2",     "Q4_3",     "Q5_0",     "Q5_1",    "Q8_0",
    "Q8_1",       "Q2_K",       "Q3_K",       "Q4_K",  "Q5_K",     "Q6_K",     "Q8_K",     "IQ2_XXS", "IQ2_XS",
    "IQ3_XXS",    "IQ1_S",      "IQ4_NL",     "IQ3_S", "IQ2_S",    "IQ4_XS",   "I8",       "I16",     "I32",
    "I64",        "F64",        "IQ1_M",      "BF16",  "Q4_0_4_4", "Q4_0_4_8", "Q4_0_8_8", "TQ1_0",   "TQ2_0",
    "IQ4_NL_4_4", "IQ4_NL_4_8", "IQ4_NL_8_8", "MXFP4", "NVFP4",    "Q1_0",
};

// E2M1 values times two, so that they are whole; the scale is halved to match.
constexpr int8_t kMxfp4Levels[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

float load_half(const uint8_t* bytes) {
  uint16_t half;
  std::memcpy(&half, bytes, sizeof half);
  return half_to_float(half);
}

uint32_t load_u32(const uint8_t* bytes) {
  uint32_t value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

void dequantize_f32(const uint8_t* block, float* out) {
  std::memcpy(out, block, sizeof *out);
}

void dequantize_f16(const uint8_t* block, float* out) {
  *out = load_half(block);
}

// BF16 is the upper half of a float.
void dequantize_bf16(const uint8_t* block, float* out) {
  uint16_t upper;
  std::memcpy(&upper, block, sizeof upper);
  *out = std::bit_cast<float>(uint32_t{upper} << 16);
}

// The types of 32 weights keep weight j in the low nibble of byte j and weight j + 16 in its high nibble.

void dequantize_q4_0(const uint8_t* block, float* out) {
  const float scale = load_half(block);
  const uint8_t* nibbles = block + 2;
  for (int j = 0; j < 16; ++j) {
    out[j] = scale * static_cast<float>((nibbles[j] & 15) - 8);
    out[j + 16] = scale * static_cast<float>((nibbles[j] >> 4) - 8);
  }
}

void dequantize_q4_1(const uint8_t* block, float* out) {
  const float scale = load_half(block);
  const float minimum = load_half(block + 2);
  const uint8_t* nibbles = block + 4;
  for (int j = 0; j < 16; ++j) {
    out[j] = scale * static_cast<float>(nibbles[j] & 15) + minimum;
    out[j + 16] = scale * static_cast<float>(nibbles[j] >> 4) + minimum;
  }
}

// The fifth bit of weight j is bit j of a 32-bit word that stands before the nibbles.
void dequantize_q5_0(const uint8_t* block, float* out) {
  const float scale = load_half(block);
  const uint32_t fifth_bits = load_u32(block + 2);
  const uint8_t* nibbles = block + 6;
  for (int j = 0; j < 16; ++j) {
    const uint32_t low = (nibbles[j] & 15u) | ((fifth_bits >> j) & 1) << 4;
    const uint32_t high = (nibbles[j] >> 4) | ((fifth_bits >> (j + 16)) & 1) << 4;
    out[j] = scale * static_cast<float>(static_cast<int>(low) - 16);
    out[j + 16] = scale * static_cast<float>(static_cast<int>(high) - 16);
  }
}

void dequantize_q5_1(const uint8_t* block, float* out) {
  const float scale = load_half(block);
  const float minimum = load_half(block + 2);
  const uint32_t fifth_bits = load_u32(block + 4);
  const uint8_t* nibbles = block + 8;
  for (int j = 0; j < 16; ++j) {
    const uint32_t low = (nibbles[j] & 15u) | ((fifth_bits >> j) & 1) << 4;
    const uint32_t high = (nibbles[j] >> 4) | ((fifth_bits >> (j + 16)) & 1) << 4;
    out[j] = scale * static_cast<float>(low) + minimum;
    out[j + 16] = scale * static_cast<float>(high) + minimum;
  }
}

void dequantize_q8_0(const uint8_t* block, float* out) {
  const float scale = load_half(block);
  for (int j = 0; j < 32; ++j) out[j] = scale * static_cast<float>(static_cast<int8_t>(block[2 + j]));
}

void dequantize_iq4_nl(const uint8_t* block, float* out) {
  const float scale = load_half(block);
  const uint8_t* nibbles = block + 2;
  for (int j = 0; j < 16; ++j) {
    out[j] = scale * kNonLinearLevels[nibbles[j] & 15];
    out[j + 16] = scale * kNonLinearLevels[nibbles[j] >> 4];
  }
}

// Half of 2^(exponent - 127). Exponents 0 and 1 give subnormal floats. The standard's NaN (255) is read as 2^127, as
// ggml does; no quantizer writes it.
float half_of_e8m0(uint8_t exponent) {
  if (exponent < 2) return std::bit_cast<float>(0x00200000u << exponent);
  return std::bit_cast<float>((exponent - 1u) << 23);
}

void dequantize_mxfp4(const uint8_t* block, float* out) {
  const float scale = half_of_e8m0(block[0]);
  const uint8_t* nibbles = block + 1;
  for (int j = 0; j < 16; ++j) {
    out[j] = scale * kMxfp4Levels[nibbles[j] & 15];
    out[j + 16] = scale * kMxfp4Levels[nibbles[j] >> 4];
  }
}

// The types of 256 weights ("K") hold sub-blocks with small integer scales of their own.

// 16 bytes of (scale, minimum) nibbles, 64 bytes of 2-bit weights, d, dmin. Each 32 bytes hold 128 weights: the lowest
// bit pairs are the first 32 of them, and so on. 16 weights share a scale.
void dequantize_q2_k(const uint8_t* block, float* out) {
  const uint8_t* scales = block;
  const uint8_t* pairs = block + 16;
  const float d = load_half(block + 80);
  const float dmin = load_half(block + 82);
  for (int i = 0; i < 256; ++i) {
    const int plane = (i / 32) % 4;
    const int weight = (pairs[i / 128 * 32 + i % 32] >> (2 * plane)) & 3;
    const int scale = scales[i / 16] & 15;
    const int minimum = scales[i / 16] >> 4;
    out[i] = d * static_cast<float>(scale * weight) - dmin * static_cast<float>(minimum);
  }
}

// 32 bytes of high bits (bit k of byte l belongs to weight 32k + l), 64 bytes of low bit pairs as in Q2_K, 12 bytes of
// sixteen 6-bit scales, d. Scale s has its low nibble in byte s % 8 and its top two bits in byte 8 + s % 4.
void dequantize_q3_k(const uint8_t* block, float* out) {
  const uint8_t* high_bits = block;
  const uint8_t* pairs = block + 32;
  const uint8_t* packed = block + 96;
  const float d = load_half(block + 108);
  for (int i = 0; i < 256; ++i) {
    const int s = i / 16;
    const int scale = ((packed[s % 8] >> (s / 8 * 4)) & 15) | ((packed[8 + s % 4] >> (s / 4 * 2)) & 3) << 4;
    const int plane = (i / 32) % 4;
    const int low = (pairs[i / 128 * 32 + i % 32] >> (2 * plane)) & 3;
    const int high = (high_bits[i % 32] >> (i / 32)) & 1;
    // A set high bit means that nothing is subtracted.
    const int weight = low - (high != 0 ? 0 : 4);
    out[i] = d * static_cast<float>(scale - 32) * static_cast<float>(weight);
  }
}

struct ScaleAndMinimum {
  int scale;
  int minimum;
};

// Q4_K and Q5_K pack eight 6-bit scales and eight 6-bit minima into 12 bytes: the first four of each lie in the low
// bits of bytes 0..3 and 4..7, whose top two bits complete the nibbles of bytes 8..11 to the last four.
ScaleAndMinimum unpack_scale(const uint8_t* packed, int sub_block) {
  const int j = sub_block;
  if (j < 4) return {packed[j] & 63, packed[j + 4] & 63};
  return {(packed[j + 4] & 15) | (packed[j - 4] >> 6) << 4, (packed[j + 4] >> 4) | (packed[j] >> 6) << 4};
}

// d, dmin, 12 bytes of scales, then 32 bytes for every two sub-blocks of 32: low nibbles first.
void dequantize_q4_k(const uint8_t* block, float* out) {
  const float d = load_half(block);
  const float dmin = load_half(block + 2);
  const uint8_t* nibbles = block + 16;
  for (int j = 0; j < 8; ++j) {
    const auto [scale, minimum] = unpack_scale(block + 4, j);
    for (int l = 0; l < 32; ++l) {
      const int weight = (nibbles[j / 2 * 32 + l] >> (j % 2 * 4)) & 15;
      out[j * 32 + l] = d * static_cast<float>(scale * weight) - dmin * static_cast<float>(minimum);
    }
  }
}

// As Q4_K; bit j of byte l of the 32 bytes between scales and nibbles is the fifth bit of weight l of sub-block j.
void dequantize_q5_k(const uint8_t* block, float* out) {
  const float d = load_half(block);
  const float dmin = load_half(block + 2);
  const uint8_t* fifth_bits = block + 16;
  const uint8_t* nibbles = block + 48;
  for (int j = 0; j < 8; ++j) {
    const auto [scale, minimum] = unpack_scale(block + 4, j);
    for (int l = 0; l < 32; ++l) {
      const int weight = ((nibbles[j / 2 * 32 + l] >> (j % 2 * 4)) & 15) | ((fifth_bits[l] >> j) & 1) << 4;
      out[j * 32 + l] = d * static_cast<float>(scale * weight) - dmin * static_cast<float>(minimum);
    }
  }
}

// 128 bytes of low nibbles, 64 bytes of high bit pairs, 16 signed scales, d. Each half of 128 weights has four planes
// of 32: planes 0 and 1 are the low nibbles of its 64 bytes, planes 2 and 3 the high ones; plane p takes bit pair p.
void dequantize_q6_k(const uint8_t* block, float* out) {
  const float d = load_half(block + 208);
  for (int i = 0; i < 256; ++i) {
    const int half = i / 128;
    const int plane = i / 32 % 4;
    const int l = i % 32;
    const int low = (block[half * 64 + plane % 2 * 32 + l] >> (plane / 2 * 4)) & 15;
    const int high = (block[128 + half * 32 + l] >> (2 * plane)) & 3;
    const int scale = static_cast<int8_t>(block[192 + i / 16]);
    out[i] = d * static_cast<float>(scale) * static_cast<float>((low | high << 4) - 32);
  }
}

// d, 16 bits with the top two bits of eight 6-bit scales, 4 bytes with their low nibbles, then 16 bytes of nibbles for
// each sub-block of 32.
void dequantize_iq4_xs(const uint8_t* block, float* out) {
  const float d = load_half(block);
  const int high_bits = block[2] | block[3] << 8;
  const uint8_t* low_bits = block + 4;
  const uint8_t* nibbles = block + 8;
  for (int j = 0; j < 8; ++j) {
    const int scale = ((low_bits[j / 2] >> (j % 2 * 4)) & 15) | ((high_bits >> (2 * j)) & 3) << 4;
    const float sub_scale = d * static_cast<float>(scale - 32);
    for (int l = 0; l < 16; ++l) {
      out[j * 32 + l] = sub_scale * kNonLinearLevels[nibbles[j * 16 + l] & 15];
      out[j * 32 + l + 16] = sub_scale * kNonLinearLevels[nibbles[j * 16 + l] >> 4];
    }
  }
}

struct DTypeEntry {
  DTypeInfo info;
  void (*dequantize_block)(const uint8_t* block, float* out);
};

// name, weights in a block, bytes of a block.
constexpr DTypeEntry kDTypes[] = {
    {{DType::kF32, "F32", 1, 4}, dequantize_f32},
    {{DType::kF16, "F16", 1, 2}, dequantize_f16},
    {{DType::kBF16, "BF16", 1, 2}, dequantize_bf16},
    {{DType::kQ4_0, "Q4_0", 32, 18}, dequantize_q4_0},
    {{DType::kQ4_1, "Q4_1", 32, 20}, dequantize_q4_1},
    {{DType::kQ5_0, "Q5_0", 32, 22}, dequantize_q5_0},
    {{DType::kQ5_1, "Q5_1", 32, 24}, dequantize_q5_1},
    {{DType::kQ8_0, "Q8_0", 32, 34}, dequantize_q8_0},
    {{DType::kQ2_K, "Q2_K", 256, 84}, dequantize_q2_k},
    {{DType::kQ3_K, "Q3_K", 256, 110}, dequantize_q3_k},
    {{DType::kQ4_K, "Q4_K", 256, 144}, dequantize_q4_k},
    {{DType::kQ5_K, "Q5_K", 256, 176}, dequantize_q5_k},
    {{DType::kQ6_K, "Q6_K", 256, 210}, dequantize_q6_k},
    {{DType::kIQ4_NL, "IQ4_NL", 32, 18}, dequantize_iq4_nl},
    {{DType::kIQ4_XS, "IQ4_XS", 256, 136}, dequantize_iq4_xs},
    {{DType::kMXFP4, "MXFP4", 32, 17}, dequantize_mxfp4},
};

const DTypeEntry* find_entry(uint32_t gguf_type_id) {
  for (const DTypeEntry& entry : kDTypes) {
    if (static_cast<uint32_t>(entry.info.type) == gguf_type_id) return &entry;
  }
  return nullptr;
}

}  // namespace

const DTypeInfo* find_dtype(uint32_t gguf_type_id) {
  const DTypeEntry* entry = find_entry(gguf_type_id);
  return entry != nullptr ? &entry->info : nullptr;
}

// Never null inside: a DType is made only from an id that find_dtype() knows.
const DTypeInfo& dtype_info(DType type) {
  return find_entry(static_cast<uint32_t>(type))->info;
}

const char* gguf_type_name(uint32_t gguf_type_id) {
  return gguf_type_id < std::size(kGgufTypeNames) ? kGgufTypeNames[gguf_type_id] : "unknown";
}

size_t dtype_bytes(DType type, size_t elements) {
  const DTypeInfo& info = dtype_info(type);
  return elements / static_cast<size_t>(info.block_elements) * static_cast<size_t>(info.block_bytes);
}

void dequantize(DType type, const void* source, float* target, size_t elements) {
  const DTypeEntry& entry = *find_entry(static_cast<uint32_t>(type));
  const uint8_t* block = static_cast<const uint8_t*>(source);
  for (size_t i = 0; i < elements; i += static_cast<size_t>(entry.info.block_elements)) {
    entry.dequantize_block(block, target + i);
    block += entry.info.block_bytes;
  }
}

void quantize_q8_0(const float* source, int64_t elements, std::byte* target) {
  constexpr int64_t kBlock = 32;
  for (const float* end = source + elements; source < end; source += kBlock) {
    float largest = 0;
    for (int64_t i = 0; i < kBlock; ++i) largest = std::max(largest, std::abs(source[i]));
    const uint16_t scale = float_to_half(largest / 127.0F);
    const float rounded = half_to_float(scale);
    std::memcpy(target, &scale, sizeof scale);
    target += sizeof scale;
    for (int64_t i = 0; i < kBlock; ++i) {
      const float quant = rounded > 0 ? std::clamp(std::nearbyint(source[i] / rounded), -127.0F, 127.0F) : 0.0F;
      *target++ = static_cast<std::byte>(static_cast<int8_t>(quant));
    }
  }
}

float half_to_float(uint16_t half) {
  const uint32_t sign = (half & 0x8000u) << 16;
  const uint32_t exponent = (half >> 10) & 31;
  const uint32_t mantissa = half & 0x3FFu;
  if (exponent == 0) {  // zero and subnormals count in units of 2^-24
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24F;
    return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(magnitude));
  }
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7F800000u | mantissa << 13);
  return std::bit_cast<float>(sign | (exponent + 112) << 23 | mantissa << 13);
}

uint16_t float_to_half(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = (bits >> 16) & 0x8000u;
  const uint32_t magnitude = bits & 0x7FFFFFFFu;
  if (magnitude > 0x7F800000u) {  // NaN: keep it quiet, and its upper payload
    return static_cast<uint16_t>(sign | 0x7E00u | ((magnitude >> 13) & 0x3FFu));
  }
  if (magnitude >= 0x477FF000u) return static_cast<uint16_t>(sign | 0x7C00u);  // 65520 and up round to infinity
  if (magnitude < 0x38800000u) {
    // Below 2^-14 halves are multiples of 2^-24, which is the unit of the floats at 0.5: adding it rounds for us.
    const float shifted = std::bit_cast<float>(magnitude) + 0.5F;
    return static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(shifted) - std::bit_cast<uint32_t>(0.5F)));
  }
  // Ties go to even: add just under half a unit, and one more when the kept part is odd.
  const uint32_t rounded = magnitude + 0xFFFu + ((magnitude >> 13) & 1);
  return static_cast<uint16_t>(sign | ((rounded - 0x38000000u) >> 13));
}

}  // namespace favilla

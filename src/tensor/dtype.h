// Number formats of GGUF tensors: names, block sizes, and the scalar dequantization that is the oracle of every kernel.
// Block layouts: ggml's ggml-common.h; MXFP4: OCP Microscaling Formats v1.0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace favilla {

// Values are GGUF's tensor type ids.
enum class DType : uint32_t {
  kF32 = 0,
  kF16 = 1,
  kQ4_0 = 2,
  kQ4_1 = 3,
  kQ5_0 = 6,
  kQ5_1 = 7,
  kQ8_0 = 8,
  kQ2_K = 10,
  kQ3_K = 11,
  kQ4_K = 12,
  kQ5_K = 13,
  kQ6_K = 14,
  kIQ4_NL = 20,
  kIQ4_XS = 23,
  kBF16 = 30,
  kMXFP4 = 39,
};

struct DTypeInfo {
  DType type;
  const char* name;    // as in GGUF tools: "Q4_K"
  int block_elements;  // a row's length must be a multiple of this
  int block_bytes;
};

// The sixteen levels of IQ4_NL and IQ4_XS: spaced like the quantiles of typical weights.
inline constexpr int8_t kNonLinearLevels[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                                1,    13,   25,  38,  53,  69,  89,  113};

// nullptr for an id that we do not read.
const DTypeInfo* find_dtype(uint32_t gguf_type_id);
const DTypeInfo& dtype_info(DType type);

// The name of any type id that GGUF has ever assigned ("IQ2_XXS"), for error messages; "unknown" otherwise.
const char* gguf_type_name(uint32_t gguf_type_id);

// Bytes of `elements` consecutive weights; requires a multiple of the block size.
size_t dtype_bytes(DType type, size_t elements);

// source: dtype_bytes(type, elements) bytes, unaligned; target: [elements].
void dequantize(DType type, const void* source, float* target, size_t elements);

// Rounds to kQ8_0, each block by its largest number. elements: a multiple of 32; target: dtype_bytes() of them.
void quantize_q8_0(const float* source, int64_t elements, std::byte* target);

// IEEE half <-> single, scalar, all values (subnormals, infinities; NaN stays NaN). float_to_half rounds to nearest,
// ties to even.
float half_to_float(uint16_t half);
uint16_t float_to_half(float value);

}  // namespace favilla

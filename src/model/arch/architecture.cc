// The table of architectures, and the cache layout that they share.
#include "model/arch/architecture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace favilla {
namespace {

struct Entry {
  const char* name;  // general.architecture
  Result<std::unique_ptr<Architecture>> (*load)(const GgufFile& file);
};

constexpr Entry kArchitectures[] = {
    {"llama", load_llama}, {"qwen2", load_qwen2}, {"qwen3", load_qwen3}, {"gemma3", load_gemma3}, {"bert", load_bert},
};

// Writes one row of int8 in blocks of 32 with f16 scales; element i goes to quants[i * stride], block b's scale to
// scales[b * scale_stride].
void store_q8(const float* x, int count, int8_t* quants, int64_t stride, uint16_t* scales, int64_t scale_stride) {
  for (int begin = 0; begin < count; begin += kBlockColumns) {
    float largest = 0;
    for (int i = begin; i < begin + kBlockColumns; ++i) largest = std::max(largest, std::abs(x[i]));
    const uint16_t scale = float_to_half(largest / 127.0F);
    const float rounded = half_to_float(scale);
    const float inverse = rounded > 0 ? 1.0F / rounded : 0.0F;
    for (int i = begin; i < begin + kBlockColumns; ++i) {
      const float quant = std::clamp(std::nearbyint(x[i] * inverse), -127.0F, 127.0F);
      quants[i * stride] = static_cast<int8_t>(quant);
    }
    scales[begin / kBlockColumns * scale_stride] = scale;
  }
}

int64_t element_bytes(KvType type) {
  return type == KvType::kF32 ? 4 : type == KvType::kF16 ? 2 : 1;
}

}  // namespace

KvHeadView KvView::head(int layer, int kv_head) const {
  const int64_t offset = (int64_t{layer} * kv_heads + kv_head) * capacity * head_dim;
  const int64_t byte_offset = offset * element_bytes(type);
  if (type != KvType::kQ8_0) return {type, keys + byte_offset, values + byte_offset, nullptr, nullptr, head_dim};
  return {type,
          keys + byte_offset,
          values + byte_offset,
          key_scales + offset / kBlockColumns,
          value_scales + offset / kBlockColumns,
          head_dim};
}

void KvView::store(int layer, int kv_head, int64_t position, const float* key, const float* value) const {
  const int64_t offset = (int64_t{layer} * kv_heads + kv_head) * capacity * head_dim;
  const int64_t key_offset = offset + position / kKvBlock * kKvBlock * head_dim + position % kKvBlock;
  const int64_t value_offset = offset + position * head_dim;
  switch (type) {
    case KvType::kF32: {
      float* key_out = reinterpret_cast<float*>(keys) + key_offset;
      for (int d = 0; d < head_dim; ++d) key_out[d * kKvBlock] = key[d];
      std::memcpy(reinterpret_cast<float*>(values) + value_offset, value,
                  static_cast<size_t>(head_dim) * sizeof(float));
      break;
    }
    case KvType::kF16: {
      uint16_t* key_out = reinterpret_cast<uint16_t*>(keys) + key_offset;
      uint16_t* value_out = reinterpret_cast<uint16_t*>(values) + value_offset;
      for (int d = 0; d < head_dim; ++d) key_out[d * kKvBlock] = float_to_half(key[d]);
      for (int d = 0; d < head_dim; ++d) value_out[d] = float_to_half(value[d]);
      break;
    }
    case KvType::kQ8_0: {
      const int64_t key_scale =
          offset / kBlockColumns + position / kKvBlock * kKvBlock * (head_dim / kBlockColumns) + position % kKvBlock;
      store_q8(key, head_dim, reinterpret_cast<int8_t*>(keys) + key_offset, kKvBlock, key_scales + key_scale, kKvBlock);
      store_q8(value, head_dim, reinterpret_cast<int8_t*>(values) + value_offset, 1,
               value_scales + value_offset / kBlockColumns, 1);
      break;
    }
  }
}

Batch::Batch(std::span<const Segment> segments, const CancelFlag* cancel, PriorityGate* gate)
    : segments_(segments), cancel_(cancel), gate_(gate) {
  for (const Segment& segment : segments) tokens_ += static_cast<int64_t>(segment.tokens.size());
}

Batch::Token Batch::token(int64_t index) const {
  const Segment* segment = segments_.data();
  for (; index >= static_cast<int64_t>(segment->tokens.size()); ++segment)
    index -= static_cast<int64_t>(segment->tokens.size());
  const int64_t logit_row = index - (static_cast<int64_t>(segment->tokens.size()) - segment->logit_rows);
  return {segment, segment->tokens[static_cast<size_t>(index)], segment->start + index, logit_row};
}

Range Batch::wanted() const {
  const Segment& first = segments_.front();
  return {static_cast<int64_t>(first.tokens.size()) - first.logit_rows, tokens_};
}

Result<std::unique_ptr<Architecture>> load_architecture(const GgufFile& file) {
  const std::string_view name = TRY(file.require_string("general.architecture"));
  for (const Entry& entry : kArchitectures) {
    if (name == entry.name) return entry.load(file);
  }
  std::string known;
  for (const Entry& entry : kArchitectures) known += (known.empty() ? "" : ", ") + std::string(entry.name);
  return Error{ErrorKind::kUnsupported, fmt::format("architecture \"{}\" is not supported (we have: {})", name, known)};
}

}  // namespace favilla

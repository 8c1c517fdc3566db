// The memory of one session's keys and values. Internal to generate.
#pragma once

#include "base/result.h"
#include "model/arch/architecture.h"

namespace favilla {

// The memory behind a KvView.
struct KvCache {
  AlignedArray<std::byte> keys, values;
  AlignedArray<uint16_t> key_scales, value_scales;
  KvView view;

  // Room for `tokens` positions, rounded up to whole blocks. kExhausted.
  static Result<KvCache> create(const ModelShape& shape, KvType type, int layers, int64_t tokens);
};

}  // namespace favilla

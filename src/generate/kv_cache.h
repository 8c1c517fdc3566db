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

  bool in_huge_pages = false;

  // To be called when `tokens` positions are held. Once half of a cache is used, all of it moves into huge pages: long
  // contexts are read faster then, and short ones do not pay for clearing what they never use.
  void note_use(int64_t tokens);

  // Room for `tokens` positions, rounded up to whole blocks. kExhausted.
  static Result<KvCache> create(const ModelShape& shape, KvType type, int layers, int64_t tokens);
};

}  // namespace favilla

// Sizes of a cache; its layout is KvView's.
#include "generate/kv_cache.h"

namespace favilla {

Result<KvCache> KvCache::create(const ModelShape& shape, KvType type, int layers, int64_t tokens) {
  KvCache cache;
  const int64_t capacity = (tokens + kKvBlock - 1) / kKvBlock * kKvBlock;
  const size_t elements =
      static_cast<size_t>(int64_t{layers} * shape.kv_heads * capacity) * static_cast<size_t>(shape.head_dim);
  const size_t element_bytes = type == KvType::kF32 ? 4 : type == KvType::kF16 ? 2 : 1;
  cache.keys = TRY(AlignedArray<std::byte>::create(elements * element_bytes));
  cache.values = TRY(AlignedArray<std::byte>::create(elements * element_bytes));
  if (type == KvType::kQ8_0) {
    cache.key_scales = TRY(AlignedArray<uint16_t>::create(elements / kBlockColumns));
    cache.value_scales = TRY(AlignedArray<uint16_t>::create(elements / kBlockColumns));
  }
  cache.view = {type,
                cache.keys.data(),
                cache.values.data(),
                cache.key_scales.data(),
                cache.value_scales.data(),
                shape.kv_heads,
                shape.head_dim,
                capacity};
  return cache;
}

void KvCache::note_use(int64_t tokens) {
  if (in_huge_pages || tokens < view.capacity / 2) return;
  in_huge_pages = true;
  keys.collapse_pages();
  values.collapse_pages();
}

}  // namespace favilla

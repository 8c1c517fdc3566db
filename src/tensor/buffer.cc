// Aligned allocation.
#include "tensor/buffer.h"

#include <sys/mman.h>

#include <cstring>

namespace favilla {
namespace {

constexpr size_t kCacheLine_bytes = 64;
constexpr size_t kHugePage_bytes = size_t{2} << 20;

}  // namespace

void* allocate_zeroed(size_t bytes) {
  const bool large = bytes >= 2 * kHugePage_bytes;
  const size_t alignment = large ? kHugePage_bytes : kCacheLine_bytes;
  const size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  void* memory = std::aligned_alloc(alignment, rounded);
  if (memory == nullptr) return nullptr;
  if (large) {
    // Dropped private pages come back as zeros when they are first touched: a big KV cache is not resident before use.
    ::madvise(memory, rounded, MADV_HUGEPAGE);
    ::madvise(memory, rounded, MADV_DONTNEED);
  } else {
    std::memset(memory, 0, rounded);
  }
  return memory;
}

}  // namespace favilla

// Aligned allocation.
#include "tensor/buffer.h"

#include <sys/mman.h>

#include <bit>
#include <cstring>

namespace favilla {
namespace {

constexpr size_t kCacheLine_bytes = 64;
constexpr size_t kPage_bytes = 4096;  // where pages are larger, madvise refuses and memset clears
constexpr size_t kHugePage_bytes = size_t{2} << 20;
constexpr size_t kClearByHand_bytes = size_t{64} << 10;  // below this memset is cheaper than a system call

}  // namespace

void* allocate_zeroed(size_t bytes, PageSize pages) {
  const bool huge = pages == PageSize::kHuge && bytes >= 2 * kHugePage_bytes;
  const bool small = bytes < kClearByHand_bytes;
  const size_t alignment = huge ? kHugePage_bytes : small ? kCacheLine_bytes : kPage_bytes;
  const size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  void* memory = std::aligned_alloc(alignment, rounded);
  if (memory == nullptr) return nullptr;
  if (huge) ::madvise(memory, rounded, MADV_HUGEPAGE);
  // Dropped private pages come back as zeros when they are first touched.
  if (small || ::madvise(memory, rounded, MADV_DONTNEED) != 0) std::memset(memory, 0, rounded);
  return memory;
}

void collapse_into_huge_pages(void* memory, size_t bytes) {
  constexpr int kMadviseCollapse = 25;  // the C library has no name for it yet
  const auto begin = std::bit_cast<uintptr_t>(memory);
  const uintptr_t first = (begin + kHugePage_bytes - 1) / kHugePage_bytes * kHugePage_bytes;
  const uintptr_t end = (begin + bytes) / kHugePage_bytes * kHugePage_bytes;
  if (first < end) ::madvise(static_cast<std::byte*>(memory) + (first - begin), end - first, kMadviseCollapse);
}

}  // namespace favilla

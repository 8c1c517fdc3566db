// Zeroed memory aligned to cache lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "base/result.h"

namespace favilla {

// kHuge saves address translations where all of a large array is read again and again (weights). kNormal leaves what is
// not touched out of memory (caches, scratch).
enum class PageSize { kNormal, kHuge };

// An owned array of a trivial type. Move-only; empty by default.
template <class T>
class AlignedArray {
 public:
  AlignedArray() = default;

  // kExhausted when the system has no memory for it.
  static Result<AlignedArray> create(size_t count, PageSize pages = PageSize::kNormal);

  T* data() { return memory_.get(); }
  const T* data() const { return memory_.get(); }
  size_t size() const { return count_; }
  // Moves the array into huge pages where the system can; all of it is in memory afterwards.
  void collapse_pages();

  T& operator[](size_t index) { return memory_.get()[index]; }
  const T& operator[](size_t index) const { return memory_.get()[index]; }

 private:
  struct Free {
    void operator()(T* pointer) const { std::free(pointer); }
  };
  std::unique_ptr<T[], Free> memory_;
  size_t count_ = 0;
};

// At least `bytes`, aligned to 64; nullptr when there is none.
void* allocate_zeroed(size_t bytes, PageSize pages);

// Gives a range of private memory huge pages (Linux 6.1 and later), keeping its content; takes about 0.4 ms per MB.
void collapse_into_huge_pages(void* memory, size_t bytes);

template <class T>
void AlignedArray<T>::collapse_pages() {
  collapse_into_huge_pages(memory_.get(), count_ * sizeof(T));
}

template <class T>
Result<AlignedArray<T>> AlignedArray<T>::create(size_t count, PageSize pages) {
  AlignedArray array;
  if (count == 0) return array;
  if (count > SIZE_MAX / 2 / sizeof(T)) return Error{ErrorKind::kExhausted, "out of memory: an impossible size"};
  void* memory = allocate_zeroed(count * sizeof(T), pages);
  if (memory == nullptr) {
    return Error{ErrorKind::kExhausted, "out of memory: cannot get " + std::to_string(count * sizeof(T)) + " bytes"};
  }
  array.memory_.reset(static_cast<T*>(memory));
  array.count_ = count;
  return array;
}

}  // namespace favilla

// Sparse vectors: what sentences become, and what linear models are trained on.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace favilla {

struct SparseEntry {
  uint32_t index = 0;
  float value = 0;
};

// Rows of entries, one after the other.
class SparseRows {
 public:
  void add_row(std::span<const SparseEntry> entries) {
    entries_.insert(entries_.end(), entries.begin(), entries.end());
    ends_.push_back(entries_.size());
  }
  size_t size() const { return ends_.size(); }
  std::span<const SparseEntry> row(size_t index) const {
    const size_t begin = index == 0 ? 0 : ends_[index - 1];
    return std::span(entries_).subspan(begin, ends_[index] - begin);
  }

 private:
  std::vector<SparseEntry> entries_;
  std::vector<size_t> ends_;
};

}  // namespace favilla

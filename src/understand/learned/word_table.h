// What common English words mean, roughly: a vector for each, and clusters of words that mean alike. Made by
// training/intents/word_vectors.py and part of the program; a trained model names the table it was trained with.
//
// Format, little-endian: "FVW1", u32 words, u32 dimensions, u32 clusterings, f32 scale, u32 names[words] rising,
// u16 cluster[clusterings][words], i8 vector[words][dimensions].
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "understand/learned/sentence_features.h"

namespace favilla {

class WordTable {
 public:
  static constexpr size_t kDimensions = 64;
  static constexpr size_t kClusterings = 3;  // 32, 256 and 1024 clusters

  // kCorrupt for bytes that are no such table. They must outlive it.
  static Result<WordTable> parse(std::span<const std::byte> bytes);

  // The place of a word by its name_feature("word", ...), for the two functions below.
  std::optional<size_t> find(FeatureName name) const;
  uint16_t cluster(size_t word, size_t clustering) const { return clusters_[clustering * names_.size() + word]; }
  // Adds weight times the word's vector.
  void add_vector(size_t word, float weight, std::span<float, kDimensions> sum) const;

  uint64_t sum() const { return sum_; }  // the checksum of its bytes

 private:
  std::vector<FeatureName> names_;
  std::vector<uint16_t> clusters_;
  std::span<const std::byte> vectors_;
  float scale_ = 0;
  uint64_t sum_ = 0;
};

}  // namespace favilla

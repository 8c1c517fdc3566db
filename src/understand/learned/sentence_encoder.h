// Turns a sentence into the sparse vector that intent classifiers see: its features that the training sentences had,
// each group of length 1 times a constant, and the mean vector of its words.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "understand/learned/byte_reader.h"
#include "understand/learned/sentence_features.h"
#include "understand/learned/sparse.h"
#include "understand/learned/word_table.h"

namespace favilla {

class SentenceEncoder {
 public:
  SentenceEncoder() = default;

  // From the features of all training sentences. A feature is kept if at least `least_sentences` have it.
  SentenceEncoder(std::span<const SentenceFeatures> sentences, uint32_t least_sentences);

  // One more than the largest index of an entry.
  uint32_t width() const { return static_cast<uint32_t>(names_.size() + WordTable::kDimensions); }

  std::vector<SparseEntry> encode(std::span<const LearnedWord> words, const SentenceFeatures& features,
                                  const WordTable& table) const;

  static Result<SentenceEncoder> read(ByteReader& reader);
  void write(ByteWriter& writer) const;

 private:
  // How telling a feature is: ln((1 + sentences) / (1 + sentences with it)) + 1; nullptr when unknown.
  const float* find(FeatureName name) const;

  std::vector<FeatureName> names_;  // sorted
  std::vector<float> rarity_;
  float unknown_rarity_ = 1;  // of a word that no training sentence has
};

}  // namespace favilla

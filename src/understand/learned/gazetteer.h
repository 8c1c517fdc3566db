// Phrases that the training sentences call an entity of some kind: "living room" a house_place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "understand/learned/sentence_features.h"

namespace favilla {

// One phrase for one kind, by the name of its words.
struct GazetteerEntry {
  FeatureName phrase = 0;
  uint16_t kind = 0;
  uint16_t sentences = 0;  // that have it
};

// A phrase found in a sentence.
struct GazetteerMatch {
  size_t begin = 0;  // words
  size_t end = 0;
  uint16_t kind = 0;
};

class Gazetteer {
 public:
  static constexpr size_t kLongestPhrase = 6;  // words

  Gazetteer() = default;
  // Sorted by phrase and kind, without repeats.
  explicit Gazetteer(std::vector<GazetteerEntry> entries) : entries_(std::move(entries)) {}

  static FeatureName name_phrase(std::span<const LearnedWord> words);

  // Phrases known from at least `sentences` sentences. While a model is trained, a phrase must be known from another
  // sentence than the one that it is looked for in, or the tagger learns to trust the list alone: pass 2.
  std::vector<GazetteerMatch> find(std::span<const LearnedWord> words, int sentences) const;

  std::span<const GazetteerEntry> entries() const { return entries_; }

 private:
  std::vector<GazetteerEntry> entries_;
};

}  // namespace favilla

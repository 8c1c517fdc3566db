// What an intent classifier sees of a sentence: words, pairs of words and pieces of words, each as a 32-bit name.
//
//   SentenceFeatures features = count_features(split_words("dim the lights"));
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "understand/learned/words.h"

namespace favilla {

// The name of a feature. Two features that happen to share one (one pair in 100,000 features) are one feature.
using FeatureName = uint32_t;

FeatureName name_feature(std::string_view kind, std::string_view text);

struct FeatureCount {
  FeatureName name = 0;
  float count = 0;
};

// Words and their neighbours, pieces of words, and words anywhere behind a word. Each group is scaled by itself.
enum FeatureGroup { kWordGroup, kPieceGroup, kDistantGroup, kFeatureGroups };

// Each group is sorted by name, without repeats. Punctuation is left out.
using FeatureCounts = std::vector<FeatureCount>;
using SentenceFeatures = std::array<FeatureCounts, kFeatureGroups>;

SentenceFeatures count_features(std::span<const LearnedWord> words);

}  // namespace favilla

// From the scores of classifiers to a probability, and to whether the sentence means any of the intents at all.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "understand/learned/byte_reader.h"

namespace favilla {

// What was decided about one sentence.
struct Choice {
  size_t intent = 0;
  float probability = 0;  // that the intent is right, if it is any
  float scope = 0;        // in scope if not below IntentDecision::scope_bar
};

// One score for each intent, and, where the training sentences had some out of scope, one more for these at the end.
struct IntentDecision {
  float sharpness = 3;                 // scores are multiplied by it before the softmax
  float scope_weights[3] = {1, 0, 0};  // of the best score, its lead, and the out-of-scope score
  float scope_bar = -1e9F;

  Choice choose(std::span<const float> scores, size_t intents) const;

  // The intents that are worth considering: the best one, and others with a probability of at least kLikely.
  std::vector<size_t> likely(std::span<const float> scores, size_t intents) const;
  static constexpr float kLikely = 0.15F;

  static Result<IntentDecision> read(ByteReader& reader);
  void write(ByteWriter& writer) const;
};

// A sentence whose scores come from classifiers that have not seen it.
struct ScoredExample {
  std::vector<float> scores;
  size_t intent = 0;  // `intents`: out of scope
};

// Sharpness by maximum likelihood. Scope weights by logistic regression if there are sentences out of scope. The bar
// refuses at most kRefused of the sentences in scope that would have been right.
IntentDecision fit_decision(std::span<const ScoredExample> examples, size_t intents);

inline constexpr double kRefused = 0.007;

}  // namespace favilla

// Trains the slot tagger: a conditional random field over named attributes of words.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "understand/learned/crf_lattice.h"
#include "understand/learned/named_weights.h"

namespace favilla {

// One sentence: what is known of each word, and its label.
struct CrfExample {
  std::vector<std::vector<FeatureName>> attributes;  // [words]
  std::vector<uint16_t> labels;                      // [words]
};

struct CrfResult {
  std::vector<NamedWeight> weights;  // sorted by name, then label; only pairs that occur in the examples
  CrfTransitions transitions;
};

struct CrfOptions {
  int epochs = 20;
  double decay = 1.0;  // strength of the L2 penalty, counted as crfsuite's c2
  double rate = 0.05;  // of the first step
  uint64_t seed = 1;
};

// Maximum likelihood with L2 penalty by stochastic gradient descent (Bottou's schedule). Deterministic. Calls
// progress(done, total) after each epoch; false stops early, with a result of no use.
CrfResult train_crf(CrfShape shape, std::span<const CrfExample> examples, const CrfOptions& options,
                    const std::function<bool(int, int)>& progress);

}  // namespace favilla

// A table of weights by feature name and label, small enough to ship: 8 bits a weight, and only those that matter.
//
//   NamedWeights table = NamedWeights::pack(std::move(weights), 1'000'000);
//   table.add(name, 1.0F, scores);   // scores[label] += weight, for each label that the name has
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "understand/learned/byte_reader.h"
#include "understand/learned/sentence_features.h"

namespace favilla {

struct NamedWeight {
  FeatureName name = 0;
  uint16_t label = 0;
  float weight = 0;
};

class NamedWeights {
 public:
  NamedWeights() = default;

  // Keeps at most `most` weights, the largest ones. Weights are stored as the square of a number of 7 bits and a sign,
  // so that small ones are finer. Requires weights sorted by name.
  static NamedWeights pack(std::span<const NamedWeight> weights, size_t most);

  // scores[label] += factor * weight for the labels of a name; nothing for an unknown one.
  void add(FeatureName name, float factor, std::span<float> scores) const;

  // The labels are checked to be below `labels`. kCorrupt.
  static Result<NamedWeights> read(ByteReader& reader, size_t labels);
  void write(ByteWriter& writer) const;

 private:
  std::vector<FeatureName> names_;  // sorted
  std::vector<uint32_t> ends_;      // of each name's part of labels_ and weights_
  std::vector<uint16_t> labels_;
  std::vector<int8_t> weights_;
  float largest_ = 0;
};

}  // namespace favilla

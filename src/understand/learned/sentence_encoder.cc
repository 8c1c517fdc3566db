#include "understand/learned/sentence_encoder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>

namespace favilla {
namespace {

// Tuned on folds of slurp devel and on clinc150's training part.
constexpr float kGroupLength[kFeatureGroups] = {1.0F, 1.0F, 0.7F};

}  // namespace

SentenceEncoder::SentenceEncoder(std::span<const SentenceFeatures> sentences, uint32_t least_sentences) {
  std::unordered_map<FeatureName, uint32_t> counts;
  for (const SentenceFeatures& sentence : sentences) {
    for (const FeatureCounts& group : sentence) {
      for (const FeatureCount& feature : group) ++counts[feature.name];
    }
  }
  for (const auto& [name, count] : counts) {
    if (count >= least_sentences) names_.push_back(name);
  }
  std::sort(names_.begin(), names_.end());
  const auto total = static_cast<float>(sentences.size());
  for (const FeatureName name : names_) {
    rarity_.push_back(std::log((1 + total) / (1 + static_cast<float>(counts[name]))) + 1);
  }
  unknown_rarity_ = std::log(1 + total) + 1;
}

const float* SentenceEncoder::find(FeatureName name) const {
  const auto at = std::lower_bound(names_.begin(), names_.end(), name);
  if (at == names_.end() || *at != name) return nullptr;
  return rarity_.data() + (at - names_.begin());
}

std::vector<SparseEntry> SentenceEncoder::encode(std::span<const LearnedWord> words, const SentenceFeatures& features,
                                                 const WordTable& table) const {
  std::vector<SparseEntry> entries;
  for (size_t group = 0; group < kFeatureGroups; ++group) {
    const size_t begin = entries.size();
    float squares = 0;
    for (const FeatureCount& feature : features[group]) {
      const float* rarity = find(feature.name);
      if (rarity == nullptr) continue;
      const float value = (1 + std::log(feature.count)) * *rarity;
      squares += value * value;
      entries.push_back({static_cast<uint32_t>(rarity - rarity_.data()), value});
    }
    for (size_t i = begin; i < entries.size(); ++i) entries[i].value *= kGroupLength[group] / std::sqrt(squares);
  }
  std::array<float, WordTable::kDimensions> meaning{};
  for (const LearnedWord& word : words) {
    const FeatureName name = name_feature("word", word.stem());
    const auto place = table.find(name);
    if (!place) continue;
    const float* rarity = find(name);
    table.add_vector(*place, rarity != nullptr ? *rarity : unknown_rarity_, meaning);
  }
  float squares = 0;
  for (const float value : meaning) squares += value * value;
  if (squares <= 0) return entries;
  for (size_t i = 0; i < meaning.size(); ++i) {
    entries.push_back({static_cast<uint32_t>(names_.size() + i), meaning[i] / std::sqrt(squares)});
  }
  return entries;
}

Result<SentenceEncoder> SentenceEncoder::read(ByteReader& reader) {
  SentenceEncoder encoder;
  const uint32_t names = TRY(reader.number());
  encoder.unknown_rarity_ = TRY(reader.real());
  encoder.names_ = TRY(reader.array<FeatureName>(names));
  encoder.rarity_ = TRY(reader.array<float>(names));
  const bool finite = std::all_of(encoder.rarity_.begin(), encoder.rarity_.end(),
                                  [](float rarity) { return std::isfinite(rarity) && rarity > 0; });
  if (!finite || !std::isfinite(encoder.unknown_rarity_) ||
      !std::is_sorted(encoder.names_.begin(), encoder.names_.end())) {
    return Error{ErrorKind::kCorrupt, "the list of features contradicts itself"};
  }
  return encoder;
}

void SentenceEncoder::write(ByteWriter& writer) const {
  writer.number(static_cast<uint32_t>(names_.size()));
  writer.real(unknown_rarity_);
  writer.array(names_);
  writer.array(rarity_);
}

}  // namespace favilla

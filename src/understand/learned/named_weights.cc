#include "understand/learned/named_weights.h"

#include <algorithm>
#include <cmath>

namespace favilla {
namespace {

constexpr float kSteps = 127;

int8_t quantize(float weight, float largest) {
  const float step = std::nearbyint(kSteps * std::sqrt(std::abs(weight) / largest));
  return static_cast<int8_t>(weight < 0 ? -step : step);
}

}  // namespace

NamedWeights NamedWeights::pack(std::span<const NamedWeight> weights, size_t most) {
  NamedWeights table;
  std::vector<float> sizes;
  sizes.reserve(weights.size());
  for (const NamedWeight& weight : weights) sizes.push_back(std::abs(weight.weight));
  for (const float size : sizes) table.largest_ = std::max(table.largest_, size);
  float least = 0;
  if (sizes.size() > most) {
    const auto place = sizes.end() - static_cast<std::ptrdiff_t>(most);
    std::nth_element(sizes.begin(), place, sizes.end());
    least = *place;
  }
  for (const NamedWeight& weight : weights) {
    if (std::abs(weight.weight) < least || table.labels_.size() == most) continue;
    const int8_t quantized = table.largest_ > 0 ? quantize(weight.weight, table.largest_) : int8_t{0};
    if (quantized == 0) continue;
    if (table.names_.empty() || table.names_.back() != weight.name) {
      table.names_.push_back(weight.name);
      table.ends_.push_back(0);
    }
    table.labels_.push_back(weight.label);
    table.weights_.push_back(quantized);
    table.ends_.back() = static_cast<uint32_t>(table.labels_.size());
  }
  return table;
}

void NamedWeights::add(FeatureName name, float factor, std::span<float> scores) const {
  const auto at = std::lower_bound(names_.begin(), names_.end(), name);
  if (at == names_.end() || *at != name) return;
  const auto row = static_cast<size_t>(at - names_.begin());
  const float unit = factor * largest_ / (kSteps * kSteps);
  for (size_t i = row == 0 ? 0 : ends_[row - 1]; i < ends_[row]; ++i) {
    const auto step = static_cast<float>(weights_[i]);
    scores[labels_[i]] += unit * step * std::abs(step);
  }
}

Result<NamedWeights> NamedWeights::read(ByteReader& reader, size_t labels) {
  NamedWeights table;
  const uint32_t names = TRY(reader.number());
  const uint32_t weights = TRY(reader.number());
  table.largest_ = TRY(reader.real());
  table.names_ = TRY(reader.array<FeatureName>(names));
  table.ends_ = TRY(reader.array<uint32_t>(names));
  table.labels_ = TRY(reader.array<uint16_t>(weights));
  table.weights_ = TRY(reader.array<int8_t>(weights));
  const bool ends_fit = table.ends_.empty() ? weights == 0 : table.ends_.back() == weights;
  const bool labels_fit =
      std::all_of(table.labels_.begin(), table.labels_.end(), [labels](uint16_t label) { return label < labels; });
  if (!ends_fit || !labels_fit || !std::isfinite(table.largest_) ||
      !std::is_sorted(table.names_.begin(), table.names_.end()) ||
      !std::is_sorted(table.ends_.begin(), table.ends_.end())) {
    return Error{ErrorKind::kCorrupt, "a table of weights contradicts itself"};
  }
  return table;
}

void NamedWeights::write(ByteWriter& writer) const {
  writer.number(static_cast<uint32_t>(names_.size()));
  writer.number(static_cast<uint32_t>(weights_.size()));
  writer.real(largest_);
  writer.array(names_);
  writer.array(ends_);
  writer.array(labels_);
  writer.array(weights_);
}

}  // namespace favilla

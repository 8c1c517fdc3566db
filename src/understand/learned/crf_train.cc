// Weights are kept divided by a common factor, so that the penalty's shrinking of all of them is one multiplication.
#include "understand/learned/crf_train.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "base/random.h"

namespace favilla {
namespace {

// Transitions are updated once for so many sentences: their exponentials are the costly part.
constexpr size_t kBatch = 8;

// e to a smaller number is the first terms of its series, to the last bit of a float.
constexpr float kSmallStep = 0.03F;

// A word whose label is this near to certain has nothing to teach.
constexpr float kLearned = 1e-3F;

struct LabelWeight {
  uint16_t label = 0;
  float weight = 0;  // divided by the common factor
};

class CrfTrainer {
 public:
  CrfTrainer(CrfShape shape, std::span<const CrfExample> examples, const CrfOptions& options)
      : shape_(shape),
        examples_(examples),
        options_(options),
        transitions_(shape),
        factors_(shape, 1),
        counts_(shape),
        mean_transitions_(shape),
        sums_(shape),
        random_(options.seed) {
    number_attributes();
  }

  CrfResult run(const std::function<bool(int, int)>& progress) {
    std::vector<uint32_t> order(examples_.size());
    std::iota(order.begin(), order.end(), 0U);
    for (int epoch = 0; epoch < options_.epochs; ++epoch) {
      for (size_t i = order.size(); i > 1; --i) {
        std::swap(order[i - 1], order[random_.next_below(static_cast<uint32_t>(i))]);
      }
      for (size_t i = 0; i < order.size(); ++i) {
        learn(order[i]);
        if (i % kBatch == kBatch - 1 || i + 1 == order.size()) update_transitions();
      }
      if (2 * epoch >= options_.epochs) add_to_mean();
      if (!progress(epoch + 1, options_.epochs)) break;
    }
    return result();
  }

 private:
  using Row = std::pair<size_t, size_t>;  // a range of weights_

  void number_attributes() {
    std::vector<std::pair<FeatureName, uint16_t>> pairs;
    for (const CrfExample& example : examples_) {
      for (size_t word = 0; word < example.labels.size(); ++word) {
        for (const FeatureName name : example.attributes[word]) pairs.emplace_back(name, example.labels[word]);
      }
    }
    std::sort(pairs.begin(), pairs.end());
    pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
    std::unordered_map<FeatureName, uint32_t> numbers;
    for (const auto& [name, label] : pairs) {
      if (names_.empty() || names_.back() != name) {
        numbers.emplace(name, static_cast<uint32_t>(names_.size()));
        names_.push_back(name);
        rows_.emplace_back(weights_.size(), weights_.size());
      }
      weights_.push_back({label, 0});
      rows_.back().second = weights_.size();
    }
    for (const CrfExample& example : examples_) {
      std::vector<std::vector<uint32_t>>& words = numbered_.emplace_back(example.labels.size());
      for (size_t word = 0; word < words.size(); ++word) {
        for (const FeatureName name : example.attributes[word]) words[word].push_back(numbers[name]);
      }
    }
  }

  // One step of descent along one sentence.
  void learn(uint32_t index) {
    const std::vector<std::vector<uint32_t>>& words = numbered_[index];
    const std::vector<uint16_t>& gold = examples_[index].labels;
    const size_t labels = shape_.labels();
    scores_.assign(words.size() * labels, 0);
    for (size_t word = 0; word < words.size(); ++word) {
      float* row = scores_.data() + word * labels;
      for (const uint32_t attribute : words[word]) {
        for (size_t i = rows_[attribute].first; i < rows_[attribute].second; ++i) {
          row[weights_[i].label] += weights_[i].weight;
        }
      }
      for (size_t label = 0; label < labels; ++label) row[label] *= static_cast<float>(scale_);
    }
    const double rate = options_.rate / (1 + options_.rate * penalty() * static_cast<double>(steps_));
    ++steps_;
    sums_.run(factors_, scores_, static_cast<float>(rate), counts_);
    scale_ *= 1 - rate * penalty();
    const auto step = static_cast<float>(rate / scale_);
    for (size_t word = 0; word < words.size(); ++word) {
      float* row = scores_.data() + word * labels;
      row[gold[word]] -= 1;
      if (-row[gold[word]] < kLearned) continue;
      for (const uint32_t attribute : words[word]) {
        for (size_t i = rows_[attribute].first; i < rows_[attribute].second; ++i) {
          weights_[i].weight -= step * row[weights_[i].label];
        }
      }
    }
    for (size_t word = 1; word < words.size(); ++word) count_gold(gold[word - 1], gold[word], static_cast<float>(rate));
    shrink_since_ += rate * penalty();
    if (scale_ < 1e-6) rescale();
  }

  void count_gold(uint16_t before, uint16_t label, float rate) {
    if (!shape_.is_further(label)) {
      counts_.after(shape_, before)[label] -= rate;
    } else {
      const size_t kind = label - 1 - shape_.kinds;
      counts_.continue_[(shape_.is_further(before) ? shape_.kinds : 0) + kind] -= rate;
    }
  }

  void update_transitions() {
    const auto shrink = static_cast<float>(1 - shrink_since_);
    const auto update = [shrink](std::vector<float>& values, std::vector<float>& counts, std::vector<float>& factors) {
      for (size_t i = 0; i < values.size(); ++i) {
        const float before = std::exchange(values[i], values[i] * shrink - counts[i]);
        counts[i] = 0;
        const float step = values[i] - before;
        const bool is_small = std::abs(step) < kSmallStep;
        factors[i] = is_small ? factors[i] * (1 + step * (1 + step * (0.5F + step / 6))) : std::exp(values[i]);
      }
    };
    update(transitions_.open, counts_.open, factors_.open);
    update(transitions_.continue_, counts_.continue_, factors_.continue_);
    shrink_since_ = 0;
  }

  void rescale() {
    for (LabelWeight& weight : weights_) weight.weight *= static_cast<float>(scale_);
    scale_ = 1;
  }

  // The last step of a descent is noisy; the mean of the later epochs' ends is not.
  void add_to_mean() {
    mean_.resize(weights_.size());
    for (size_t i = 0; i < weights_.size(); ++i) mean_[i] += weights_[i].weight * static_cast<float>(scale_);
    for (size_t i = 0; i < transitions_.open.size(); ++i) mean_transitions_.open[i] += transitions_.open[i];
    for (size_t i = 0; i < transitions_.continue_.size(); ++i) {
      mean_transitions_.continue_[i] += transitions_.continue_[i];
    }
    ++summed_;
  }

  double penalty() const { return 2 * options_.decay / static_cast<double>(examples_.size()); }

  // Requires an epoch that add_to_mean() has seen, or that the caller stopped and throws the result away.
  CrfResult result() {
    CrfResult result;
    if (summed_ == 0) return result;
    const float part = 1 / static_cast<float>(summed_);
    result.transitions = std::move(mean_transitions_);
    for (float& value : result.transitions.open) value *= part;
    for (float& value : result.transitions.continue_) value *= part;
    result.weights.reserve(weights_.size());
    for (size_t attribute = 0; attribute < names_.size(); ++attribute) {
      for (size_t i = rows_[attribute].first; i < rows_[attribute].second; ++i) {
        result.weights.push_back({names_[attribute], weights_[i].label, mean_[i] * part});
      }
    }
    return result;
  }

  CrfShape shape_;
  std::span<const CrfExample> examples_;
  CrfOptions options_;
  std::vector<FeatureName> names_;  // sorted
  std::vector<Row> rows_;           // of each attribute
  std::vector<LabelWeight> weights_;
  std::vector<std::vector<std::vector<uint32_t>>> numbered_;  // attributes by number: [examples][words]
  CrfTransitions transitions_;
  CrfTransitions factors_;   // e to the transitions
  CrfTransitions counts_;    // rate times (expected - seen), not applied yet
  std::vector<float> mean_;  // sums over epochs, at first
  CrfTransitions mean_transitions_;
  int summed_ = 0;
  CrfSums sums_;
  Random random_;
  std::vector<float> scores_;
  double scale_ = 1;
  double shrink_since_ = 0;
  uint64_t steps_ = 0;
};

}  // namespace

CrfResult train_crf(CrfShape shape, std::span<const CrfExample> examples, const CrfOptions& options,
                    const std::function<bool(int, int)>& progress) {
  return CrfTrainer(shape, examples, options).run(progress);
}

}  // namespace favilla

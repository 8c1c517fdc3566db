// Everything is scaled word by word, so that neither long sentences nor sure models overflow.
#include "understand/learned/crf_lattice.h"

#include <algorithm>
#include <cmath>

namespace favilla {
namespace {

// Labels less likely than this given the words before are passed over: most are, and sums do not need them.
constexpr float kNegligible = 1e-7F;
constexpr float kNever = -1e30F;
// A label whose score is so far below the best one's has no share of a word: e to this is far below kNegligible.
constexpr float kHopeless = -20.0F;

void divide_by_sum(std::span<float> values) {
  float sum = 0;
  for (const float value : values) sum += value;
  if (sum <= 0) return;
  const float factor = 1 / sum;
  for (float& value : values) value *= factor;
}

}  // namespace

void CrfSums::run(const CrfTransitions& factors, std::span<float> scores, float weight, CrfTransitions& counts) {
  const size_t labels = shape_.labels();
  const size_t words = scores.size() / labels;
  if (words == 0) return;
  factors_of_words_ = scores;
  for (size_t word = 0; word < words; ++word) {
    const std::span<float> row = scores.subspan(word * labels, labels);
    const float largest = *std::max_element(row.begin(), row.end());
    for (float& score : row) score = score - largest < kHopeless ? 0 : std::exp(score - largest);
  }
  ahead_.assign(words * labels, 0);
  for (size_t label = 0; label < shape_.openings(); ++label) ahead_[label] = scores[label];
  divide_by_sum(std::span(ahead_).first(labels));
  for (size_t word = 1; word < words; ++word) forward(factors, word);
  behind_.assign(labels, 1);
  wanted_.resize(labels);
  for (size_t word = words; word-- > 1;) backward(factors, word, weight, counts);
  for (size_t label = 0; label < labels; ++label) scores[label] = ahead_[label] * behind_[label];
  divide_by_sum(scores.first(labels));
}

void CrfSums::forward(const CrfTransitions& factors, size_t word) {
  const size_t labels = shape_.labels();
  const size_t openings = shape_.openings();
  const float* before = ahead_.data() + (word - 1) * labels;
  float* here = ahead_.data() + word * labels;
  for (size_t label = 0; label < labels; ++label) {
    const float probability = before[label];
    if (probability < kNegligible) continue;
    const float* row = factors.after(shape_, label);
    for (size_t next = 0; next < openings; ++next) here[next] += probability * row[next];
  }
  for (size_t kind = 0; kind < shape_.kinds; ++kind) {
    const size_t first = kind + 1;
    const size_t further = shape_.further(first);
    here[further] = before[first] * factors.continue_[kind] + before[further] * factors.continue_[shape_.kinds + kind];
  }
  const float* own = factors_of_words_.data() + word * labels;
  for (size_t label = 0; label < labels; ++label) here[label] *= own[label];
  divide_by_sum({here, labels});
}

// Turns the factors of `word` into probabilities, counts the transitions into it, and moves behind_ to the word before.
void CrfSums::backward(const CrfTransitions& factors, size_t word, float weight, CrfTransitions& counts) {
  const size_t labels = shape_.labels();
  const size_t openings = shape_.openings();
  const float* before = ahead_.data() + (word - 1) * labels;
  const float* here = ahead_.data() + word * labels;
  float* own = factors_of_words_.data() + word * labels;
  for (size_t label = 0; label < labels; ++label) {
    wanted_[label] = behind_[label] * own[label];
    own[label] = here[label] * behind_[label];
  }
  divide_by_sum({own, labels});
  divide_by_sum(wanted_);
  float total = 0;  // of all paths through this pair of words
  for (size_t label = 0; label < labels; ++label) {
    float sum = 0;
    if (before[label] >= kNegligible) {
      const float* row = factors.after(shape_, label);
      for (size_t next = 0; next < openings; ++next) sum += row[next] * wanted_[next];
    }
    if (label > 0) {
      const size_t kind = (label - 1) % shape_.kinds;
      const bool is_further = shape_.is_further(label);
      sum += factors.continue_[(is_further ? shape_.kinds : 0) + kind] * wanted_[1 + shape_.kinds + kind];
    }
    behind_[label] = sum;
    total += before[label] * sum;
  }
  if (total <= 0) return;
  for (size_t label = 0; label < labels; ++label) {
    const float part = weight * before[label] / total;
    if (before[label] < kNegligible || part * behind_[label] < kNegligible * weight) continue;
    const float* row = factors.after(shape_, label);
    float* count = counts.after(shape_, label);
    for (size_t next = 0; next < openings; ++next) count[next] += part * row[next] * wanted_[next];
    if (label == 0) continue;
    const size_t place = (shape_.is_further(label) ? shape_.kinds : 0) + (label - 1) % shape_.kinds;
    counts.continue_[place] += part * factors.continue_[place] * wanted_[1 + shape_.kinds + (label - 1) % shape_.kinds];
  }
}

std::vector<uint16_t> best_path(CrfShape shape, const CrfTransitions& transitions, std::span<const float> scores) {
  const size_t labels = shape.labels();
  const size_t words = scores.size() / labels;
  std::vector<uint16_t> path(words);
  if (words == 0) return path;
  std::vector<uint16_t> origin(words * labels, 0);
  std::vector<float> best(scores.begin(), scores.begin() + static_cast<std::ptrdiff_t>(labels));
  std::fill(best.begin() + static_cast<std::ptrdiff_t>(shape.openings()), best.end(), kNever);
  std::vector<float> next(labels);
  for (size_t word = 1; word < words; ++word) {
    uint16_t* from = origin.data() + word * labels;
    std::fill(next.begin(), next.end(), kNever);
    for (size_t label = 0; label < labels; ++label) {
      const float* row = transitions.after(shape, label);
      for (size_t to = 0; to < shape.openings(); ++to) {
        if (best[label] + row[to] <= next[to]) continue;
        next[to] = best[label] + row[to];
        from[to] = static_cast<uint16_t>(label);
      }
    }
    for (size_t kind = 0; kind < shape.kinds; ++kind) {
      const size_t first = kind + 1;
      const size_t further = shape.further(first);
      const float start = best[first] + transitions.continue_[kind];
      const float on = best[further] + transitions.continue_[shape.kinds + kind];
      next[further] = std::max(start, on);
      from[further] = static_cast<uint16_t>(start >= on ? first : further);
    }
    for (size_t label = 0; label < labels; ++label) best[label] = next[label] + scores[word * labels + label];
  }
  path.back() = static_cast<uint16_t>(std::max_element(best.begin(), best.end()) - best.begin());
  for (size_t word = words; word-- > 1;) path[word - 1] = origin[word * labels + path[word]];
  return path;
}

}  // namespace favilla

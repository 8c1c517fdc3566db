// The labels of a linear-chain conditional random field over words, and sums and best paths over their sequences.
//
// K kinds of entities make 2K + 1 labels: 0 outside any, 1 + k the first word of kind k, 1 + K + k a further word of
// kind k. A further word follows only a word of its own kind; everything else may follow anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace favilla {

struct CrfShape {
  size_t kinds = 0;

  size_t labels() const { return 2 * kinds + 1; }
  size_t openings() const { return kinds + 1; }                 // labels that may follow any: outside, and first words
  size_t further(size_t first) const { return first + kinds; }  // first: 1 .. kinds
  bool is_further(size_t label) const { return label > kinds; }
};

// Scores of following: after(label)[opening] for what may follow anything, and two numbers for each kind.
struct CrfTransitions {
  std::vector<float> open;       // [labels, openings]
  std::vector<float> continue_;  // [2, kinds]: first word to further, further to further

  explicit CrfTransitions(CrfShape shape = {}, float value = 0)
      : open(shape.labels() * shape.openings(), value), continue_(2 * shape.kinds, value) {}
  float* after(CrfShape shape, size_t label) { return open.data() + label * shape.openings(); }
  const float* after(CrfShape shape, size_t label) const { return open.data() + label * shape.openings(); }
};

// The labels of the best path. scores: [words, labels].
std::vector<uint16_t> best_path(CrfShape shape, const CrfTransitions& transitions, std::span<const float> scores);

// Probabilities of each label at each word, and expected counts of transitions.
class CrfSums {
 public:
  explicit CrfSums(CrfShape shape) : shape_(shape) {}

  // factors: e to the transition scores. scores: [words, labels], turned into the probabilities of the labels. Adds
  // weight times the expected number of each transition to `counts`.
  void run(const CrfTransitions& factors, std::span<float> scores, float weight, CrfTransitions& counts);

 private:
  void forward(const CrfTransitions& factors, size_t word);
  void backward(const CrfTransitions& factors, size_t word, float weight, CrfTransitions& counts);

  CrfShape shape_;
  std::span<float> factors_of_words_;  // e to the scores, the largest of a word being 1
  std::vector<float> ahead_;           // [words, labels], each word's sum is 1
  std::vector<float> behind_;          // [labels] of the word that backward() is at
  std::vector<float> wanted_;          // [labels] behind_ times the word's factors
};

}  // namespace favilla

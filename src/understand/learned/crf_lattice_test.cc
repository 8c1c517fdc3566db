// The sums of dynamic programming against the sum over every single path.
#include "understand/learned/crf_lattice.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace favilla {
namespace {

constexpr CrfShape kShape{2};
constexpr size_t kWords = 4;

struct Problem {
  CrfTransitions transitions{kShape};
  std::vector<float> scores;
};

Problem random_problem(uint64_t seed) {
  Problem problem;
  Random random(seed);
  const auto number = [&] { return 4 * random.next_unit() - 2; };
  for (float& value : problem.transitions.open) value = number();
  for (float& value : problem.transitions.continue_) value = number();
  for (size_t i = 0; i < kWords * kShape.labels(); ++i) problem.scores.push_back(number());
  return problem;
}

// -infinity for a further word that follows no word of its kind.
double path_score(const Problem& problem, const std::vector<uint16_t>& path) {
  double score = 0;
  for (size_t word = 0; word < kWords; ++word) {
    const size_t label = path[word];
    score += static_cast<double>(problem.scores[word * kShape.labels() + label]);
    if (!kShape.is_further(label)) {
      if (word > 0) score += static_cast<double>(problem.transitions.after(kShape, path[word - 1])[label]);
      continue;
    }
    const size_t kind = label - 1 - kShape.kinds;
    if (word == 0 || (path[word - 1] != kind + 1 && path[word - 1] != label)) return -INFINITY;
    const size_t place = (kShape.is_further(path[word - 1]) ? kShape.kinds : 0) + kind;
    score += static_cast<double>(problem.transitions.continue_[place]);
  }
  return score;
}

template <class Function>
void for_each_path(const Function& function) {
  std::vector<uint16_t> path(kWords);
  size_t count = 1;
  for (size_t word = 0; word < kWords; ++word) count *= kShape.labels();
  for (size_t number = 0; number < count; ++number) {
    size_t rest = number;
    for (uint16_t& label : path) {
      label = static_cast<uint16_t>(rest % kShape.labels());
      rest /= kShape.labels();
    }
    function(path);
  }
}

TEST(CrfLattice, FindsTheBestOfAllPaths) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const Problem problem = random_problem(seed);
    double best = -INFINITY;
    for_each_path([&](const std::vector<uint16_t>& path) { best = std::max(best, path_score(problem, path)); });
    const std::vector<uint16_t> found = best_path(kShape, problem.transitions, problem.scores);
    EXPECT_NEAR(path_score(problem, found), best, 1e-5) << "seed " << seed;
  }
}

TEST(CrfLattice, SumsOverAllPaths) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Problem problem = random_problem(seed);
    std::vector<double> labels(kWords * kShape.labels(), 0);
    CrfTransitions expected(kShape);
    double total = 0;
    for_each_path([&](const std::vector<uint16_t>& path) { total += std::exp(path_score(problem, path)); });
    for_each_path([&](const std::vector<uint16_t>& path) {
      const double probability = std::exp(path_score(problem, path)) / total;
      for (size_t word = 0; word < kWords; ++word) {
        labels[word * kShape.labels() + path[word]] += probability;
        if (word == 0 || probability == 0) continue;
        if (kShape.is_further(path[word])) {
          const size_t from = kShape.is_further(path[word - 1]) ? kShape.kinds : 0;
          expected.continue_[from + path[word] - 1 - kShape.kinds] += static_cast<float>(probability);
        } else {
          expected.after(kShape, path[word - 1])[path[word]] += static_cast<float>(probability);
        }
      }
    });
    CrfTransitions factors = problem.transitions;
    for (float& value : factors.open) value = std::exp(value);
    for (float& value : factors.continue_) value = std::exp(value);
    CrfTransitions counts(kShape);
    CrfSums(kShape).run(factors, problem.scores, 1, counts);
    for (size_t i = 0; i < labels.size(); ++i) EXPECT_NEAR(problem.scores[i], labels[i], 1e-4) << i;
    for (size_t i = 0; i < counts.open.size(); ++i) EXPECT_NEAR(counts.open[i], expected.open[i], 1e-4) << i;
    for (size_t i = 0; i < counts.continue_.size(); ++i) {
      EXPECT_NEAR(counts.continue_[i], expected.continue_[i], 1e-4) << i;
    }
  }
}

}  // namespace
}  // namespace favilla

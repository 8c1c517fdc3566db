#include "understand/learned/decision.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace favilla {
namespace {

constexpr size_t kFewest = 40;  // examples; below, the defaults stay

struct Summary {
  size_t best = 0;
  std::array<float, 3> values{};  // best score, lead, out-of-scope score
};

Summary summarize(std::span<const float> scores, size_t intents) {
  Summary summary;
  float second = -1e9F;
  for (size_t i = 1; i < intents; ++i) {
    if (scores[i] > scores[summary.best]) {
      second = scores[summary.best];
      summary.best = i;
    } else {
      second = std::max(second, scores[i]);
    }
  }
  const float best = scores[summary.best];
  summary.values = {best, intents > 1 ? best - second : 1.0F, scores.size() > intents ? scores[intents] : 0.0F};
  return summary;
}

double log_sum(std::span<const float> scores, size_t intents, double sharpness, double best) {
  double sum = 0;
  for (size_t i = 0; i < intents; ++i) sum += std::exp(sharpness * (static_cast<double>(scores[i]) - best));
  return std::log(sum);
}

// The mean of -ln p of the right intent.
double surprise(std::span<const ScoredExample> examples, size_t intents, double sharpness) {
  double sum = 0;
  for (const ScoredExample& example : examples) {
    if (example.intent >= intents) continue;
    const auto best = static_cast<double>(example.scores[summarize(example.scores, intents).best]);
    sum += log_sum(example.scores, intents, sharpness, best) -
           sharpness * (static_cast<double>(example.scores[example.intent]) - best);
  }
  return sum;
}

float fit_sharpness(std::span<const ScoredExample> examples, size_t intents) {
  double low = 0.2;
  double high = 30;
  for (int round = 0; round < 40; ++round) {  // ternary search of a convex function
    const double a = low + (high - low) / 3;
    const double b = high - (high - low) / 3;
    if (surprise(examples, intents, a) < surprise(examples, intents, b)) {
      high = b;
    } else {
      low = a;
    }
  }
  return static_cast<float>((low + high) / 2);
}

// Logistic regression, both sides weighing the same, by gradient steps on three numbers and a bias.
void fit_scope(std::span<const ScoredExample> examples, std::span<const Summary> summaries, size_t intents,
               IntentDecision& decision) {
  const auto outside = static_cast<double>(
      std::count_if(examples.begin(), examples.end(), [&](const auto& example) { return example.intent >= intents; }));
  const double inside = static_cast<double>(examples.size()) - outside;
  if (outside < 10 || inside < 10) return;
  std::array<double, 4> weights{1, 0, 0, 0};
  for (int round = 0; round < 400; ++round) {
    std::array<double, 4> slope{};
    for (size_t i = 0; i < examples.size(); ++i) {
      const auto& values = summaries[i].values;
      double sum = weights[3];
      for (size_t k = 0; k < 3; ++k) sum += weights[k] * static_cast<double>(values[k]);
      const bool is_inside = examples[i].intent < intents;
      const double error = (1 / (1 + std::exp(-sum)) - (is_inside ? 1 : 0)) / (is_inside ? inside : outside);
      for (size_t k = 0; k < 3; ++k) slope[k] += error * static_cast<double>(values[k]);
      slope[3] += error;
    }
    for (size_t k = 0; k < 4; ++k) weights[k] -= 2 * slope[k];
  }
  for (size_t k = 0; k < 3; ++k) decision.scope_weights[k] = static_cast<float>(weights[k]);
}

}  // namespace

Choice IntentDecision::choose(std::span<const float> scores, size_t intents) const {
  const Summary summary = summarize(scores, intents);
  Choice choice{summary.best, 0, 0};
  const auto best = static_cast<double>(scores[summary.best]);
  choice.probability = static_cast<float>(std::exp(-log_sum(scores, intents, static_cast<double>(sharpness), best)));
  for (size_t k = 0; k < 3; ++k) choice.scope += scope_weights[k] * summary.values[k];
  return choice;
}

std::vector<size_t> IntentDecision::likely(std::span<const float> scores, size_t intents) const {
  const Choice best = choose(scores, intents);
  std::vector<size_t> found{best.intent};
  for (size_t i = 0; i < intents; ++i) {
    const float probability = best.probability * std::exp(sharpness * (scores[i] - scores[best.intent]));
    if (i != best.intent && probability >= kLikely) found.push_back(i);
  }
  return found;
}

IntentDecision fit_decision(std::span<const ScoredExample> examples, size_t intents) {
  IntentDecision decision;
  if (examples.size() < kFewest || intents == 0) return decision;
  decision.sharpness = fit_sharpness(examples, intents);
  std::vector<Summary> summaries;
  for (const ScoredExample& example : examples) summaries.push_back(summarize(example.scores, intents));
  fit_scope(examples, summaries, intents, decision);
  std::vector<float> right;
  size_t inside = 0;
  for (size_t i = 0; i < examples.size(); ++i) {
    if (examples[i].intent < intents) ++inside;
    if (examples[i].intent != summaries[i].best) continue;
    float scope = 0;
    for (size_t k = 0; k < 3; ++k) scope += decision.scope_weights[k] * summaries[i].values[k];
    right.push_back(scope);
  }
  std::sort(right.begin(), right.end());
  const auto refused = static_cast<size_t>(kRefused * static_cast<double>(inside));
  if (refused < right.size()) decision.scope_bar = right[refused];
  return decision;
}

Result<IntentDecision> IntentDecision::read(ByteReader& reader) {
  IntentDecision decision;
  decision.sharpness = TRY(reader.real());
  for (float& weight : decision.scope_weights) weight = TRY(reader.real());
  decision.scope_bar = TRY(reader.real());
  return decision;
}

void IntentDecision::write(ByteWriter& writer) const {
  writer.real(sharpness);
  for (const float weight : scope_weights) writer.real(weight);
  writer.real(scope_bar);
}

}  // namespace favilla

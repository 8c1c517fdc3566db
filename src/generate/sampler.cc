// Sampling. Candidates are kept in a heap of top-k entries while the logits stream by: no sort of the whole vocabulary.
#include "generate/sampler.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <cmath>

namespace favilla {
namespace {

Error out_of_range(const char* name, double value, const char* range) {
  return {ErrorKind::kInvalidArgument, fmt::format("{} {} is out of range ({})", name, value, range)};
}

uint64_t system_seed() {
  uint64_t seed = 0;
  if (::getrandom(&seed, sizeof seed, 0) != static_cast<ssize_t>(sizeof seed)) seed = 1;
  return seed;
}

}  // namespace

Result<Sampler> Sampler::create(const SamplingOptions& o) {
  // Written so that NaN fails too.
  if (!(o.temperature >= 0 && o.temperature <= 100)) return out_of_range("temperature", o.temperature, "0 to 100");
  if (o.top_k < 0) return out_of_range("top-k", o.top_k, "0 or more");
  if (!(o.top_p > 0 && o.top_p <= 1)) return out_of_range("top-p", o.top_p, "above 0, at most 1");
  if (!(o.min_p >= 0 && o.min_p <= 1)) return out_of_range("min-p", o.min_p, "0 to 1");
  if (!(o.repetition_penalty > 0 && o.repetition_penalty <= 100)) {
    return out_of_range("repetition penalty", o.repetition_penalty, "above 0, at most 100");
  }
  return Sampler(o, o.seed ? *o.seed : system_seed());
}

std::span<const float> Sampler::penalize(std::span<const float> logits, std::span<const TokenId> recent) {
  if (options_.repetition_penalty == 1.0F) return logits;
  penalized_.assign(logits.begin(), logits.end());
  if (recent.size() > kPenaltyWindow) recent = recent.last(kPenaltyWindow);
  for (size_t i = 0; i < recent.size(); ++i) {
    const auto earlier = recent.first(i);
    if (std::find(earlier.begin(), earlier.end(), recent[i]) != earlier.end()) continue;  // once per distinct token
    float& logit = penalized_[static_cast<size_t>(recent[i])];
    logit = logit > 0 ? logit / options_.repetition_penalty : logit * options_.repetition_penalty;  // arXiv 1909.05858
  }
  return penalized_;
}

int Sampler::candidates() const {
  if (options_.repetition_penalty < 1.0F) return 0;  // lifts tokens from anywhere
  if (options_.temperature > 0.0F && options_.top_k == 0) return 0;
  const int chosen_from = options_.temperature == 0.0F ? 1 : options_.top_k;
  // As many as the penalty can push out from among the first.
  return chosen_from + (options_.repetition_penalty > 1.0F ? static_cast<int>(kPenaltyWindow) : 0);
}

// Fills candidates_ with the top_k most likely, most likely first; equal logits in order of their ids.
void Sampler::keep_most_likely(std::span<const float> logits) {
  const auto likelier = [](const Candidate& a, const Candidate& b) {
    return a.logit != b.logit ? a.logit > b.logit : a.id < b.id;
  };
  const size_t limit =
      options_.top_k == 0 ? logits.size() : std::min(logits.size(), static_cast<size_t>(options_.top_k));
  candidates_.clear();
  for (size_t i = 0; i < logits.size(); ++i) {
    if (candidates_.size() == limit && logits[i] <= candidates_.front().logit) continue;
    if (candidates_.size() == limit) {
      std::pop_heap(candidates_.begin(), candidates_.end(), likelier);
      candidates_.pop_back();
    }
    candidates_.push_back({logits[i], static_cast<TokenId>(i)});
    std::push_heap(candidates_.begin(), candidates_.end(), likelier);
  }
  std::sort_heap(candidates_.begin(), candidates_.end(), likelier);
}

TokenId Sampler::sample(std::span<const float> logits, std::span<const TokenId> recent) {
  logits = penalize(logits, recent);
  if (options_.temperature == 0.0F) {
    return static_cast<TokenId>(std::max_element(logits.begin(), logits.end()) - logits.begin());
  }
  keep_most_likely(logits);

  // Top-p and min-p judge the plain distribution over what top-k left; temperature only reshapes what they leave.
  const float top = candidates_.front().logit;
  double total = 0;
  for (const Candidate& c : candidates_) total += std::exp(double{c.logit} - top);
  double mass = 0;
  size_t kept = 0;
  while (kept < candidates_.size()) {
    const double relative = std::exp(double{candidates_[kept].logit} - top);  // to the most likely
    // Nothing is likely about a token that a grammar forbids: its logit is -infinity.
    if (kept > 0 && (mass >= options_.top_p * total || relative < options_.min_p || relative == 0)) break;
    mass += relative;
    ++kept;
  }
  candidates_.resize(kept);

  double sum = 0;
  for (const Candidate& c : candidates_) sum += std::exp((double{c.logit} - top) / options_.temperature);
  double draw = random_.next_unit() * sum;
  for (const Candidate& c : candidates_) {
    draw -= std::exp((double{c.logit} - top) / options_.temperature);
    if (draw < 0) return c.id;
  }
  return candidates_.back().id;  // rounding left a crumb
}

double log_probability(std::span<const float> logits, TokenId id) {
  const float top = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const float logit : logits) sum += static_cast<double>(std::exp(logit - top));
  return double{logits[static_cast<size_t>(id)]} - top - std::log(sum);
}

std::vector<TokenLogprob> likeliest_tokens(std::span<const float> logits, int count) {
  const float top = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  std::vector<TokenLogprob> tokens;
  for (size_t id = 0; id < logits.size(); ++id) {
    sum += static_cast<double>(std::exp(logits[id] - top));
    if (std::isfinite(logits[id])) tokens.push_back({static_cast<TokenId>(id), logits[id]});
  }
  const auto middle = tokens.begin() + std::min<std::ptrdiff_t>(count, std::ssize(tokens));
  std::partial_sort(tokens.begin(), middle, tokens.end(), [](const TokenLogprob& a, const TokenLogprob& b) {
    return a.logprob != b.logprob ? a.logprob > b.logprob : a.id < b.id;
  });
  tokens.erase(middle, tokens.end());
  for (TokenLogprob& token : tokens) token.logprob = static_cast<float>(double{token.logprob} - top - std::log(sum));
  return tokens;
}

}  // namespace favilla

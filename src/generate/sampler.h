// From logits to one token: repetition penalty, top-k, top-p, min-p, temperature, draw. Internal to generate.
#pragma once

#include <span>
#include <vector>

#include "base/random.h"
#include "generate/generate.h"

namespace favilla {

class Sampler {
 public:
  // kInvalidArgument names the option that is out of its range.
  static Result<Sampler> create(const SamplingOptions& options);

  // How many of the largest logits sample() can depend on; 0: all.
  int candidates() const;

  // logits: [V]; recent: the tokens before, the newest last (the last kPenaltyWindow count).
  TokenId sample(std::span<const float> logits, std::span<const TokenId> recent);

 private:
  static constexpr size_t kPenaltyWindow = 64;

  struct Candidate {
    float logit;  // later: probability
    TokenId id;
  };

  Sampler(const SamplingOptions& options, uint64_t seed) : options_(options), random_(seed) {}
  std::span<const float> penalize(std::span<const float> logits, std::span<const TokenId> recent);
  void keep_most_likely(std::span<const float> logits);

  SamplingOptions options_;
  Random random_;
  std::vector<float> penalized_;       // [V], when there is a penalty
  std::vector<Candidate> candidates_;  // most likely first
};

// log softmax(logits)[id], in double.
double log_probability(std::span<const float> logits, TokenId id);

// The `count` likeliest tokens, the likeliest first, of equals the one with the smaller id. Those that a constraint
// excludes (-infinity) are left out.
std::vector<TokenLogprob> likeliest_tokens(std::span<const float> logits, int count);

}  // namespace favilla

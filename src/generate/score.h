// Choosing among texts by their likelihood, without generating any.
//
//   const std::vector<std::string> rooms = {"kitchen", "living room", "none"};
//   std::vector<OptionScore> scores = TRY(score_options(session, tokenizer, prompt_ids, rooms));
//   const size_t best = best_option(scores);
//
// The prompt is read once. Each option then costs one pass over all of its tokens but the last; options of one token
// cost nothing more.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "generate/generate.h"

namespace favilla {

struct OptionScore {
  double log_likelihood = 0;  // natural logarithm: the sum over the option's tokens
  int tokens = 0;

  // Per token, so that long options are not worse for their length alone.
  double normalized() const { return log_likelihood / tokens; }
};

// In the order of `options`, each as it would follow the prompt directly. The session is left with the prompt and a
// part of the last option. kInvalidArgument: no options, or one without tokens; kExhausted: one does not fit the
// context.
Result<std::vector<OptionScore>> score_options(Session& session, const Tokenizer& tokenizer,
                                               std::span<const TokenId> prompt, std::span<const std::string> options,
                                               const CancelFlag* cancel = nullptr);

// The index of the largest normalized score; the first of equals. Requires scores.
size_t best_option(std::span<const OptionScore> scores);

}  // namespace favilla

// Choosing among texts by their likelihood, without generating any.
//
//   const std::vector<std::string> rooms = {"\"kitchen\"", "\"living room\"", "\"none\""};
//   std::vector<OptionScore> scores = TRY(score_options(session, tokenizer, prompt_ids, rooms));
//
// The prompt is read once. The options' tokens form a tree, and the model reads on only as far as it branches: names
// that begin with different tokens cost nothing more, however long they are.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "generate/generate.h"

namespace favilla {

struct OptionScore {
  // Natural logarithm of the probability that a decoding which may write these options only, token by token, writes
  // this one; those of all options add up to 1. Where an option ends and others go on, it has what their next tokens
  // leave of the probability.
  double log_likelihood = 0;
  int tokens = 0;  // of the option
};

// In the order of `options`, each as it would follow the prompt directly; equal ones share nothing and get the same.
// The session is left with the prompt and a part of some option. kInvalidArgument: no options, or one without tokens;
// kExhausted: one does not fit the context.
Result<std::vector<OptionScore>> score_options(Session& session, const Tokenizer& tokenizer,
                                               std::span<const TokenId> prompt, std::span<const std::string> options,
                                               const CancelFlag* cancel = nullptr);

}  // namespace favilla

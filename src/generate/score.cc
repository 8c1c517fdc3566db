// See score.h.
#include "generate/score.h"

#include <algorithm>

#include "generate/sampler.h"

namespace favilla {

Result<std::vector<OptionScore>> score_options(Session& session, const Tokenizer& tokenizer,
                                               std::span<const TokenId> prompt, std::span<const std::string> options,
                                               const CancelFlag* cancel) {
  if (options.empty()) return Error{ErrorKind::kInvalidArgument, "there are no options to choose from"};
  TRY(session.prefill(prompt, cancel));
  const std::vector<float> after_prompt(session.logits().begin(), session.logits().end());
  std::vector<OptionScore> scores;
  for (const std::string& option : options) {
    const std::vector<TokenId> ids = tokenizer.encode(option, ControlTokens::kAsText);
    if (ids.empty()) return Error{ErrorKind::kInvalidArgument, "an option is empty"};
    OptionScore score{.log_likelihood = log_probability(after_prompt, ids.front()),
                      .tokens = static_cast<int>(ids.size())};
    session.truncate(static_cast<int>(prompt.size()));
    const auto add_next = [&](size_t position, std::span<const float> logits) {
      score.log_likelihood += log_probability(logits, ids[position + 1]);
    };
    TRY(session.append_all_logits(std::span(ids).first(ids.size() - 1), add_next, cancel));
    scores.push_back(score);
  }
  return scores;
}

size_t best_option(std::span<const OptionScore> scores) {
  const auto best = std::max_element(scores.begin(), scores.end(), [](const OptionScore& a, const OptionScore& b) {
    return a.normalized() < b.normalized();
  });
  return static_cast<size_t>(best - scores.begin());
}

}  // namespace favilla

// Chunked perplexity.
#include "generate/perplexity.h"

#include <fmt/format.h>

#include <cmath>

#include "generate/sampler.h"

namespace favilla {

Result<PerplexityResult> measure_perplexity(Session& session, std::span<const TokenId> ids,
                                            const PerplexityOptions& options,
                                            const std::function<void(int done, int total)>& on_chunk) {
  const auto length = static_cast<size_t>(options.context_tokens);
  const size_t chunks = ids.size() / length;
  if (chunks == 0) {
    return Error{ErrorKind::kInvalidArgument,
                 fmt::format("the text has {} tokens, fewer than one chunk of {}", ids.size(), length)};
  }
  PerplexityResult result;
  double sum = 0;
  for (size_t chunk = 0; chunk < chunks; ++chunk) {
    std::vector<TokenId> tokens(ids.begin() + static_cast<std::ptrdiff_t>(chunk * length),
                                ids.begin() + static_cast<std::ptrdiff_t>((chunk + 1) * length));
    const std::vector<TokenId> next(tokens.begin() + 1, tokens.end());
    if (options.bos) tokens.front() = *options.bos;
    TRY(session.prefill_all_logits(
        tokens,
        [&](size_t position, std::span<const float> logits) {
          if (position < length / 2 || position + 1 >= length) return;
          sum -= log_probability(logits, next[position]);
          ++result.counted_tokens;
        },
        options.cancel));
    ++result.chunks;
    on_chunk(result.chunks, static_cast<int>(chunks));
  }
  result.mean_negative_log_likelihood = sum / result.counted_tokens;
  result.perplexity = std::exp(result.mean_negative_log_likelihood);
  return result;
}

}  // namespace favilla

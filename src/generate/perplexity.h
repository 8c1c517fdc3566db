// Perplexity of a text under a model, counted as llama.cpp's llama-perplexity does so that figures can be compared.
#pragma once

#include <functional>
#include <span>

#include "generate/generate.h"

namespace favilla {

struct PerplexityOptions {
  int context_tokens = 512;                   // length of a chunk, at least 8
  std::optional<TokenId> bos = std::nullopt;  // replaces each chunk's first token, when the vocabulary wants one
  const CancelFlag* cancel = nullptr;
};

struct PerplexityResult {
  double perplexity = 0;                    // exp of the mean
  double mean_negative_log_likelihood = 0;  // nats
  int chunks = 0;
  int counted_tokens = 0;
};

// Cuts ids into chunks of context_tokens (a shorter rest is left out), reads each from an empty cache, and averages
// -log p(next token) over the second half of each chunk. kInvalidArgument when there is not one whole chunk.
// `on_chunk(done, total)` is called after each.
Result<PerplexityResult> measure_perplexity(Session& session, std::span<const TokenId> ids,
                                            const PerplexityOptions& options,
                                            const std::function<void(int done, int total)>& on_chunk);

}  // namespace favilla

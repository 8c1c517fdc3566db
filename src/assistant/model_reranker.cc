// See model_reranker.h.
#include "assistant/model_reranker.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "assistant/agent/built_in_adapters.h"
#include "assistant/agent/rerank_text.h"

namespace favilla {

Result<std::optional<ModelReranker>> ModelReranker::open(Engine& engine, const Tokenizer& tokenizer) {
  const std::span<const std::byte> bytes = built_in_rerank_adapter(engine.info());
  if (bytes.empty()) return std::optional<ModelReranker>();
  const GgufFile file = TRY(GgufFile::parse(bytes).context("the built-in reranker"));
  return std::optional(TRY(load(engine, tokenizer, file).context("the built-in reranker")));
}

Result<ModelReranker> ModelReranker::load(Engine& engine, const Tokenizer& tokenizer, const GgufFile& adapter) {
  ModelReranker reranker(engine, tokenizer);
  reranker.adapter_ = TRY(engine.load_adapter(adapter));
  reranker.weight_ = adapter.find_floats("favilla.rerank.weight");
  reranker.bias_ = TRY(adapter.require_float("favilla.rerank.bias"));
  const bool finite = std::all_of(reranker.weight_.begin(), reranker.weight_.end(),
                                  [](float value) { return std::isfinite(value); });
  if (!finite || !std::isfinite(reranker.bias_) ||
      reranker.weight_.size() != static_cast<size_t>(engine.info().embedding_length)) {
    return Error{ErrorKind::kCorrupt, "favilla.rerank.weight does not have one finite number for each of a vector"};
  }
  return reranker;
}

Result<double> ModelReranker::score(std::string_view request, std::string_view function) {
  const std::vector<float> vector =
      TRY(engine_->embed(rerank_tokens(*tokenizer_, request, function), adapter_.get()));
  return std::inner_product(vector.begin(), vector.end(), weight_.begin(), bias_);
}

}  // namespace favilla

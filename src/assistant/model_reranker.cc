// See model_reranker.h.
#include "assistant/model_reranker.h"

#include <cmath>
#include <numeric>

#include "assistant/agent/built_in_adapters.h"
#include "assistant/agent/rerank_text.h"
#include "assistant/embedding_reader.h"

namespace favilla {

Result<std::optional<ModelReranker>> ModelReranker::open(Engine& engine, const Tokenizer& tokenizer) {
  return open_built_in<ModelReranker>(engine, tokenizer, built_in_rerank_adapter(engine.info()), "reranker");
}

Result<ModelReranker> ModelReranker::load(Engine& engine, const Tokenizer& tokenizer, const GgufFile& adapter) {
  ModelReranker reranker(engine, tokenizer);
  reranker.adapter_ = TRY(engine.load_adapter(adapter));
  const auto width = static_cast<size_t>(engine.info().embedding_length);
  reranker.weight_ = TRY(require_floats(adapter, "favilla.rerank.weight", width));
  reranker.bias_ = TRY(adapter.require_float("favilla.rerank.bias"));
  if (!std::isfinite(reranker.bias_)) return Error{ErrorKind::kCorrupt, "favilla.rerank.bias is not finite"};
  return reranker;
}

Result<double> ModelReranker::score(std::string_view request, std::string_view function) {
  const std::vector<float> vector = TRY(engine_->embed(rerank_tokens(*tokenizer_, request, function), adapter_.get()));
  return std::inner_product(vector.begin(), vector.end(), weight_.begin(), bias_);
}

}  // namespace favilla

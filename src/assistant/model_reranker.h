// An embedding model with an adapter that makes a reranker of it.
//
//   std::optional<ModelReranker> reranker = TRY(ModelReranker::open(model.engine, model.tokenizer));
//   if (reranker) double log_odds = TRY(reranker->score(rerank_request(messages), rerank_function(tool)));
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "assistant/agent/reranker.h"
#include "generate/generate.h"
#include "model/model.h"

namespace favilla {

class ModelReranker : public Reranker {
 public:
  // With the adapter that is part of the program for this model; nullopt: there is none. Both must outlive it.
  static Result<std::optional<ModelReranker>> open(Engine& engine, const Tokenizer& tokenizer);

  // With an adapter from a file: a LoRA that also has `favilla.rerank.weight`, one number for each of the vector's, and
  // `favilla.rerank.bias`. Errors are those of Engine::load_adapter, and kCorrupt.
  static Result<ModelReranker> load(Engine& engine, const Tokenizer& tokenizer, const GgufFile& adapter);

  Result<double> score(std::string_view request, std::string_view function) override;

 private:
  ModelReranker(Engine& engine, const Tokenizer& tokenizer) : engine_(&engine), tokenizer_(&tokenizer) {}

  Engine* engine_;
  const Tokenizer* tokenizer_;
  std::shared_ptr<const Adapter> adapter_;
  std::vector<float> weight_;  // [embedding_length]
  double bias_ = 0;
};

}  // namespace favilla

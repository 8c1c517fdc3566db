// An embedding model as memory and agent want one.
//
//   ModelEmbedder embedder(model.engine, model.tokenizer);
//   std::vector<float> vector = TRY(embedder.embed("call Ana"));
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "assistant/agent/rerank_text.h"
#include "generate/generate.h"
#include "memory/memory.h"
#include "model/model.h"

namespace favilla {

class ModelEmbedder : public Embedder {
 public:
  // Both must outlive it. The engine must be one of an embedding model.
  ModelEmbedder(Engine& engine, const Tokenizer& tokenizer) : engine_(engine), tokenizer_(tokenizer) {}

  std::string model() const override { return engine_.fingerprint(); }
  Result<std::vector<float>> embed(std::string_view text) override {
    return engine_.embed(sentence_tokens(tokenizer_, text));
  }

 private:
  Engine& engine_;
  const Tokenizer& tokenizer_;
};

}  // namespace favilla

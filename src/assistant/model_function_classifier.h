// An embedding model with an adapter that makes a classifier of the program's functions of it.
//
//   std::optional<ModelFunctionClassifier> classifier = TRY(ModelFunctionClassifier::open(engine, tokenizer));
//   if (classifier) std::map<std::string, double> odds = TRY(classifier->classify("wake me at 7"));
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assistant/agent/function_classifier.h"
#include "generate/generate.h"
#include "model/model.h"

namespace favilla {

class ModelFunctionClassifier : public FunctionClassifier {
 public:
  // With the adapter that is part of the program for this model; nullopt: there is none. Both must outlive it.
  static Result<std::optional<ModelFunctionClassifier>> open(Engine& engine, const Tokenizer& tokenizer);

  // With an adapter from a file: a LoRA that also has `favilla.functions.names`, for each of them a row of
  // `favilla.functions.weight`, as long as a vector, and a number of `favilla.functions.bias`. Errors are those of
  // Engine::load_adapter, and kCorrupt.
  static Result<ModelFunctionClassifier> load(Engine& engine, const Tokenizer& tokenizer, const GgufFile& adapter);

  Result<std::map<std::string, double>> classify(std::string_view sentence) override;

 private:
  ModelFunctionClassifier(Engine& engine, const Tokenizer& tokenizer) : engine_(&engine), tokenizer_(&tokenizer) {}

  Engine* engine_;
  const Tokenizer* tokenizer_;
  std::shared_ptr<const Adapter> adapter_;
  std::vector<std::string> names_;  // [F]
  std::vector<float> weight_;       // [F, embedding_length]
  std::vector<float> bias_;         // [F]
};

}  // namespace favilla

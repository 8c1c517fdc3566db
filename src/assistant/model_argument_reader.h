// An embedding model with an adapter that makes an argument reader of it.
//
//   std::optional<ModelArgumentReader> reader = TRY(ModelArgumentReader::open(model.engine, model.tokenizer));
//   if (reader) ArgumentReading reading = TRY(reader->read(tool, parameter, said));
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "assistant/agent/argument_reader.h"
#include "generate/generate.h"
#include "model/model.h"

namespace favilla {

class ModelArgumentReader : public ArgumentReader {
 public:
  // With the adapter that is part of the program for this model; nullopt: there is none. Both must outlive it.
  static Result<std::optional<ModelArgumentReader>> open(Engine& engine, const Tokenizer& tokenizer);

  // With an adapter from a file: a LoRA that also has `favilla.arguments.first` and `favilla.arguments.last`, one
  // number for each of a hidden state's. Errors are those of Engine::load_adapter, and kCorrupt.
  static Result<ModelArgumentReader> load(Engine& engine, const Tokenizer& tokenizer, const GgufFile& adapter);

  Result<ArgumentReading> read(const ToolDefinition& tool, const Parameter& parameter, const Said& said) override;

 private:
  ModelArgumentReader(Engine& engine, const Tokenizer& tokenizer) : engine_(&engine), tokenizer_(&tokenizer) {}

  Engine* engine_;
  const Tokenizer* tokenizer_;
  std::shared_ptr<const Adapter> adapter_;
  std::vector<float> first_, last_;  // [embedding_length]
};

}  // namespace favilla

// app: the composition root. Names and options in, ready objects out; nothing else.
//
//   LoadedModel model = TRY(load_model(paths, "smollm2-135m", {.threads = 2}));
//   Session session = TRY(model.engine.new_session({}));
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/paths.h"
#include "base/result.h"
#include "generate/generate.h"
#include "model/model.h"

namespace favilla {

// A model file taken apart into what uses it.
struct LoadedModel {
  std::string name;  // as it was asked for, or the default model's
  Engine engine;
  Tokenizer tokenizer;
  const ChatFormat* format;  // nullptr: a base or embedding model
};

// `name_or_path` as Catalog::resolve takes it; empty is the default model. Errors name the model.
Result<LoadedModel> load_model(const Paths& paths, std::string_view name_or_path, const EngineOptions& options);

// A LoRA adapter's file, for sessions of `engine`. An empty path is none. Errors name the file.
Result<std::shared_ptr<const Adapter>> load_adapter(Engine& engine, const std::string& path);

}  // namespace favilla

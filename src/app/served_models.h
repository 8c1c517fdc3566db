// The models that requests name, loaded when first asked for and kept: what batch files and the HTTP interface share.
//
//   ServedModels models(paths, {.threads = 2});
//   ApiResult<ChatAnswer> answer = models.chat(request, &cancel);
//
// "favilla" is the assistant's own way to choose functions, on top of a model; for embeddings it is the packaged
// embedding model. Belongs to one thread.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "api/api.h"
#include "app/app.h"
#include "app/assistant_agent.h"

namespace favilla {

inline constexpr const char* kAssistantModel = "favilla";

class ServedModels {
 public:
  // `assistant_model`: the model behind "favilla"; empty: the default one. `adapters`: what it chooses functions with.
  ServedModels(Paths paths, EngineOptions options, std::string assistant_model,
               BuiltInAdapters adapters = BuiltInAdapters::kForAnyFunctions);
  ~ServedModels();

  // 404 for models that are not here.
  ApiResult<ChatAnswer> chat(const ChatRequest& request, const CancelFlag* cancel);
  ApiResult<Json> embed(const EmbeddingRequest& request, const CancelFlag* cancel);

 private:
  struct Served;
  struct Assistant;
  Result<Served*> find(const std::string& name);
  Result<Assistant*> find_assistant();

  const Paths paths_;
  const EngineOptions options_;
  const std::string assistant_model_;
  const BuiltInAdapters adapters_;
  std::map<std::string, std::unique_ptr<Served>> served_;
  std::unique_ptr<Assistant> assistant_;  // behind served_: it refers to models there
};

}  // namespace favilla

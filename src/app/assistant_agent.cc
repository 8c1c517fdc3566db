// See assistant_agent.h.
#include "app/assistant_agent.h"

#include <utility>

namespace favilla {

AssistantAgent::AssistantAgent(Session own, LoadedModel& model, LoadedModel* embedding_model, VectorCache vectors,
                               const EntityFinder& entities)
    : session(std::move(own)),
      embedder(embedding_model == nullptr
                   ? std::nullopt
                   : std::make_optional<ModelEmbedder>(embedding_model->engine, embedding_model->tokenizer)),
      agent({.session = session,
             .tokenizer = model.tokenizer,
             .format = model.format,
             .embedder = find_embedder(),
             .vectors = std::move(vectors)},
            entities) {}

Result<std::unique_ptr<AssistantAgent>> open_agent(const Paths& paths, LoadedModel& model, LoadedModel* embedding_model,
                                                   const EntityFinder& entities) {
  Session session = TRY(model.engine.new_session({}));
  VectorCache vectors;
  if (embedding_model != nullptr) {
    vectors = VectorCache::open(paths.cache / "vectors", embedding_model->engine.fingerprint());
  }
  return std::make_unique<AssistantAgent>(std::move(session), model, embedding_model, std::move(vectors), entities);
}

}  // namespace favilla

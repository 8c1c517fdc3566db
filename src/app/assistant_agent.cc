// See assistant_agent.h.
#include "app/assistant_agent.h"

#include <utility>

namespace favilla {

AssistantAgent::AssistantAgent(AgentSession own, LoadedModel& model, LoadedModel* embedding_model,
                               EmbeddingReaders own_readers, VectorCache vectors, const EntityFinder& entities)
    : session(std::move(own.session)),
      embedder(embedding_model == nullptr
                   ? std::nullopt
                   : std::make_optional<ModelEmbedder>(embedding_model->engine, embedding_model->tokenizer)),
      readers(std::move(own_readers)),
      agent({.session = session,
             .tokenizer = model.tokenizer,
             .format = model.format,
             .embedder = find_embedder(),
             .vectors = std::move(vectors),
             .reranker = readers.reranker ? &*readers.reranker : nullptr,
             .classifier = readers.functions ? &*readers.functions : nullptr,
             .reader = readers.arguments ? &*readers.arguments : nullptr,
             .is_trained = own.is_trained},
            entities) {}

namespace {

// With the adapter that is part of the program for this model, when there is one.
Result<AgentSession> open_session(Engine& engine, BuiltInAdapters adapters) {
  const std::span<const std::byte> bytes = built_in_tools_adapter(engine.info());
  if (adapters != BuiltInAdapters::kForAnyFunctions || bytes.empty())
    return AgentSession{TRY(engine.new_session({})), false};
  const GgufFile file = TRY(GgufFile::parse(bytes).context("the built-in adapter"));
  SessionOptions options;
  options.adapter = TRY(engine.load_adapter(file).context("the built-in adapter"));
  return AgentSession{TRY(engine.new_session(options)), true};
}

}  // namespace

Result<std::unique_ptr<AssistantAgent>> open_agent(const Paths& paths, LoadedModel& model, LoadedModel* embedding_model,
                                                   const EntityFinder& entities, BuiltInAdapters adapters) {
  AgentSession session = TRY(open_session(model.engine, adapters));
  VectorCache vectors;
  EmbeddingReaders readers;
  if (embedding_model != nullptr) {
    vectors = VectorCache::open(paths.cache / "vectors", embedding_model->engine.fingerprint());
    if (adapters != BuiltInAdapters::kNone) {
      readers.reranker = TRY(ModelReranker::open(embedding_model->engine, embedding_model->tokenizer));
      readers.arguments = TRY(ModelArgumentReader::open(embedding_model->engine, embedding_model->tokenizer));
    }
    if (adapters == BuiltInAdapters::kForOwnFunctions) {
      readers.functions = TRY(ModelFunctionClassifier::open(embedding_model->engine, embedding_model->tokenizer));
    }
  }
  return std::make_unique<AssistantAgent>(std::move(session), model, embedding_model, std::move(readers),
                                          std::move(vectors), entities);
}

}  // namespace favilla

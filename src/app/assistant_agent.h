// The model that acts, put together: `favilla ask`, the chat and model "favilla" of `favilla batch` have the same.
//
//   std::unique_ptr<AssistantAgent> acting =
//       TRY(open_agent(paths, model, embedding_model, entities, BuiltInAdapters::kForAnyFunctions));
//   AgentReply reply = TRY(acting->agent.decide(request, &cancel));
#pragma once

#include <memory>
#include <optional>

#include "app/app.h"
#include "assistant/assistant.h"

namespace favilla {

// The packaged embedding model.
inline constexpr const char* kEmbeddingModel = "minilm";

// What an agent thinks in, and whether its model was trained for that.
struct AgentSession {
  Session session;
  bool is_trained;
};

// Which of the adapters that are part of the program an agent has, where there is one for its models.
enum class BuiltInAdapters {
  // The model's own, and the embedding model's reranker and argument reader.
  kForAnyFunctions,
  // All of the embedding model, the classifier of the program's functions among them. What the turn of `ask` and the
  // chat takes: the model's never saw arguments of these functions (docs/quality.md).
  kForOwnFunctions,
  kNone,
};

// What adapters make of the embedding model.
struct EmbeddingReaders {
  std::optional<ModelReranker> reranker = std::nullopt;
  std::optional<ModelFunctionClassifier> functions = std::nullopt;
  std::optional<ModelArgumentReader> arguments = std::nullopt;
};

// Stays where it is: its members refer to each other.
struct AssistantAgent {
  AssistantAgent(AgentSession own, LoadedModel& model, LoadedModel* embedding_model,
                 EmbeddingReaders readers, VectorCache vectors, const EntityFinder& entities);
  AssistantAgent(const AssistantAgent&) = delete;
  AssistantAgent& operator=(const AssistantAgent&) = delete;

  Embedder* find_embedder() { return embedder ? &*embedder : nullptr; }

  Session session;  // the agent's own, so that conversations do not push its prompt out
  std::optional<ModelEmbedder> embedder;
  EmbeddingReaders readers;
  Agent agent;
};

// All must outlive it. `embedding_model` nullptr: words alone choose the functions and find the arguments.
Result<std::unique_ptr<AssistantAgent>> open_agent(const Paths& paths, LoadedModel& model, LoadedModel* embedding_model,
                                                   const EntityFinder& entities, BuiltInAdapters adapters);

}  // namespace favilla

// The model that acts, put together: `favilla ask`, the chat and model "favilla" of `favilla batch` have the same.
//
//   std::unique_ptr<AssistantAgent> acting = TRY(open_agent(paths, model, embedding_model, entities));
//   AgentReply reply = TRY(acting->agent.decide(request, &cancel));
#pragma once

#include <memory>
#include <optional>

#include "app/app.h"
#include "assistant/assistant.h"

namespace favilla {

// The packaged embedding model.
inline constexpr const char* kEmbeddingModel = "minilm";

// Stays where it is: its members refer to each other.
struct AssistantAgent {
  AssistantAgent(Session own, LoadedModel& model, LoadedModel* embedding_model, VectorCache vectors,
                 const EntityFinder& entities);
  AssistantAgent(const AssistantAgent&) = delete;
  AssistantAgent& operator=(const AssistantAgent&) = delete;

  Embedder* find_embedder() { return embedder ? &*embedder : nullptr; }

  Session session;  // the agent's own, so that conversations do not push its prompt out
  std::optional<ModelEmbedder> embedder;
  Agent agent;
};

// All must outlive it. `embedding_model` nullptr: words alone choose the functions.
Result<std::unique_ptr<AssistantAgent>> open_agent(const Paths& paths, LoadedModel& model, LoadedModel* embedding_model,
                                                   const EntityFinder& entities);

}  // namespace favilla

// See served_models.h.
#include "app/served_models.h"

#include <optional>
#include <utility>

namespace favilla {
namespace {

ApiError not_served(const Error& error) {
  ApiError result = api_error(error, "model");
  if (error.kind == ErrorKind::kNotFound) result.code = "model_not_found";
  return result;
}

}  // namespace

// Stays where it is: its members refer to each other.
struct ServedModels::Served {
  explicit Served(LoadedModel loaded) : model(std::move(loaded)) {}
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;

  LoadedModel model;
  std::optional<Session> session = {};  // of models that generate
  std::unique_ptr<ChatModel> chat = {};
};

ServedModels::ServedModels(Paths paths, EngineOptions options, std::string assistant_model,
                           BuiltInAdapters adapters)
    : paths_(std::move(paths)),
      options_(std::move(options)),
      assistant_model_(std::move(assistant_model)),
      adapters_(adapters) {}

ServedModels::~ServedModels() = default;

Result<ServedModels::Served*> ServedModels::find(const std::string& name) {
  if (const auto found = served_.find(name); found != served_.end()) return found->second.get();
  auto served = std::make_unique<Served>(TRY(load_model(paths_, name, options_)));
  LoadedModel& model = served->model;
  if (model.engine.info().generates) {
    served->session = TRY(model.engine.new_session({}));
    served->chat =
        std::make_unique<ChatModel>(*served->session, model.tokenizer, model.format, model.engine.fingerprint());
  }
  return served_.emplace(name, std::move(served)).first->second.get();
}

struct ServedModels::Assistant {
  explicit Assistant(EntityFinder finder) : entities(std::move(finder)) {}
  Assistant(const Assistant&) = delete;
  Assistant& operator=(const Assistant&) = delete;

  const EntityFinder entities;
  std::unique_ptr<AssistantAgent> acting = {};
  std::string fingerprint = {};
};

// Without the packaged embedding model, words alone choose the functions.
Result<ServedModels::Assistant*> ServedModels::find_assistant() {
  if (assistant_) return assistant_.get();
  LoadedModel& model = TRY(find(assistant_model_))->model;
  const Result<Served*> embedder = find(kEmbeddingModel);
  auto assistant = std::make_unique<Assistant>(TRY(EntityFinder::load()));
  assistant->acting =
      TRY(open_agent(paths_, model, embedder ? &(*embedder)->model : nullptr, assistant->entities, adapters_));
  assistant->fingerprint = model.engine.fingerprint();
  assistant_ = std::move(assistant);
  return assistant_.get();
}

ApiResult<ChatAnswer> ServedModels::chat(const ChatRequest& request, const CancelFlag* cancel) {
  if (request.model == kAssistantModel) {
    const Result<Assistant*> assistant = find_assistant();
    if (!assistant) return not_served(assistant.error());
    const TimeZone zone = TimeZone::of_this_machine();
    const TimeContext time{zone.to_local(SystemClock().now()), zone};
    return answer_as_agent((*assistant)->acting->agent, request, time, (*assistant)->fingerprint, cancel);
  }
  const Result<Served*> served = find(request.model);
  if (!served) return not_served(served.error());
  if (!(*served)->chat) {
    return ApiError{.message = "model: " + request.model + " gives embeddings and writes no text", .param = "model"};
  }
  return (*served)->chat->answer(request, {.cancel = cancel});
}

ApiResult<Json> ServedModels::embed(const EmbeddingRequest& request, const CancelFlag* cancel) {
  const bool is_assistant = request.model == kAssistantModel;
  const Result<Served*> served = find(is_assistant ? kEmbeddingModel : request.model);
  if (!served) return not_served(served.error());
  return answer_embeddings((*served)->model.engine, (*served)->model.tokenizer, request, cancel);
}

}  // namespace favilla

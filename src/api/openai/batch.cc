// Runs the rows of a batch: see batch.h.
#include "api/openai/batch.h"

#include <fmt/format.h>

#include <utility>

#include "api/openai/members.h"

namespace favilla {
namespace {

constexpr int kStatusOk = 200;
constexpr int kStatusStopped = 499;
constexpr const char* kChatUrl = "/v1/chat/completions";
constexpr const char* kEmbeddingsUrl = "/v1/embeddings";

// What becomes of a row: a response with a status, or an error of the row itself.
struct Outcome {
  int status = 0;  // 0: the row is no request
  Json body = {};
  ApiError error = {};
};

Outcome refused(ApiError error) {
  const int status = error.status;
  Json body = to_json(error);
  return {.status = status, .body = std::move(body), .error = std::move(error)};
}

Outcome no_request(std::string code, std::string message) {
  return {.error = {.message = std::move(message), .code = std::move(code)}};
}

Outcome answer_chat(const BatchRow& row, const Json& body, const BatchHandlers& handlers) {
  ApiResult<ChatRequest> request = parse_chat_request(body);
  if (!request.value) return refused(request.error);
  if (request.value->stream) {
    return refused({.message = "stream: a batch does not stream; leave it out", .param = "stream"});
  }
  const ApiResult<ChatAnswer> answer = handlers.chat(*request.value);
  if (!answer.value) return refused(answer.error);
  const AnswerIds ids{.id = "chatcmpl-" + row.id.substr(row.id.rfind('_') + 1), .created_s = handlers.now_s()};
  return {.status = kStatusOk, .body = to_json(*answer.value, *request.value, ids)};
}

Outcome answer_embeddings(const Json& body, const BatchHandlers& handlers) {
  const ApiResult<EmbeddingRequest> request = parse_embedding_request(body);
  if (!request.value) return refused(request.error);
  ApiResult<Json> answer = handlers.embed(*request.value);
  if (!answer.value) return refused(answer.error);
  return {.status = kStatusOk, .body = std::move(*answer.value)};
}

Outcome answer_row(const BatchRow& row, const BatchHandlers& handlers) {
  const std::string where = fmt::format("line {}", row.line);
  const ApiResult<Json> parsed = parse_object(row.text, where);
  if (!parsed.value) return no_request("invalid_json_line", parsed.error.message);
  std::optional<ApiError> error;
  Members members(*parsed.value, "", error);
  members.allow_only({"custom_id", "method", "url", "body"});
  members.require_text("custom_id");
  const std::string method = members.require_text("method");
  if (method != "POST") members.fail("method", "must be \"POST\"", "invalid_method");
  const std::string url = members.require_text("url");
  if (url != kChatUrl && url != kEmbeddingsUrl) {
    members.fail("url", fmt::format("must be \"{}\" or \"{}\"", kChatUrl, kEmbeddingsUrl), "invalid_url");
  }
  const Json* object = members.object("body");
  if (object == nullptr) members.fail("body", "is missing", "missing_required_parameter");
  if (error) return no_request(error->code.value_or("invalid_request"), where + ": " + error->message);
  Json body = *object;
  if (!body.contains("model") && !handlers.default_model.empty()) body["model"] = handlers.default_model;
  return url == kChatUrl ? answer_chat(row, body, handlers) : answer_embeddings(body, handlers);
}

Json answer_json(const BatchRow& row, const Outcome& outcome) {
  Json json{{"id", row.id}, {"custom_id", row.custom_id.empty() ? Json(nullptr) : Json(row.custom_id)}};
  if (outcome.status == 0) {
    json["response"] = nullptr;
    json["error"] = {{"code", outcome.error.code.value_or("invalid_request")}, {"message", outcome.error.message}};
  } else {
    const std::string request_id = "req_" + row.id.substr(row.id.rfind('_') + 1);
    json["response"] = {{"status_code", outcome.status}, {"request_id", request_id}, {"body", outcome.body}};
    json["error"] = nullptr;
  }
  return json;
}

void count(BatchSummary& summary, const Outcome& outcome) {
  if (outcome.status != kStatusOk) {
    ++summary.failed;
    return;
  }
  ++summary.answered;
  const Json& usage = outcome.body.at("usage");
  summary.prompt_tokens += usage.value("prompt_tokens", int64_t{0});
  summary.completion_tokens += usage.value("completion_tokens", int64_t{0});
}

}  // namespace

Result<BatchSummary> run_batch(BatchFiles& files, const BatchHandlers& handlers,
                               const std::function<void(const BatchSummary&)>& on_row) {
  BatchSummary summary{.rows = files.rows().size(), .already_answered = files.already_answered()};
  on_row(summary);
  for (size_t i = 0; i < files.rows().size(); ++i) {
    if (files.is_answered(i)) continue;
    const Outcome outcome = answer_row(files.rows()[i], handlers);
    const bool stopped = handlers.cancel != nullptr && handlers.cancel->requested();
    if (stopped || outcome.status == kStatusStopped) {
      TRY(files.finish());
      return Error{ErrorKind::kCancelled,
                   fmt::format("stopped after {} of {} rows; the same command goes on from there",
                               summary.already_answered + summary.answered + summary.failed, summary.rows)};
    }
    TRY(files.append(i, answer_json(files.rows()[i], outcome)));
    count(summary, outcome);
    on_row(summary);
  }
  TRY(files.finish());
  return summary;
}

}  // namespace favilla

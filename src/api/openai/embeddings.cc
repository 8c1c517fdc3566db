// See embeddings.h.
#include "api/openai/embeddings.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <limits>

#include "api/openai/members.h"
#include "base/base64.h"

namespace favilla {
namespace {

constexpr size_t kMaxInputs = 2048;
constexpr int64_t kMaxDimensions = 1 << 16;
constexpr const char* kInputSentence =
    "must be a text, an array of texts, an array of token ids, or an array of such arrays";

bool is_array_of_ids(const Json& json) {
  return json.is_array() && !json.empty() && json.front().is_number();
}

std::vector<TokenId> parse_ids(const Json& json, const std::string& path, std::optional<ApiError>& error) {
  std::vector<TokenId> ids;
  for (size_t i = 0; i < json.size() && !error; ++i) {
    const bool fits = json[i].is_number_unsigned() && json[i].get<uint64_t>() <= std::numeric_limits<TokenId>::max();
    if (!fits) fail_at(error, element_path(path, i), "must be a token id");
    if (fits) ids.push_back(json[i].get<TokenId>());
  }
  return ids;
}

void parse_one(const Json& json, const std::string& path, EmbeddingRequest& request, std::optional<ApiError>& error) {
  if (json.is_string()) {
    request.inputs.emplace_back(json.get<std::string>());
    if (json.get_ref<const std::string&>().empty()) fail_at(error, path, "must not be empty");
  } else if (is_array_of_ids(json)) {
    request.inputs.emplace_back(parse_ids(json, path, error));
  } else {
    fail_at(error, path, "must be a text or an array of token ids");
  }
}

void parse_input(Members& body, EmbeddingRequest& request) {
  const Json* input = body.find("input");
  if (input == nullptr) return body.fail("input", "is missing", "missing_required_parameter");
  if (input->is_string() || is_array_of_ids(*input)) return parse_one(*input, "input", request, body.error());
  if (!input->is_array()) return body.fail("input", kInputSentence);
  if (input->empty() || input->size() > kMaxInputs) {
    return body.fail("input", fmt::format("must have 1 to {} texts", kMaxInputs));
  }
  for (size_t i = 0; i < input->size() && !body.failed(); ++i) {
    parse_one((*input)[i], element_path("input", i), request, body.error());
  }
}

void shorten(std::vector<float>& vector, size_t dimensions) {
  vector.resize(dimensions);
  double squares = 0;
  for (const float value : vector) squares += double{value} * value;
  if (squares == 0) return;
  for (float& value : vector) value = static_cast<float>(value / std::sqrt(squares));
}

}  // namespace

ApiResult<EmbeddingRequest> parse_embedding_request(const Json& json) {
  std::optional<ApiError> error;
  Members body(json, "", error);
  body.allow_only({"model", "input", "encoding_format", "dimensions", "user"});
  EmbeddingRequest request;
  request.model = body.require_text("model");
  parse_input(body, request);
  request.base64 = body.one_of("encoding_format", {"float", "base64"}) == "base64";
  if (const auto dimensions = body.integer("dimensions", {1, kMaxDimensions})) {
    request.dimensions = static_cast<int>(*dimensions);
  }
  body.text("user");
  if (error) return *error;
  return request;
}

ApiResult<Json> answer_embeddings(Engine& engine, const Tokenizer& tokenizer, const EmbeddingRequest& request,
                                  const CancelFlag* cancel) {
  const ModelInfo& info = engine.info();
  if (info.generates) {
    return ApiError{.message = fmt::format("model: {} generates text and gives no embeddings", request.model),
                    .param = "model"};
  }
  if (request.dimensions && *request.dimensions > info.embedding_length) {
    return ApiError{.message = fmt::format("dimensions: the model has {}", info.embedding_length),
                    .param = "dimensions"};
  }
  Json data = Json::array();
  size_t tokens = 0;
  for (size_t i = 0; i < request.inputs.size(); ++i) {
    if (cancel != nullptr && cancel->requested()) {
      return ApiError{.status = 499, .message = "stopped", .type = "server_error"};
    }
    const std::string path = request.inputs.size() == 1 ? "input" : element_path("input", i);
    std::vector<TokenId> ids;
    if (const auto* text = std::get_if<std::string>(&request.inputs[i])) {
      ids = tokenizer.encode(*text, ControlTokens::kAsText);
    } else {
      ids = std::get<std::vector<TokenId>>(request.inputs[i]);
      for (const TokenId id : ids) {
        if (static_cast<size_t>(id) >= tokenizer.size()) {
          return ApiError{.message = fmt::format("{}: the model has no token {}", path, id), .param = path};
        }
      }
    }
    ids = tokenizer.with_special_tokens(std::move(ids));
    tokens += ids.size();
    Result<std::vector<float>> vector = engine.embed(ids);
    if (!vector) return api_error(vector.error(), path);
    if (request.dimensions) shorten(*vector, static_cast<size_t>(*request.dimensions));
    Json embedding = request.base64 ? Json(base64_of(*vector)) : Json(*vector);
    data.push_back({{"object", "embedding"}, {"index", i}, {"embedding", std::move(embedding)}});
  }
  return Json{{"object", "list"},
              {"data", std::move(data)},
              {"model", request.model},
              {"usage", {{"prompt_tokens", tokens}, {"total_tokens", tokens}}}};
}

std::string base64_of(std::span<const float> values) {
  std::string bytes;
  for (const float value : values) {
    const auto word = std::bit_cast<uint32_t>(value);
    for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(word >> shift & 0xFF);
  }
  return base64(bytes);
}

}  // namespace favilla

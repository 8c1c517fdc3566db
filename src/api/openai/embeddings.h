// The body of POST /v1/embeddings, and its answer.
//
//   ApiResult<EmbeddingRequest> request = parse_embedding_request(body);
//   ApiResult<Json> answer = answer_embeddings(engine, tokenizer, *request.value, {});
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "api/openai/api_error.h"
#include "base/cancel.h"
#include "generate/generate.h"

namespace favilla {

struct EmbeddingRequest {
  std::string model;
  // Texts, or token ids without the special ones. At least one, none empty.
  std::vector<std::variant<std::string, std::vector<TokenId>>> inputs;
  bool base64 = false;            // encoding_format: little-endian float32 in base 64
  std::optional<int> dimensions;  // only the first so many, of length 1 again
};

ApiResult<EmbeddingRequest> parse_embedding_request(const Json& body);

// The response's body. 400 for models that do not embed, inputs longer than the window, and more dimensions than there
// are; 499 when stopped.
ApiResult<Json> answer_embeddings(Engine& engine, const Tokenizer& tokenizer, const EmbeddingRequest& request,
                                  const CancelFlag* cancel = nullptr);

// Of little-endian float32.
std::string base64_of(std::span<const float> values);

}  // namespace favilla

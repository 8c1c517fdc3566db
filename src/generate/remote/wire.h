// The JSON of OpenAI's chat completions and embeddings, as a client writes and reads it. What a server says is hostile:
// members of other types than expected are as good as absent. Internal to generate.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "generate/generate.h"
#include "model/model.h"

namespace favilla {

// The body of POST /chat/completions. It has only members that every server knows: of the sampling, temperature, top_p
// and seed.
std::string chat_request_body(const std::string& model, std::span<const ChatMessage> messages,
                              const GenerateOptions& options);

// The body of POST /embeddings.
std::string embedding_request_body(const std::string& model, std::span<const std::string> texts);

struct TokenUsage {
  int prompt_tokens = 0;
  int cached_tokens = 0;
  int completion_tokens = 0;
};

// What one event of a streamed answer, or the body of a whole answer, adds.
struct AnswerPiece {
  std::string thinking;
  std::string text;
  std::string finish_reason;  // "stop", "length", ...; empty while there is more to come
  std::optional<TokenUsage> usage;
};

// kNetwork for what is no JSON object, and, with the server's words, for one that tells of an error.
Result<AnswerPiece> parse_answer_piece(std::string_view json);

struct RemoteEmbeddings {
  std::vector<std::vector<float>> vectors;  // one for each text, of length 1
  int prompt_tokens = 0;
};

// kNetwork unless there are `count` vectors of one size, none of them zero or infinite.
Result<RemoteEmbeddings> parse_embeddings(std::string_view json, size_t count);

// The names in the answer to GET /models.
Result<std::vector<std::string>> parse_model_names(std::string_view json);

// What a server says in the body of an error, in one line that a terminal may show; empty for none. {"error":
// {"message"}}, {"error"}, {"message"} and {"detail"} are in use.
std::string error_words(std::string_view body);

}  // namespace favilla

// What a chat request gets: as a value, and as the body of the response.
#pragma once

#include <string>
#include <vector>

#include "api/openai/chat_request.h"
#include "generate/generate.h"

namespace favilla {

struct AnswerToken {
  std::string bytes;  // may be a part of a UTF-8 sequence
  float logprob = 0;
  struct Other {
    std::string bytes;
    float logprob = 0;
  };
  std::vector<Other> top = {};
};

struct ChatAnswer {
  std::string text;
  std::string thinking = {};
  std::vector<ToolCall> calls = {};  // with ids
  enum class Finish { kStop, kLength, kToolCalls };
  Finish finish = Finish::kStop;
  int prompt_tokens = 0;
  int completion_tokens = 0;
  std::vector<AnswerToken> tokens = {};  // of the text, where the request asks for logprobs
  std::string fingerprint = {};          // the model and all else that the answer's bits depend on
};

struct AnswerIds {
  std::string id;  // "chatcmpl-..."
  int64_t created_s = 0;
};

// {"id", "object": "chat.completion", "choices": [...], "usage": {...}, ...}
Json to_json(const ChatAnswer& answer, const ChatRequest& request, const AnswerIds& ids);

}  // namespace favilla

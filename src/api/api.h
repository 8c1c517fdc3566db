// api: the faces that programs speak to. So far OpenAI's: requests, their validation, answers, and batch files.
//
//   ApiResult<ChatRequest> request = parse_chat_request(body);
//   if (!request.value) return send(request.error.status, to_json(request.error));
//   ApiResult<ChatAnswer> answer = model.answer(*request.value, {});
//   send(200, to_json(*answer.value, *request.value, {.id = id, .created_s = now}));
#pragma once

#include "api/openai/agent_answer.h"  // IWYU pragma: export
#include "api/openai/batch.h"         // IWYU pragma: export
#include "api/openai/chat_model.h"    // IWYU pragma: export
#include "api/openai/embeddings.h"    // IWYU pragma: export

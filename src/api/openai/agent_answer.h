// The assistant's own tool calling behind a chat request: model "favilla".
//
//   ApiResult<ChatAnswer> answer = answer_as_agent(agent, request, {now, zone}, fingerprint, &cancel);
#pragma once

#include <string>

#include "api/openai/chat_answer.h"
#include "assistant/assistant.h"

namespace favilla {

// Calls, or a question as text; nothing at all when no function fits. Nothing is sampled, so temperature, seed and
// max_tokens change nothing. kAuto, required, none and named choices as in the request.
ApiResult<ChatAnswer> answer_as_agent(Agent& agent, const ChatRequest& request, const TimeContext& time,
                                      const std::string& fingerprint, const CancelFlag* cancel);

}  // namespace favilla

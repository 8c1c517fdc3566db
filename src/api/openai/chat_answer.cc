// See chat_answer.h.
#include "api/openai/chat_answer.h"

#include "base/utf8.h"

namespace favilla {
namespace {

const char* finish_name(ChatAnswer::Finish finish) {
  switch (finish) {
    case ChatAnswer::Finish::kStop:
      return "stop";
    case ChatAnswer::Finish::kLength:
      return "length";
    case ChatAnswer::Finish::kToolCalls:
      return "tool_calls";
  }
  return "stop";
}

Json message_json(const ChatAnswer& answer) {
  Json message{{"role", "assistant"}, {"content", answer.text}, {"refusal", nullptr}};
  if (answer.text.empty() && !answer.calls.empty()) message["content"] = nullptr;
  if (!answer.thinking.empty()) message["reasoning_content"] = answer.thinking;
  for (const ToolCall& call : answer.calls) {
    message["tool_calls"].push_back({{"id", call.id},
                                     {"type", "function"},
                                     {"function", {{"name", call.name}, {"arguments", to_json_text(call.arguments)}}}});
  }
  return message;
}

Json token_json(const std::string& bytes, float logprob) {
  Json list = Json::array();
  for (const char byte : bytes) list.push_back(static_cast<uint8_t>(byte));
  return {{"token", to_valid_utf8(bytes)}, {"logprob", logprob}, {"bytes", std::move(list)}};
}

Json logprobs_json(const ChatAnswer& answer) {
  Json content = Json::array();
  for (const AnswerToken& token : answer.tokens) {
    Json json = token_json(token.bytes, token.logprob);
    json["top_logprobs"] = Json::array();
    for (const AnswerToken::Other& other : token.top) {
      json["top_logprobs"].push_back(token_json(other.bytes, other.logprob));
    }
    content.push_back(std::move(json));
  }
  return {{"content", std::move(content)}, {"refusal", nullptr}};
}

}  // namespace

Json to_json(const ChatAnswer& answer, const ChatRequest& request, const AnswerIds& ids) {
  Json choice{{"index", 0},
              {"message", message_json(answer)},
              {"logprobs", request.logprobs ? logprobs_json(answer) : Json(nullptr)},
              {"finish_reason", finish_name(answer.finish)}};
  return {{"id", ids.id},
          {"object", "chat.completion"},
          {"created", ids.created_s},
          {"model", request.model},
          {"choices", Json::array({std::move(choice)})},
          {"usage",
           {{"prompt_tokens", answer.prompt_tokens},
            {"completion_tokens", answer.completion_tokens},
            {"total_tokens", answer.prompt_tokens + answer.completion_tokens}}},
          {"system_fingerprint", answer.fingerprint}};
}

}  // namespace favilla

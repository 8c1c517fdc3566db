// See agent_answer.h.
#include "api/openai/agent_answer.h"

#include <utility>

#include "api/openai/chat_model.h"

namespace favilla {
namespace {

AgentChoice choice_of(ToolChoice::Kind kind) {
  switch (kind) {
    case ToolChoice::Kind::kNone:
      return AgentChoice::kNone;
    case ToolChoice::Kind::kRequired:
      return AgentChoice::kRequired;
    case ToolChoice::Kind::kNamed:
      return AgentChoice::kNamed;
    case ToolChoice::Kind::kAuto:
      break;
  }
  return AgentChoice::kAuto;
}

}  // namespace

ApiResult<ChatAnswer> answer_as_agent(Agent& agent, const ChatRequest& request, const TimeContext& time,
                                      const std::string& fingerprint, const CancelFlag* cancel) {
  const AgentRequest asked{.messages = request.messages,
                           .tools = request.offered_tools(),
                           .choice = choice_of(request.tool_choice.kind),
                           .named = request.tool_choice.name,
                           .parallel = request.parallel_tool_calls,
                           .time = time};
  Result<AgentReply> reply = agent.decide(asked, cancel);
  if (!reply) return api_error(reply.error(), "messages");
  ChatAnswer answer{.text = std::move(reply->text), .calls = std::move(reply->calls)};
  for (size_t i = 0; i < answer.calls.size(); ++i) {
    ToolCall& call = answer.calls[i];
    call.id = call_id(request, call.name + to_json_text(call.arguments), i);
  }
  if (!answer.calls.empty()) answer.finish = ChatAnswer::Finish::kToolCalls;
  answer.prompt_tokens = reply->prompt_tokens;
  answer.completion_tokens = reply->generated_tokens;
  answer.fingerprint = fingerprint;
  return answer;
}

}  // namespace favilla

// The body of POST /v1/chat/completions, checked member by member.
//
//   ApiResult<ChatRequest> request = parse_chat_request(R"({"model": "m", "messages": [...]})");
//
// Content is text: a string, or parts {"type": "text"}, joined by line breaks. "developer" is another word for
// "system". Members without effect here (user, metadata, store, service_tier, ...) are read and dropped; those whose
// effect we do not have (n above 1, penalties other than 0, logit_bias, audio, ...) are refused by name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/openai/members.h"
#include "model/model.h"

namespace favilla {

// One function that may be called. `strict`: its arguments are held to the schema while they are written.
struct RequestTool {
  ToolDefinition definition;
  bool strict = false;
};

struct ToolChoice {
  enum class Kind { kAuto, kNone, kRequired, kNamed };
  Kind kind = Kind::kAuto;
  std::string name = {};  // kNamed: that of one of the tools
};

struct ResponseFormat {
  enum class Kind { kText, kJsonObject, kJsonSchema };
  Kind kind = Kind::kText;
  Json schema = {};  // kJsonSchema
};

struct ChatRequest {
  std::string model;
  std::vector<ChatMessage> messages;  // at least one; results name a call of the assistant's message before them
  std::vector<RequestTool> tools;
  ToolChoice tool_choice;
  bool parallel_tool_calls = true;
  ResponseFormat response_format;
  double temperature = 1;
  double top_p = 1;
  std::optional<uint64_t> seed;
  std::optional<int> max_tokens;
  std::vector<std::string> stop;
  bool logprobs = false;
  int top_logprobs = 0;
  bool stream = false;

  // Tools that this request lets the model call: none with tool_choice "none".
  std::vector<ToolDefinition> offered_tools() const;
};

ApiResult<ChatRequest> parse_chat_request(const Json& body);

// Parts that chat_request.cc is made of, with the path that errors begin with.
std::vector<ChatMessage> parse_messages(const Json& messages, std::optional<ApiError>& error);
std::vector<RequestTool> parse_tools(const Json& tools, std::optional<ApiError>& error);

// Letters, digits, "_", "-" and ".", at most 128.
bool is_function_name(std::string_view name);

}  // namespace favilla

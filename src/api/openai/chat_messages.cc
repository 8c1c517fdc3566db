// The messages of a chat request.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "api/openai/chat_request.h"

namespace favilla {
namespace {

constexpr size_t kMaxMessages = 10'000;
constexpr size_t kMaxCalls = 128;

// A string, or an array of text parts.
std::string parse_content(Members& message, const std::string& path) {
  const Json* content = message.find("content");
  if (content == nullptr) return {};
  if (content->is_string()) return content->get<std::string>();
  if (!content->is_array()) {
    message.fail("content", "must be a string or an array of text parts");
    return {};
  }
  std::string text;
  for (size_t i = 0; i < content->size() && !message.failed(); ++i) {
    Members part((*content)[i], element_path(path + ".content", i), message.error());
    const std::string type = part.require_text("type");
    if (type != "text" && !part.failed()) part.fail("type", "only \"text\" is supported");
    if (part.find("text") == nullptr) part.fail("text", "is missing", "missing_required_parameter");
    if (i > 0) text += '\n';
    text += part.text("text").value_or("");
  }
  return text;
}

// The arguments of a call are JSON inside a string.
Json parse_arguments(Members& function) {
  const std::optional<std::string> text = function.text("arguments");
  if (!text) {
    function.fail("arguments", "is missing", "missing_required_parameter");
    return Json::object();
  }
  ApiResult<Json> arguments = parse_object(*text);
  if (arguments.value) return std::move(*arguments.value);
  function.fail("arguments", "must be a JSON object, written as a string");
  return Json::object();
}

ToolCall parse_call(const Json& json, const std::string& path, std::optional<ApiError>& error) {
  Members members(json, path, error);
  ToolCall call;
  call.id = members.require_text("id");
  members.one_of("type", {"function"});
  const Json* object = members.object("function");
  if (object == nullptr) {
    members.fail("function", "is missing", "missing_required_parameter");
    return call;
  }
  Members function(*object, members.path_of("function"), error);
  call.name = function.require_text("name");
  if (!function.failed() && !is_function_name(call.name)) function.fail("name", "is no name of a function");
  call.arguments = parse_arguments(function);
  return call;
}

std::vector<ToolCall> parse_calls(Members& message, const std::string& path) {
  const Json* array = message.array("tool_calls");
  std::vector<ToolCall> calls;
  if (array == nullptr) return calls;
  if (array->empty() || array->size() > kMaxCalls) {
    message.fail("tool_calls", fmt::format("must have 1 to {} calls", kMaxCalls));
    return calls;
  }
  std::set<std::string> ids;
  for (size_t i = 0; i < array->size() && !message.failed(); ++i) {
    const std::string call_path = element_path(path + ".tool_calls", i);
    calls.push_back(parse_call((*array)[i], call_path, message.error()));
    if (!ids.insert(calls.back().id).second) fail_at(message.error(), call_path + ".id", "is there twice");
  }
  return calls;
}

Role role_from(std::string_view name) {
  if (name == "user") return Role::kUser;
  if (name == "assistant") return Role::kAssistant;
  return name == "tool" ? Role::kTool : Role::kSystem;
}

ChatMessage parse_message(const Json& json, const std::string& path, std::optional<ApiError>& error) {
  Members members(json, path, error);
  members.allow_only({"role", "content", "name", "tool_calls", "tool_call_id", "reasoning_content", "refusal", "audio",
                      "annotations"});
  if (members.find("role") == nullptr) members.fail("role", "is missing", "missing_required_parameter");
  const auto role = members.one_of("role", {"system", "developer", "user", "assistant", "tool"});
  ChatMessage message{
      .role = role_from(role.value_or("user")), .content = parse_content(members, path), .thinking = {}};
  members.text("name");
  const bool is_assistant = message.role == Role::kAssistant;
  if (is_assistant) {
    message.thinking = members.text("reasoning_content").value_or("");
    message.calls = parse_calls(members, path);
  } else if (members.find("tool_calls") != nullptr) {
    members.fail("tool_calls", "only an assistant's message has calls");
  }
  const bool may_lack_content = is_assistant && !message.calls.empty();
  if (members.find("content") == nullptr && !may_lack_content) {
    members.fail("content", "is missing", "missing_required_parameter");
  }
  if (message.role == Role::kTool) {
    message.call_id = members.require_text("tool_call_id");
  } else if (members.find("tool_call_id") != nullptr) {
    members.fail("tool_call_id", "only a tool's message has one");
  }
  return message;
}

// A result belongs to a call of the last assistant's message, with nothing but other results between, and comes once.
void check_results(const std::vector<ChatMessage>& messages, std::optional<ApiError>& error) {
  std::set<std::string> open;
  for (size_t i = 0; i < messages.size(); ++i) {
    const ChatMessage& message = messages[i];
    if (message.role != Role::kTool) {
      open.clear();
      for (const ToolCall& call : message.calls) open.insert(call.id);
    } else if (open.erase(message.call_id) == 0) {
      return fail_at(error, element_path("messages", i) + ".tool_call_id",
                     "must be the id of a call of the assistant's message just before, not answered yet");
    }
  }
}

}  // namespace

std::vector<ChatMessage> parse_messages(const Json& messages, std::optional<ApiError>& error) {
  std::vector<ChatMessage> result;
  if (messages.empty() || messages.size() > kMaxMessages) {
    fail_at(error, "messages", fmt::format("must have 1 to {} messages", kMaxMessages));
    return result;
  }
  for (size_t i = 0; i < messages.size() && !error; ++i) {
    result.push_back(parse_message(messages[i], element_path("messages", i), error));
  }
  if (!error) check_results(result, error);
  return result;
}

}  // namespace favilla

// See tool_words.h.
#include "model/chat/tool_words.h"

#include <utility>

#include "model/chat/chat_writer.h"

namespace favilla {
namespace {

std::string description_of(std::span<const ToolDefinition> tools) {
  std::string text = "You can call functions. Each line describes one:\n";
  for (const ToolDefinition& tool : tools) {
    Json line{{"name", tool.name}};
    if (!tool.description.empty()) line["description"] = tool.description;
    line["parameters"] = tool.parameters;
    text += to_spaced_json(line) + "\n";
  }
  return text +
         "To call a function, answer with nothing but one JSON object for each call:\n"
         "{\"name\": \"FUNCTION\", \"arguments\": {\"PARAMETER\": \"VALUE\"}}\n"
         "You are then told the result. If no function is needed, answer in plain words.";
}

std::string with_calls(const ChatMessage& message) {
  std::string text = message.content;
  for (const ToolCall& call : message.calls) {
    if (!text.empty()) text += "\n";
    text += call_json(call, "arguments");
  }
  return text;
}

// The name of the function whose result this is; empty when no call before it has its id.
std::string name_of(std::span<const ChatMessage> before, const std::string& call_id) {
  for (size_t i = before.size(); i-- > 0;) {
    for (const ToolCall& call : before[i].calls) {
      if (call.id == call_id) return call.name;
    }
  }
  return {};
}

}  // namespace

std::vector<ChatMessage> tools_in_words(std::span<const ChatMessage> messages, std::span<const ToolDefinition> tools) {
  std::vector<ChatMessage> words;
  bool after_result = false;
  for (size_t i = 0; i < messages.size(); ++i) {
    const ChatMessage& message = messages[i];
    ChatMessage plain{.role = message.role, .content = with_calls(message), .thinking = message.thinking};
    const bool is_result = message.role == Role::kTool;
    if (is_result) {
      const std::string name = name_of(messages.first(i), message.call_id);
      plain.role = Role::kUser;
      plain.content = (name.empty() ? "Result: " : "Result of " + name + ": ") + message.content;
    }
    if (after_result && plain.role == Role::kUser) {
      words.back().content += "\n" + plain.content;
    } else {
      words.push_back(std::move(plain));
    }
    after_result = is_result;
  }
  if (tools.empty()) return words;
  const bool has_system = !words.empty() && words.front().role == Role::kSystem;
  if (!has_system) words.insert(words.begin(), {.role = Role::kSystem, .content = {}, .thinking = {}});
  std::string& system = words.front().content;
  if (!system.empty()) system += "\n\n";
  system += description_of(tools);
  return words;
}

}  // namespace favilla

// Examples of tool calls, as data.py writes them: one JSON object a line, {"set", "messages": [{"role", "content"}],
// "tools": [{"name", "description", "parameters"}], "call": {"name", "arguments"}}. A call without arguments teaches
// its name only; the name "none" says that no function fits.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "model/model.h"

namespace favilla {

struct ToolExample {
  std::string set;  // where it comes from
  std::vector<ChatMessage> messages;
  std::vector<ToolDefinition> tools;
  ToolCall call;
  bool has_arguments = false;
};

// Errors name the line.
inline Result<ToolExample> read_tool_example(const std::string& line, size_t number) {
  const auto call_of = [](const Json& call) {
    return ToolCall{.id = "1",
                    .name = call.at("name").get<std::string>(),
                    .arguments = call.value("arguments", Json::object())};
  };
  try {
    const Json row = Json::parse(line);
    ToolExample example;
    example.set = row.value("set", "");
    for (const Json& said : row.at("messages")) {
      const std::string role = said.at("role").get<std::string>();
      ChatMessage message{.content = said.value("content", ""), .thinking = {}};
      message.role = role == "system"      ? Role::kSystem
                     : role == "assistant" ? Role::kAssistant
                     : role == "tool"      ? Role::kTool
                                           : Role::kUser;
      if (said.contains("call")) message.calls = {call_of(said.at("call"))};
      example.messages.push_back(std::move(message));
    }
    for (const Json& tool : row.at("tools")) {
      example.tools.push_back({.name = tool.at("name").get<std::string>(),
                               .description = tool.value("description", ""),
                               .parameters = tool.at("parameters")});
    }
    example.call = call_of(row.at("call"));
    example.has_arguments = row.at("call").contains("arguments");
    return example;
  } catch (const Json::exception& error) {
    return Error{ErrorKind::kInvalidArgument, "line " + std::to_string(number) + ": " + error.what()};
  }
}

}  // namespace favilla

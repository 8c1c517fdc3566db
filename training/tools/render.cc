// Examples as token ids: the prompt's bytes are the agent's own, so that an adapter is trained on what it will read.
//
//   render_tool_examples MODEL.gguf < examples.jsonl > tokens.jsonl
//
// A line in: {"messages": [{"role", "content"}], "tools": [{"name", "description", "parameters"}],
// "call": {"name", "arguments"}}. A line out: {"prompt": [ids], "answer": [ids]}; the answer ends with the token that
// ends a turn, or behind the name when the call has no arguments, which are then not learned. A line that is not of
// this form ends the run with its number.
#include <iostream>

#include "assistant/agent/tool_prompt.h"
#include "base/json.h"
#include "model/model.h"

namespace favilla {
namespace {

Role role_of(const std::string& name) {
  if (name == "system") return Role::kSystem;
  if (name == "assistant") return Role::kAssistant;
  return name == "tool" ? Role::kTool : Role::kUser;
}

ToolCall call_of(const Json& call) {
  return {.id = "1", .name = call.at("name").get<std::string>(), .arguments = call.value("arguments", Json::object())};
}

ChatMessage message_of(const Json& row) {
  ChatMessage message;
  message.role = role_of(row.at("role").get<std::string>());
  message.content = row.value("content", "");
  if (row.contains("call")) message.calls = {call_of(row.at("call"))};
  return message;
}

ToolDefinition tool_of(const Json& row) {
  ToolDefinition tool;
  tool.name = row.at("name").get<std::string>();
  tool.description = row.value("description", "");
  tool.parameters = row.at("parameters");
  return tool;
}

Result<Json> rendered(const Tokenizer& tokenizer, const ChatFormat* format, const Json& example) {
  std::vector<ToolDefinition> tools;
  for (const Json& tool : example.at("tools")) tools.push_back(tool_of(tool));
  std::vector<ChatMessage> messages;
  for (const Json& message : example.at("messages")) messages.push_back(message_of(message));
  const ToolPrompt prompt = TRY(render_tool_prompt(format, tools, messages));
  const ToolCall call = call_of(example.at("call"));
  const bool whole = example.at("call").contains("arguments");
  std::vector<TokenId> answer;
  const auto append = [&](const std::string& text, ControlTokens control) {
    const std::vector<TokenId> ids = tokenizer.encode(text, control);
    answer.insert(answer.end(), ids.begin(), ids.end());
  };
  std::vector<std::string> pieces = tool_answer_pieces(call);
  if (!whole) pieces.resize(1);
  for (const std::string& piece : pieces) append(piece, ControlTokens::kAsText);
  if (whole) append("<|im_end|>", ControlTokens::kParse);
  return Json{{"prompt", prompt.tokens(tokenizer, format)}, {"answer", answer}};
}

Result<void> run(const char* path) {
  const GgufFile file = TRY(GgufFile::open(path));
  const Tokenizer tokenizer = TRY(Tokenizer::load(file));
  const ChatFormat* format = find_chat_format(file.find_string("tokenizer.chat_template").value_or(""));
  std::string line;
  for (size_t number = 1; std::getline(std::cin, line); ++number) {
    try {
      const Json example = TRY(rendered(tokenizer, format, Json::parse(line)));
      std::cout << to_json_text(example) << '\n';
    } catch (const Json::exception& error) {
      return Error{ErrorKind::kInvalidArgument, "line " + std::to_string(number) + ": " + error.what()};
    }
  }
  return {};
}

}  // namespace
}  // namespace favilla

int main(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "usage: render_tool_examples MODEL.gguf < examples.jsonl > tokens.jsonl\n";
    return 2;
  }
  const favilla::Result<void> done = favilla::run(arguments[1]);
  if (done) return 0;
  std::cerr << done.error().message << '\n';
  return 1;
}

// SmolLM2: ChatML with a system message of its own where the conversation brings none. Functions are offered in the
// system text that the family's larger member was trained on.
#include <string>

#include "model/chat/chat_writer.h"
#include "model/chat/families.h"

namespace favilla {
namespace {

constexpr std::string_view kDefaultSystem = "You are a helpful AI assistant named SmolLM, trained by Hugging Face";

// Trained wording: every byte counts, the space before a line break too.
constexpr std::string_view kBeforeTools =
    "You are an expert in composing functions. You are given a question and a set of possible functions. \n"
    "Based on the question, you will need to make one or more function/tool calls to achieve the purpose. \n"
    "If none of the functions can be used, point it out and refuse to answer. \n"
    "If the given question lacks the parameters required by the function, also point it out.\n\n"
    "You have access to the following tools:\n<tools>";
constexpr std::string_view kAfterTools =
    "</tools>\n\n"
    "The output MUST strictly adhere to the following format, and NO other text MUST be included.\n"
    "The example format is as follows. Please make sure the parameter type is correct. If no function call is needed, "
    "please make the tool calls an empty list '[]'.\n"
    "<tool_call>[\n"
    "{\"name\": \"func_name1\", \"arguments\": {\"argument1\": \"value1\", \"argument2\": \"value2\"}},\n"
    "... (more tool calls as required)\n"
    "]</tool_call>";

std::string with_calls(const ChatMessage& message) {
  std::string text = message.content + (message.content.empty() ? "<tool_call>[" : "\n<tool_call>[");
  for (size_t i = 0; i < message.calls.size(); ++i) {
    text += (i == 0 ? "" : ", ") + call_json(message.calls[i], "arguments");
  }
  return text + "]</tool_call>";
}

// The conversation as ChatML can say it.
std::vector<ChatMessage> in_chatml(std::span<const ChatMessage> messages, std::span<const ToolDefinition> tools) {
  std::vector<ChatMessage> plain(messages.begin(), messages.end());
  for (ChatMessage& message : plain) {
    if (!message.calls.empty()) message.content = with_calls(message);
    if (message.role != Role::kTool || tools.empty()) continue;
    message.role = Role::kUser;
    message.content = "<tool_response>\n" + message.content + "\n</tool_response>";
  }
  if (tools.empty()) return plain;
  Json list = Json::array();
  for (const ToolDefinition& tool : tools) list.push_back(tool.whole);
  std::string system = std::string(kBeforeTools) + to_spaced_json(list) + std::string(kAfterTools);
  const bool has_system = !plain.empty() && plain.front().role == Role::kSystem;
  if (!has_system) plain.insert(plain.begin(), {.role = Role::kSystem, .content = {}, .thinking = {}});
  if (!plain.front().content.empty()) plain.front().content += "\n\n";
  plain.front().content += system;
  return plain;
}

Result<std::vector<ChatPart>> render(std::span<const ChatMessage> messages, const RenderOptions& options) {
  return render_chatml(in_chatml(messages, options.tools), options, kDefaultSystem);
}

}  // namespace

const ChatFormat kSmollm2Format{
    .name = "smollm2",
    .begins_with_bos = false,
    .render = render,
    .make_parser = make_plain_parser,
    .stop_strings = kChatmlStopStrings,
    .tools = {.kind = ToolSyntax::Kind::kTagged,
              .open = "<tool_call>[{\"name\": \"",
              .middle = "\", \"arguments\": ",
              .close = "}]</tool_call>",
              .native = true},
};

}  // namespace favilla

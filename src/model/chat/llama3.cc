// Llama 3: <|start_header_id|>ROLE<|end_header_id|>\n\nCONTENT<|eot_id|> per message, contents trimmed. From 3.1 on a
// system message with two dates always comes first. The template's <|begin_of_text|> is the tokenizer's matter.
#include "base/json.h"
#include "model/chat/chat_writer.h"
#include "model/chat/families.h"

namespace favilla {
namespace {

constexpr const char* kStopStrings[] = {"<|eot_id|>", "<|end_of_text|>", "<|start_header_id|>"};

// The date that the 3.1 template writes when nobody passes one (3.2 and 3.3 fall back to it). Not the real date: the
// head of the prompt must stay the same from day to day, or no cached prefix would survive midnight.
constexpr std::string_view kDates = "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n";

void open_turn(ChatWriter& out, std::string_view role) {
  out.markup("<|start_header_id|>").markup(role).markup("<|end_header_id|>\n\n");
}

void write_message(ChatWriter& out, std::string_view role, std::string_view content) {
  open_turn(out, role);
  out.content(content).markup("<|eot_id|>");
}

Result<std::vector<ChatPart>> render_llama3(std::span<const ChatMessage> messages, const RenderOptions& options) {
  ChatWriter out;
  for (const ChatMessage& message : messages) {
    write_message(out, role_name(message.role), trim_white_space(message.content));
  }
  if (options.add_generation_prompt) open_turn(out, "assistant");
  return std::move(out).take();
}

// The functions stand before the first message. From there on the template says nothing of them.
void write_tools(ChatWriter& out, std::span<const ToolDefinition> tools) {
  out.markup(
      "Given the following functions, please respond with a JSON for a function call with its proper arguments that "
      "best answers the given prompt.\n\n"
      "Respond in the format {\"name\": function name, \"parameters\": dictionary of argument name and its value}."
      "Do not use variables.\n\n");
  for (const ToolDefinition& tool : tools) {
    out.content(tool.whole.dump(4, ' ', false, Json::error_handler_t::replace)).markup("\n\n");
  }
}

Result<std::vector<ChatPart>> render_llama31(std::span<const ChatMessage> messages, const RenderOptions& options) {
  ChatWriter out;
  const bool has_system = !messages.empty() && messages.front().role == Role::kSystem;
  open_turn(out, "system");
  if (!options.tools.empty()) out.markup("Environment: ipython\n");
  out.markup(kDates);
  if (has_system) out.content(trim_white_space(messages.front().content));
  out.markup("<|eot_id|>");
  std::span<const ChatMessage> rest = messages.subspan(has_system ? 1 : 0);
  if (!options.tools.empty()) {
    if (rest.empty()) return Error{ErrorKind::kInvalidArgument, "functions need a first message of the user"};
    open_turn(out, "user");
    write_tools(out, options.tools);
    out.content(trim_white_space(rest.front().content)).markup("<|eot_id|>");
    rest = rest.subspan(1);
  }
  for (const ChatMessage& message : rest) {
    if (message.calls.size() > 1) {
      return Error{ErrorKind::kInvalidArgument, "Llama's format has one call in a message, not several"};
    }
    if (!message.calls.empty()) {
      write_message(out, "assistant", call_json(message.calls.front(), "parameters"));
    } else if (message.role == Role::kTool) {
      write_message(out, "ipython", to_json_text(message.content));  // the template passes results through tojson
    } else {
      write_message(out, role_name(message.role), trim_white_space(message.content));
    }
  }
  if (options.add_generation_prompt) open_turn(out, "assistant");
  return std::move(out).take();
}

}  // namespace

const ChatFormat kLlama3Format{
    .name = "llama3",
    .begins_with_bos = true,
    .render = render_llama3,
    .make_parser = make_plain_parser,
    .stop_strings = kStopStrings,
};

const ChatFormat kLlama31Format{
    .name = "llama3.1",
    .begins_with_bos = true,
    .render = render_llama31,
    .make_parser = make_plain_parser,
    .stop_strings = kStopStrings,
    .tools = {.kind = ToolSyntax::Kind::kJson, .middle = "\", \"parameters\": ", .native = true},
};

}  // namespace favilla

// Qwen: ChatML with default system messages (2, 2.5), tool results inside user turns (2.5, 3) and thinking (3).
#include <string>

#include "model/chat/chat_writer.h"
#include "model/chat/families.h"

namespace favilla {
namespace {

constexpr std::string_view kThinkEnd = "</think>";
constexpr std::string_view kToolResponse = "<tool_response>";
constexpr std::string_view kToolResponseEnd = "</tool_response>";

void open_turn(ChatWriter& out, Role role) {
  out.markup("<|im_start|>").markup(role_name(role)).markup("\n");
}

void close_turn(ChatWriter& out) {
  out.markup("<|im_end|>\n");
}

// A whole turn with its content as it is: Qwen trims nothing.
void write_message(ChatWriter& out, Role role, std::string_view content) {
  open_turn(out, role);
  out.content(content);
  close_turn(out);
}

// Neighbouring tool results share one user turn.
void write_tool_result(ChatWriter& out, std::span<const ChatMessage> messages, size_t index) {
  // Tool results are whoever answered the tool: content, never markup.
  const bool first = index == 0 || messages[index - 1].role != Role::kTool;
  const bool last = index + 1 == messages.size() || messages[index + 1].role != Role::kTool;
  if (first) out.markup("<|im_start|>user");
  out.markup("\n<tool_response>\n").content(messages[index].content).markup("\n</tool_response>");
  if (last) close_turn(out);
}

// The functions, at the end of the system text. Descriptions are whoever wrote them: content, never markup.
void write_tools(ChatWriter& out, std::span<const ToolDefinition> tools) {
  out.markup(
      "# Tools\n\nYou may call one or more functions to assist with the user query.\n\n"
      "You are provided with function signatures within <tools></tools> XML tags:\n<tools>");
  for (const ToolDefinition& tool : tools) out.markup("\n").content(to_spaced_json(tool.whole));
  out.markup(
      "\n</tools>\n\nFor each function call, return a json object with function name and arguments within "
      "<tool_call></tool_call> XML tags:\n<tool_call>\n{\"name\": <function-name>, \"arguments\": "
      "<args-json-object>}\n</tool_call>");
}

void write_call(ChatWriter& out, const ToolCall& call) {
  out.markup("<tool_call>\n").content(call_json(call, "arguments")).markup("\n</tool_call>");
}

Result<std::vector<ChatPart>> render_qwen2(std::span<const ChatMessage> messages, const RenderOptions& options) {
  return render_chatml(messages, options, "You are a helpful assistant.");
}

Result<std::vector<ChatPart>> render_qwen25(std::span<const ChatMessage> messages, const RenderOptions& options) {
  ChatWriter out;
  const bool has_system = !messages.empty() && messages.front().role == Role::kSystem;
  open_turn(out, Role::kSystem);
  out.content(has_system ? std::string_view(messages.front().content)
                         : "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.");
  if (!options.tools.empty()) write_tools(out.markup("\n\n"), options.tools);
  close_turn(out);
  for (size_t i = has_system ? 1 : 0; i < messages.size(); ++i) {
    if (messages[i].role == Role::kTool) {
      write_tool_result(out, messages, i);
    } else if (!messages[i].calls.empty()) {
      out.markup("<|im_start|>assistant");
      if (!messages[i].content.empty()) out.markup("\n").content(messages[i].content);
      for (const ToolCall& call : messages[i].calls) write_call(out.markup("\n"), call);
      close_turn(out);
    } else {
      write_message(out, messages[i].role, messages[i].content);
    }
  }
  if (options.add_generation_prompt) open_turn(out, Role::kAssistant);
  return std::move(out).take();
}

// The last message in which the user speaks, as opposed to a tool result dressed as a user message. Thinking that is
// older than it has served its purpose and is left out of the prompt.
size_t last_query_index(std::span<const ChatMessage> messages) {
  for (size_t i = messages.size(); i-- > 0;) {
    const std::string& content = messages[i].content;
    const bool tool_result = content.starts_with(kToolResponse) && content.ends_with(kToolResponseEnd);
    if (messages[i].role == Role::kUser && !tool_result) return i;
  }
  return messages.empty() ? 0 : messages.size() - 1;
}

struct Answer {
  std::string_view thinking;
  std::string_view content;
};

// A message's own thinking, or the one that somebody left inside its content. Every slice is the template's: the
// thinking ends before the first end tag and starts after its last "<think>", the answer starts after the last end tag.
Answer split_answer(const ChatMessage& message) {
  std::string_view content = message.content;
  if (!message.thinking.empty()) return {message.thinking, content};
  const size_t first_end = content.find(kThinkEnd);
  if (first_end == std::string_view::npos) return {{}, content};
  std::string_view thinking = content.substr(0, first_end);
  while (thinking.ends_with('\n')) thinking.remove_suffix(1);
  constexpr std::string_view kThink = "<think>";
  if (const size_t start = thinking.rfind(kThink); start != std::string_view::npos) {
    thinking.remove_prefix(start + kThink.size());
  }
  content.remove_prefix(content.rfind(kThinkEnd) + kThinkEnd.size());
  return {trim_leading_newlines(thinking), trim_leading_newlines(content)};
}

// An answer to the question at hand shows its thinking; older ones are the bare answer.
void write_answer(ChatWriter& out, const ChatMessage& message, bool after_last_query, bool is_last) {
  const Answer answer = split_answer(message);
  open_turn(out, Role::kAssistant);
  if (after_last_query && (is_last || !answer.thinking.empty())) {
    out.markup("<think>\n").content(trim_newlines(answer.thinking)).markup("\n</think>\n\n");
    out.content(trim_leading_newlines(answer.content));
  } else {
    out.content(answer.content);
  }
  for (size_t i = 0; i < message.calls.size(); ++i) {
    if (i > 0 || !answer.content.empty()) out.markup("\n");
    write_call(out, message.calls[i]);
  }
  close_turn(out);
}

Result<std::vector<ChatPart>> render_qwen3(std::span<const ChatMessage> messages, const RenderOptions& options) {
  ChatWriter out;
  const size_t last_query = last_query_index(messages);
  const bool has_system = !messages.empty() && messages.front().role == Role::kSystem;
  if (!options.tools.empty()) {
    open_turn(out, Role::kSystem);
    if (has_system) out.content(messages.front().content).markup("\n\n");
    write_tools(out, options.tools);
    close_turn(out);
  }
  for (size_t i = has_system && !options.tools.empty() ? 1 : 0; i < messages.size(); ++i) {
    const ChatMessage& message = messages[i];
    switch (message.role) {
      case Role::kSystem:
      case Role::kUser:
        write_message(out, message.role, message.content);
        break;
      case Role::kAssistant:
        write_answer(out, message, i > last_query, i + 1 == messages.size());
        break;
      case Role::kTool:
        write_tool_result(out, messages, i);
        break;
    }
  }
  if (options.add_generation_prompt) {
    open_turn(out, Role::kAssistant);
    // An empty, closed thinking block is how the model is told to answer at once.
    if (!options.enable_thinking) out.markup("<think>\n\n</think>\n\n");
  }
  return std::move(out).take();
}

}  // namespace

const ChatFormat kQwen2Format{
    .name = "qwen2",
    .begins_with_bos = false,
    .render = render_qwen2,
    .make_parser = make_plain_parser,
    .stop_strings = kChatmlStopStrings,
};

const ChatFormat kQwen25Format{
    .name = "qwen2.5",
    .begins_with_bos = false,
    .render = render_qwen25,
    .make_parser = make_plain_parser,
    .stop_strings = kChatmlStopStrings,
    .tools = kQwenTools,
};

const ChatFormat kQwen3Format{
    .name = "qwen3",
    .begins_with_bos = false,
    .render = render_qwen3,
    .make_parser = make_thinking_parser,
    .stop_strings = kChatmlStopStrings,
    .tools = kQwenTools,
};

}  // namespace favilla

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

Result<std::vector<ChatPart>> render_llama31(std::span<const ChatMessage> messages, const RenderOptions& options) {
  ChatWriter out;
  const bool has_system = !messages.empty() && messages.front().role == Role::kSystem;
  open_turn(out, "system");
  out.markup(kDates);
  if (has_system) out.content(trim_white_space(messages.front().content));
  out.markup("<|eot_id|>");
  for (const ChatMessage& message : messages.subspan(has_system ? 1 : 0)) {
    if (message.role == Role::kTool) {
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
};

}  // namespace favilla

// Gemma: two roles, "user" and "model", that take turns; the system message stands at the head of the first user turn.
// Contents are trimmed, as the template does. The template's <bos> is the tokenizer's matter (begins_with_bos).
#include <string>

#include "model/chat/chat_writer.h"
#include "model/chat/families.h"

namespace favilla {
namespace {

constexpr const char* kStopStrings[] = {"<end_of_turn>", "<start_of_turn>"};

Error order_error(size_t index, Role role) {
  return {ErrorKind::kInvalidArgument,
          "message " + std::to_string(index + 1) + " (" + std::string(role_name(role)) +
              ") is out of order: in Gemma's format user and assistant take turns after one "
              "optional system message"};
}

Result<std::vector<ChatPart>> render(std::span<const ChatMessage> messages, const RenderOptions& options) {
  ChatWriter out;
  const bool has_system = !messages.empty() && messages.front().role == Role::kSystem;
  const size_t first = has_system ? 1 : 0;
  for (size_t i = first; i < messages.size(); ++i) {
    const ChatMessage& message = messages[i];
    const bool user_is_due = (i - first) % 2 == 0;
    if (message.role != (user_is_due ? Role::kUser : Role::kAssistant)) return order_error(i, message.role);
    out.markup(user_is_due ? "<start_of_turn>user\n" : "<start_of_turn>model\n");
    if (has_system && i == first) out.content(messages.front().content).markup("\n\n");
    out.content(trim_white_space(message.content)).markup("<end_of_turn>\n");
  }
  if (options.add_generation_prompt) out.markup("<start_of_turn>model\n");
  return std::move(out).take();
}

}  // namespace

const ChatFormat kGemmaFormat{
    .name = "gemma",
    .begins_with_bos = true,
    .render = render,
    .make_parser = make_plain_parser,
    .stop_strings = kStopStrings,
};

}  // namespace favilla

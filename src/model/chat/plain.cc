// A conversation with a base model: "User: ..." and "Assistant: ...", a paragraph each, the system text before them.
#include "model/chat/chat_writer.h"
#include "model/chat/families.h"

namespace favilla {
namespace {

constexpr const char* kStopStrings[] = {"\nUser:", "\nAssistant:"};

Result<std::vector<ChatPart>> render(std::span<const ChatMessage> messages, const RenderOptions& options) {
  ChatWriter out;
  for (const ChatMessage& message : messages) {
    if (message.role == Role::kUser) out.markup("User: ");
    if (message.role == Role::kAssistant) out.markup("Assistant: ");
    if (message.role == Role::kTool) out.markup("Result: ");
    out.content(trim_white_space(message.content)).markup("\n\n");
  }
  if (options.add_generation_prompt) out.markup("Assistant:");
  return std::move(out).take();
}

}  // namespace

const ChatFormat kPlainFormat{
    .name = "plain",
    .begins_with_bos = false,
    .render = render,
    .make_parser = make_plain_parser,
    .stop_strings = kStopStrings,
};

}  // namespace favilla

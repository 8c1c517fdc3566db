// ChatML: <|im_start|>ROLE\nCONTENT<|im_end|>\n per message. Content is written as it is, white space included.
#include "model/chat/chat_writer.h"
#include "model/chat/families.h"

namespace favilla {
namespace {

void write_message(ChatWriter& out, Role role, std::string_view content) {
  out.markup("<|im_start|>").markup(role_name(role)).markup("\n");
  out.content(content).markup("<|im_end|>\n");
}

Result<std::vector<ChatPart>> render(std::span<const ChatMessage> messages, const RenderOptions& options) {
  return render_chatml(messages, options, {});
}

}  // namespace

Result<std::vector<ChatPart>> render_chatml(std::span<const ChatMessage> messages, const RenderOptions& options,
                                            std::string_view default_system) {
  ChatWriter out;
  if (!default_system.empty() && !messages.empty() && messages.front().role != Role::kSystem) {
    write_message(out, Role::kSystem, default_system);
  }
  for (const ChatMessage& message : messages) write_message(out, message.role, message.content);
  if (options.add_generation_prompt) out.markup("<|im_start|>assistant\n");
  return std::move(out).take();
}

const ChatFormat kChatmlFormat{
    .name = "chatml",
    .begins_with_bos = false,
    .render = render,
    .make_parser = make_plain_parser,
    .stop_strings = kChatmlStopStrings,
};

}  // namespace favilla

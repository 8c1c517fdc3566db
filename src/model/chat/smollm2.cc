// SmolLM2: ChatML with a system message of its own where the conversation brings none.
#include "model/chat/families.h"

namespace favilla {
namespace {

Result<std::vector<ChatPart>> render(std::span<const ChatMessage> messages, const RenderOptions& options) {
  return render_chatml(messages, options, "You are a helpful AI assistant named SmolLM, trained by Hugging Face");
}

}  // namespace

const ChatFormat kSmollm2Format{
    .name = "smollm2",
    .begins_with_bos = false,
    .render = render,
    .make_parser = make_plain_parser,
    .stop_strings = kChatmlStopStrings,
};

}  // namespace favilla

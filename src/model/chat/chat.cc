// The table of chat families and how a file's template is recognised.
#include "model/chat/chat.h"

#include <algorithm>
#include <array>

#include "model/chat/families.h"
#include "model/chat/tool_words.h"

namespace favilla {
namespace {

// A template belongs to the first family all of whose markers it contains, so the special ones stand before the
// general.
struct Family {
  const ChatFormat* format;
  std::array<std::string_view, 2> markers;
};

constexpr Family kFamilies[] = {
    {&kQwen3Format, {"<|im_start|>", "enable_thinking"}},
    {&kSmollm2Format, {"<|im_start|>", "named SmolLM, trained by Hugging Face"}},
    {&kQwen25Format, {"<|im_start|>", "You are Qwen, created by Alibaba Cloud."}},
    {&kQwen2Format, {"<|im_start|>", "You are a helpful assistant.<|im_end|>"}},
    {&kChatmlFormat, {"<|im_start|>", "<|im_end|>"}},
    {&kGemmaFormat, {"<start_of_turn>", "<end_of_turn>"}},
    {&kLlama31Format, {"<|start_header_id|>", "Cutting Knowledge Date"}},
    {&kLlama3Format, {"<|start_header_id|>", "<|eot_id|>"}},
};

}  // namespace

const ChatFormat* find_chat_format(std::string_view template_text) {
  for (const Family& family : kFamilies) {
    const bool all_present = std::all_of(family.markers.begin(), family.markers.end(), [&](std::string_view marker) {
      return template_text.find(marker) != std::string_view::npos;
    });
    if (all_present) return family.format;
  }
  return nullptr;
}

const ChatFormat* find_chat_format_by_name(std::string_view name) {
  for (const Family& family : kFamilies) {
    if (family.format->name == name) return family.format;
  }
  return nullptr;
}

const ChatFormat& plain_chat_format() {
  return kPlainFormat;
}

Result<std::vector<ChatPart>> render_with_tools(const ChatFormat& format, std::span<const ChatMessage> messages,
                                                const RenderOptions& options) {
  if (format.tools.native) return format.render(messages, options);
  const bool has_results = std::any_of(messages.begin(), messages.end(), [](const ChatMessage& message) {
    return message.role == Role::kTool || !message.calls.empty();
  });
  if (options.tools.empty() && !has_results) return format.render(messages, options);
  return format.render(tools_in_words(messages, options.tools), options);
}

}  // namespace favilla

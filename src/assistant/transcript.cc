// See transcript.h.
#include "assistant/transcript.h"

#include <fmt/format.h>

#include <algorithm>

namespace favilla {
namespace {

std::string_view heading(Role role) {
  switch (role) {
    case Role::kSystem:
      return "System";
    case Role::kUser:
      return "You";
    case Role::kAssistant:
      return "Assistant";
    case Role::kTool:
      return "Tool";
  }
  return "You";
}

std::string as_quotation(std::string_view text) {
  std::string quotation;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    quotation += fmt::format("> {}\n", text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return quotation;
}

}  // namespace

std::string to_markdown(std::span<const ChatMessage> messages, std::string_view model_name) {
  std::string document = fmt::format("# Conversation with {}\n", model_name);
  for (const ChatMessage& message : messages) {
    document += fmt::format("\n## {}\n\n", heading(message.role));
    if (!message.thinking.empty()) document += as_quotation(message.thinking) + "\n";
    document += message.content;
    if (!message.content.ends_with('\n')) document += '\n';
  }
  return document;
}

}  // namespace favilla

// Tools for families whose template has none: described in the system text, called by JSON, answered by the user.
//
//   format.render(tools_in_words(messages, tools), options);
//
// The functions stand one a line in the system text, with how to call them. A call is {"name": ..., "arguments":
// {...}}, one a line. Results are a user's message "Result of NAME: ..."; neighbouring ones, and what the user says
// after them, are one message, because some families let the roles only take turns.
#pragma once

#include <span>
#include <vector>

#include "model/chat/chat.h"

namespace favilla {

// The same conversation without tools, calls and tool results.
std::vector<ChatMessage> tools_in_words(std::span<const ChatMessage> messages, std::span<const ToolDefinition> tools);

}  // namespace favilla

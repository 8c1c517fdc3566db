// A conversation as a Markdown document.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "model/model.h"

namespace favilla {

// Contents are written as they are: an answer's own Markdown stays Markdown. Thinking becomes a quotation.
std::string to_markdown(std::span<const ChatMessage> messages, std::string_view model_name);

}  // namespace favilla

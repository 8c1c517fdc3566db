// Assembles a rendered prompt out of markup (ours, trusted) and content (anybody's, never control tokens).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/chat/chat.h"

namespace favilla {

// Neighbouring pieces of the same trust become one part; empty pieces vanish.
class ChatWriter {
 public:
  ChatWriter& markup(std::string_view text) { return append(text, ControlTokens::kParse); }
  ChatWriter& content(std::string_view text) { return append(text, ControlTokens::kAsText); }

  std::vector<ChatPart> take() && { return std::move(parts_); }

 private:
  ChatWriter& append(std::string_view text, ControlTokens control);

  std::vector<ChatPart> parts_;
};

// "system", "user", "assistant", "tool": the names that all families but Gemma write.
std::string_view role_name(Role role);

// JSON as Python's json.dumps writes it, which templates are made of: one space after ":" and ",", not ASCII only.
std::string to_spaced_json(const Json& value);

// {"name": "...", "MEMBER": {...}}; nothing in the name is escaped, as templates do.
std::string call_json(const ToolCall& call, std::string_view member);

// Without white space at both ends, as Jinja's `trim` (Python's str.strip) understands white space in Unicode.
std::string_view trim_white_space(std::string_view text);

// Python's lstrip("\n") and strip("\n").
std::string_view trim_leading_newlines(std::string_view text);
std::string_view trim_newlines(std::string_view text);

}  // namespace favilla

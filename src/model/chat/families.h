// The families that chat.cc lists, one file each, and what they share.
#pragma once

#include "model/chat/chat.h"

namespace favilla {

extern const ChatFormat kChatmlFormat;   // chatml.cc
extern const ChatFormat kSmollm2Format;  // smollm2.cc
extern const ChatFormat kQwen2Format;    // qwen.cc
extern const ChatFormat kQwen25Format;   // qwen.cc
extern const ChatFormat kQwen3Format;    // qwen.cc
extern const ChatFormat kGemmaFormat;    // gemma.cc
extern const ChatFormat kLlama3Format;   // llama3.cc
extern const ChatFormat kLlama31Format;  // llama3.cc
extern const ChatFormat kPlainFormat;    // plain.cc

// ChatML as SmolLM2 and Qwen2 use it: a conversation that does not begin with a system message gets `default_system`
// (none when empty; nothing is added to a conversation without messages).
Result<std::vector<ChatPart>> render_chatml(std::span<const ChatMessage> messages, const RenderOptions& options,
                                            std::string_view default_system);

// The calls as Qwen2.5 and Qwen3 write them.
inline constexpr ToolSyntax kQwenTools{.kind = ToolSyntax::Kind::kTagged,
                                       .open = "<tool_call>\n{\"name\": \"",
                                       .middle = "\", \"arguments\": ",
                                       .close = "}\n</tool_call>",
                                       .native = true};

// ChatML's markers as a model writes them when it means to end or to change the turn.
inline constexpr const char* kChatmlStopStrings[] = {"<|im_end|>", "<|im_start|>"};

// Families without thinking: everything is answer.
std::unique_ptr<ChatParser> make_plain_parser();

// <think> ... </think> before the answer (thinking_parser.cc).
std::unique_ptr<ChatParser> make_thinking_parser();

}  // namespace favilla

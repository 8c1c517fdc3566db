// The prompt that an agent's model reads. Adapters are trained on these bytes: a change here makes them worse.
//
//   ToolPrompt prompt = TRY(render_tool_prompt(format, tools, messages));
//   // ... <|im_start|>assistant\n{"name": "      and the model goes on with   get_weather", "arguments": {...}}
//
// The beginning depends on the functions only, so that a session keeps it. The conversation comes last: the owner's
// sentence alone, or a line for each message when there are several.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/model.h"

namespace favilla {

// What stands for "no function fits" where a name is expected.
inline constexpr std::string_view kNoTool = "none";

struct ToolPrompt {
  std::vector<ChatPart> parts;

  std::vector<TokenId> tokens(const Tokenizer& tokenizer, const ChatFormat* format) const;
};

// "get_weather(city, day?: date): The forecast for a day." A parameter without a type is a string. One line, whatever
// is in the definition.
std::string tool_signature(const ToolDefinition& tool);

// The conversation as the prompt has it.
std::string conversation_text(std::span<const ChatMessage> messages);

// `format` nullptr: a base model. Ends with `{"name": "`.
Result<ToolPrompt> render_tool_prompt(const ChatFormat* format, std::span<const ToolDefinition> tools,
                                      std::span<const ChatMessage> messages);

// What a model should answer behind the prompt, NAME", "arguments": {...}}, in the pieces that are tokenized one by
// one: the name, the beginning of the arguments, then a key and a value in turn, the end. Names and values are weighed
// as pieces, so adapters are trained on them.
std::vector<std::string> tool_answer_pieces(const ToolCall& call);
std::string tool_answer(const ToolCall& call);

// Of these, the pieces of the name, of a value and, behind `count` others, of a key.
std::string name_piece(const std::string& name);
std::string value_piece(const Json& value);
std::string key_piece(const std::string& key, size_t count);

}  // namespace favilla

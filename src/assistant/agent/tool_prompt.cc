// See tool_prompt.h.
#include "assistant/agent/tool_prompt.h"

#include <algorithm>

#include "assistant/conversation.h"
#include "base/foreign_text.h"

namespace favilla {
namespace {

constexpr size_t kMaxDescriptionBytes = 120;
constexpr size_t kMaxNoteBytes = 48;
constexpr size_t kMaxParameters = 12;
constexpr size_t kMaxMessages = 8;
constexpr size_t kMaxMessageBytes = 400;
constexpr size_t kMaxResultBytes = 240;

constexpr std::string_view kSystem =
    "You call functions. Choose the function that does what the user asks, and copy its arguments from the user's "
    "words. If no function fits, the name is \"none\".\n"
    "Example: with reserve_table(restaurant, people: integer, day?: date): Reserve a table.\n"
    "User: Four of us want to eat at Casa Rosa, can you get a table?\n"
    "{\"name\": \"reserve_table\", \"arguments\": {\"restaurant\": \"Casa Rosa\", \"people\": 4}}\n"
    "User: Who wrote the first novel?\n"
    "{\"name\": \"none\", \"arguments\": {}}\n"
    "Functions:\n";

constexpr std::string_view kAnswerBegin = "{\"name\": \"";

std::string text_member(const Json& json, const char* member) {
  const auto found = json.find(member);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// The type in a word or two: "string", "date-time", "a|b|c", "integer[]".
std::string type_word(const Json& schema, int depth = 0) {
  if (!schema.is_object() || depth > 3) return "any";
  if (const auto choices = schema.find("enum"); choices != schema.end() && choices->is_array()) {
    std::string text;
    for (const Json& choice : *choices) {
      if (text.size() > kMaxNoteBytes) return text + "|...";
      if (!text.empty()) text += '|';
      text += choice.is_string() ? choice.get<std::string>() : choice.dump();
    }
    return shown_line(text, 2 * kMaxNoteBytes);
  }
  if (const std::string format = text_member(schema, "format"); !format.empty()) return shown_line(format, 16);
  const std::string type = text_member(schema, "type");
  if (type == "array") {
    const auto items = schema.find("items");
    return (items == schema.end() ? "any" : type_word(*items, depth + 1)) + "[]";
  }
  return type.empty() ? "any" : shown_line(type, 16);
}

bool is_required(const Json& parameters, const std::string& name) {
  const auto required = parameters.find("required");
  return required != parameters.end() && required->is_array() &&
         std::find(required->begin(), required->end(), Json(name)) != required->end();
}

std::string message_line(const ChatMessage& message) {
  switch (message.role) {
    case Role::kSystem:
      return {};
    case Role::kTool:
      return "Result: " + shown_line(message.content, kMaxResultBytes) + "\n";
    case Role::kUser:
      return "User: " + shown_line(message.content, kMaxMessageBytes) + "\n";
    case Role::kAssistant:
      break;
  }
  std::string text;
  if (!message.content.empty()) text = "Assistant: " + shown_line(message.content, kMaxMessageBytes) + "\n";
  for (const ToolCall& call : message.calls) {
    text += "Call: " + shown_line(std::string(kAnswerBegin) + tool_answer(call), kMaxMessageBytes) + "\n";
  }
  return text;
}

}  // namespace

std::string tool_signature(const ToolDefinition& tool) {
  std::string text = tool.name + "(";
  size_t count = 0;
  const auto properties = tool.parameters.find("properties");
  if (properties != tool.parameters.end() && properties->is_object()) {
    for (const auto& [name, schema] : properties->items()) {
      if (count++ > 0) text += ", ";
      if (count > kMaxParameters) {
        text += "...";
        break;
      }
      text += shown_line(name, kMaxNoteBytes) + (is_required(tool.parameters, name) ? "" : "?");
      // Most are texts: leaving that out makes a prompt a tenth shorter.
      if (const std::string type = type_word(schema); type != "string") text += ": " + type;
    }
  }
  text += ")";
  const std::string description = shown_line(tool.description, kMaxDescriptionBytes);
  return description.empty() ? text : text + ": " + description;
}

std::string conversation_text(std::span<const ChatMessage> messages) {
  std::vector<const ChatMessage*> said;
  for (const ChatMessage& message : messages) {
    if (message.role != Role::kSystem) said.push_back(&message);
  }
  if (said.size() == 1) return shown_line(said.front()->content, 2 * kMaxMessageBytes);
  std::string text;
  const size_t first = said.size() - std::min(said.size(), kMaxMessages);
  for (size_t i = first; i < said.size(); ++i) text += message_line(*said[i]);
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

Result<ToolPrompt> render_tool_prompt(const ChatFormat* format, std::span<const ToolDefinition> tools,
                                      std::span<const ChatMessage> messages) {
  std::string instructions(kSystem);
  for (const ToolDefinition& tool : tools) instructions += tool_signature(tool) + "\n";
  instructions.pop_back();
  const ChatFormat& writer = format != nullptr ? *format : plain_chat_format();
  const std::vector<ChatMessage> turns = {
      {.role = Role::kSystem, .content = std::move(instructions), .thinking = {}},
      {.role = Role::kUser, .content = conversation_text(messages), .thinking = {}}};
  ToolPrompt prompt;
  prompt.parts = TRY(writer.render(turns, {.add_generation_prompt = true, .enable_thinking = false}));
  prompt.parts.push_back({.text = std::string(kAnswerBegin), .control = ControlTokens::kAsText});
  return prompt;
}

std::vector<TokenId> ToolPrompt::tokens(const Tokenizer& tokenizer, const ChatFormat* format) const {
  std::vector<TokenId> ids = first_ids(tokenizer, format);
  std::vector<TextPart> texts;
  for (const ChatPart& part : parts) texts.push_back({part.text, part.control});
  const std::vector<TokenId> rest = tokenizer.encode(texts);
  ids.insert(ids.end(), rest.begin(), rest.end());
  return ids;
}

std::string name_piece(const std::string& name) {
  return name + "\"";
}

std::string key_piece(const std::string& key, size_t count) {
  return (count > 0 ? ", " : "") + to_json_text(key) + ":";
}

std::string value_piece(const Json& value) {
  return " " + to_json_text(value);
}

std::vector<std::string> tool_answer_pieces(const ToolCall& call) {
  std::vector<std::string> pieces{name_piece(call.name), ", \"arguments\": {"};
  size_t count = 0;
  for (const auto& [key, value] : call.arguments.items()) {
    pieces.push_back(key_piece(key, count++));
    pieces.push_back(value_piece(value));
  }
  pieces.emplace_back("}}");
  return pieces;
}

std::string tool_answer(const ToolCall& call) {
  std::string text;
  for (const std::string& piece : tool_answer_pieces(call)) text += piece;
  return text;
}

}  // namespace favilla

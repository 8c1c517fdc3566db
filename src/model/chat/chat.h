// Chat formats: how a model family writes a conversation as text, and how its output is read back while it streams.
//
//   const ChatFormat* format = find_chat_format(template_text);     // from the GGUF's own template; nullptr: a base
//   model std::vector<ChatPart> parts = TRY(format->render(messages, {.add_generation_prompt = true}));
//   std::unique_ptr<ChatParser> parser = format->make_parser();
//   for (piece : generated) for (ChatDelta& delta : parser->feed(piece)) show(delta);
//
// A renderer is plain code per family, checked against the file's Jinja template run by another implementation.
// Renderers never write the beginning-of-sequence marker: whoever tokenizes adds it, once, as an id (see
// begins_with_bos).
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "model/tokenizer/tokenizer.h"

namespace favilla {

enum class Role { kSystem, kUser, kAssistant, kTool };

// A function that a model may ask for.
struct ToolDefinition {
  std::string name;
  std::string description;
  Json parameters = Json::object();  // JSON Schema of the arguments
  Json whole = Json::object();       // all of it as the caller wrote it, {"type": "function", "function": {...}}
};

struct ToolCall {
  std::string id;  // the caller's; no format writes it
  std::string name;
  Json arguments = Json::object();
};

struct ChatMessage {
  Role role = Role::kUser;
  std::string content;
  std::string thinking;              // reasoning that the assistant's message carried; families without it ignore it
  std::vector<ToolCall> calls = {};  // kAssistant: what it asked for
  std::string call_id = {};          // kTool: which call this is the result of
};

struct RenderOptions {
  bool add_generation_prompt = true;           // end with the opening of the assistant's turn
  bool enable_thinking = true;                 // Qwen3: false adds an empty thinking block
  std::span<const ToolDefinition> tools = {};  // see render_with_tools()
};

// A piece of the rendered prompt. Markup comes from us and may hold control tokens; content never does.
struct ChatPart {
  std::string text;
  ControlTokens control = ControlTokens::kAsText;
};

struct ChatDelta {
  enum class Kind { kText, kThinking, kCall };
  Kind kind = Kind::kText;
  std::string text;
  ToolCall call = {};  // kCall: a whole call, without id
};

// Splits generated text into answer, thinking and calls while it streams. Tags may arrive cut at any byte; what comes
// out, joined by kind, does not depend on where the text was cut.
class ChatParser {
 public:
  virtual ~ChatParser() = default;
  virtual std::vector<ChatDelta> feed(std::string_view text) = 0;
  virtual std::vector<ChatDelta> finish() = 0;  // what was held back
};

// How a family writes a call: open, the name, middle, the arguments, close. Text that is given to a model so that only
// name and arguments are left to say.
struct ToolSyntax {
  enum class Kind {
    kTagged,  // <tool_call>JSON</tool_call> anywhere in the answer
    kJson,    // the answer is one JSON object after the other
  };
  Kind kind = Kind::kJson;
  const char* open = "{\"name\": \"";
  const char* middle = "\", \"arguments\": ";
  const char* close = "}";
  bool native = false;  // the family's template has tools: its renderer writes them
};

// One family. The table of all families is in chat.cc.
struct ChatFormat {
  const char* name;  // "chatml", "smollm2", "qwen2", "qwen2.5", "qwen3", "gemma", "llama3", "llama3.1"
  // The family's template starts with bos_token: a prompt needs the id even where the file forgot to set add_bos.
  bool begins_with_bos;
  // kInvalidArgument when a role cannot be expressed (a system message in the middle for Gemma, for example).
  Result<std::vector<ChatPart>> (*render)(std::span<const ChatMessage> messages, const RenderOptions& options);
  std::unique_ptr<ChatParser> (*make_parser)();
  // Text that ends a turn in case the model writes it as plain text; the control tokens are the tokenizer's matter.
  std::span<const char* const> stop_strings;
  ToolSyntax tools = {};
};

// By markers in the file's chat template; nullptr when the template is absent or of no known family (a base model).
const ChatFormat* find_chat_format(std::string_view template_text);
const ChatFormat* find_chat_format_by_name(std::string_view name);

// For a base model: "User: ...", "Assistant: ...", a paragraph each. No template says so, but such text is common.
const ChatFormat& plain_chat_format();

// Renders a conversation that may have tools, calls and their results, in the family's own way. Families whose template
// has none get the general one of tool_words.h in the system text. kInvalidArgument as for render.
Result<std::vector<ChatPart>> render_with_tools(const ChatFormat& format, std::span<const ChatMessage> messages,
                                                const RenderOptions& options);

// A parser that also reads calls of the functions `names`, given these were offered. What looks like a call and is
// none, because it is cut short, is not JSON, or asks for another function, is text.
std::unique_ptr<ChatParser> make_tool_parser(const ChatFormat& format, std::vector<std::string> names);

}  // namespace favilla

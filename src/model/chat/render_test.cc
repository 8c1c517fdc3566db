// Every renderer against the family's Jinja template run by jinja2 (tests/golden/chat/make_golden.py).
#include <gtest/gtest.h>

#include <algorithm>

#include "base/base.h"
#include "model/chat/chat.h"

namespace favilla {
namespace {

struct Dialogue {
  std::string name;
  std::vector<ChatMessage> messages;
  std::vector<ToolDefinition> tools;
  RenderOptions options;
  std::optional<std::string> expected;  // absent: the template refuses the dialogue
};

Role role_from(std::string_view name) {
  if (name == "system") return Role::kSystem;
  if (name == "user") return Role::kUser;
  return name == "tool" ? Role::kTool : Role::kAssistant;
}

std::vector<ToolCall> calls_from(const Json& message) {
  std::vector<ToolCall> calls;
  for (const Json& call : message.value("tool_calls", Json::array())) {
    const Json& function = call.at("function");
    calls.push_back({.id = call.at("id"), .name = function.at("name"), .arguments = function.at("arguments")});
  }
  return calls;
}

// With the tools of the dialogue, which must outlive what is returned.
RenderOptions options_of(const Dialogue& dialogue) {
  RenderOptions options = dialogue.options;
  options.tools = dialogue.tools;
  return options;
}

std::vector<Dialogue> load_dialogues(const std::string& family) {
  const std::string path = std::string(FAVILLA_SOURCE_DIR) + "/tests/golden/chat/" + family + ".jsonl";
  Result<std::string> text = read_file(path);
  EXPECT_TRUE(text.has_value()) << path;
  std::vector<Dialogue> dialogues;
  if (!text) return dialogues;
  std::string_view rest = *text;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const Json line = parse_json(rest.substr(0, end)).value();
    rest.remove_prefix(std::min(end + 1, rest.size()));
    Dialogue dialogue;
    dialogue.name = line.at("name");
    dialogue.options.add_generation_prompt = line.at("add_generation_prompt");
    dialogue.options.enable_thinking = line.at("enable_thinking");
    for (const Json& message : line.at("messages")) {
      dialogue.messages.push_back({.role = role_from(message.at("role").get<std::string>()),
                                   .content = message.at("content"),
                                   .thinking = message.value("thinking", ""),
                                   .calls = calls_from(message)});
    }
    for (const Json& tool : line.value("tools", Json::array()))
      dialogue.tools.push_back({.name = {}, .description = {}, .whole = tool});
    if (line.contains("render")) dialogue.expected = line.at("render");
    dialogues.push_back(std::move(dialogue));
  }
  return dialogues;
}

std::string joined(const std::vector<ChatPart>& parts, std::optional<ControlTokens> only = std::nullopt) {
  std::string text;
  for (const ChatPart& part : parts) {
    if (!only || part.control == *only) text += part.text;
  }
  return text;
}

class ChatRenderer : public testing::TestWithParam<const char*> {
 protected:
  const ChatFormat* format = find_chat_format_by_name(GetParam());
  std::vector<Dialogue> dialogues = load_dialogues(GetParam());
};

TEST_P(ChatRenderer, writes_what_the_template_writes) {
  ASSERT_NE(format, nullptr);
  ASSERT_GE(dialogues.size(), 40u);
  for (const Dialogue& dialogue : dialogues) {
    SCOPED_TRACE(dialogue.name);
    Result<std::vector<ChatPart>> parts = format->render(dialogue.messages, options_of(dialogue));
    ASSERT_EQ(parts.has_value(), dialogue.expected.has_value());
    if (!parts) {
      EXPECT_EQ(parts.error().kind, ErrorKind::kInvalidArgument);
      continue;
    }
    EXPECT_EQ(joined(*parts), *dialogue.expected);
  }
}

// The trusted parts must not depend on what anybody wrote: swapping the character that starts every control token for a
// harmless one in all contents leaves them as they are.
TEST_P(ChatRenderer, never_lets_content_into_a_trusted_part) {
  for (Dialogue& dialogue : dialogues) {
    SCOPED_TRACE(dialogue.name);
    // A content that is wholly a tool response, or holds the end of thinking, changes the structure on purpose.
    const bool structural = std::any_of(dialogue.messages.begin(), dialogue.messages.end(), [](const ChatMessage& m) {
      return m.content.starts_with("<tool_response>") || m.content.find("</think>") != std::string::npos;
    });
    Result<std::vector<ChatPart>> parts = format->render(dialogue.messages, options_of(dialogue));
    if (structural || !parts) continue;
    for (ChatMessage& message : dialogue.messages) {
      std::replace(message.content.begin(), message.content.end(), '<', '(');
      std::replace(message.thinking.begin(), message.thinking.end(), '<', '(');
    }
    Result<std::vector<ChatPart>> harmless = format->render(dialogue.messages, options_of(dialogue));
    ASSERT_TRUE(harmless.has_value());
    EXPECT_EQ(joined(*parts, ControlTokens::kParse), joined(*harmless, ControlTokens::kParse));
  }
}

TEST_P(ChatRenderer, never_writes_the_beginning_of_sequence_marker) {
  const std::vector<ChatMessage> messages{{.role = Role::kUser, .content = "Hello", .thinking = {}}};
  const std::string text = joined(format->render(messages, {}).value());
  EXPECT_EQ(text.find("<bos>"), std::string::npos);
  EXPECT_EQ(text.find("<|begin_of_text|>"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Families, ChatRenderer,
                         testing::Values("chatml", "smollm2", "qwen2", "qwen2.5", "qwen3", "gemma", "llama3",
                                         "llama3.1"),
                         [](const testing::TestParamInfo<const char*>& family) {
                           std::string name = family.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

TEST(ChatRenderer, keeps_an_older_turn_byte_for_byte_when_the_conversation_grows) {
  const ChatFormat* format = find_chat_format_by_name("smollm2");
  std::vector<ChatMessage> messages{{.role = Role::kUser, .content = "Hello ", .thinking = {}}};
  std::string before = joined(format->render(messages, {}).value());
  for (const char* answer : {"Hi!", " \n", "", "<|im_end|>"}) {
    messages.push_back({.role = Role::kAssistant, .content = answer, .thinking = {}});
    messages.push_back({.role = Role::kUser, .content = "And?", .thinking = {}});
    const std::string after = joined(format->render(messages, {}).value());
    EXPECT_TRUE(after.starts_with(before + answer));
    before = after;
  }
}

TEST(ChatRenderer, says_which_message_gemma_cannot_express) {
  const ChatFormat* format = find_chat_format_by_name("gemma");
  const std::vector<ChatMessage> messages{{.role = Role::kUser, .content = "One", .thinking = {}},
                                          {.role = Role::kSystem, .content = "Two", .thinking = {}}};
  Result<std::vector<ChatPart>> parts = format->render(messages, {});
  ASSERT_FALSE(parts.has_value());
  EXPECT_EQ(parts.error().kind, ErrorKind::kInvalidArgument);
  EXPECT_NE(parts.error().message.find("message 2 (system)"), std::string::npos);
}

}  // namespace
}  // namespace favilla

// Which family a template belongs to.
#include "model/chat/chat.h"

#include <gtest/gtest.h>

#include "base/file.h"

namespace favilla {
namespace {

std::string name_of(std::string_view template_text) {
  const ChatFormat* format = find_chat_format(template_text);
  return format == nullptr ? "none" : format->name;
}

TEST(ChatFormats, are_found_by_the_markers_in_the_template) {
  for (const char* name : {"chatml", "qwen2", "qwen2.5", "qwen3", "gemma", "llama3", "llama3.1"}) {
    const std::string path = std::string(FAVILLA_SOURCE_DIR) + "/tests/golden/chat/templates/" + name + ".jinja";
    Result<std::string> text = read_file(path);
    ASSERT_TRUE(text.has_value()) << path;
    EXPECT_EQ(name_of(*text), name);
  }
  EXPECT_EQ(
      name_of(
          "{{ '<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>' }}"),
      "smollm2");
}

TEST(ChatFormats, are_absent_for_a_base_model_and_an_unknown_family) {
  EXPECT_EQ(find_chat_format(""), nullptr);
  EXPECT_EQ(find_chat_format("{% for m in messages %}[INST] {{ m.content }} [/INST]{% endfor %}"), nullptr);
}

TEST(ChatFormats, are_found_by_name) {
  EXPECT_STREQ(find_chat_format_by_name("gemma")->name, "gemma");
  EXPECT_EQ(find_chat_format_by_name("nobody"), nullptr);
}

TEST(ChatFormats, end_a_turn_at_their_own_marker_written_as_text) {
  const auto stops_at = [](const char* family, std::string_view marker) {
    for (const char* stop : find_chat_format_by_name(family)->stop_strings) {
      if (stop == marker) return true;
    }
    return false;
  };
  EXPECT_TRUE(stops_at("smollm2", "<|im_end|>"));
  EXPECT_TRUE(stops_at("qwen3", "<|im_end|>"));
  EXPECT_TRUE(stops_at("gemma", "<end_of_turn>"));
  EXPECT_TRUE(stops_at("llama3", "<|eot_id|>"));
}

}  // namespace
}  // namespace favilla

#include "assistant/transcript.h"

#include <gtest/gtest.h>

namespace favilla {
namespace {

TEST(Transcript, is_a_markdown_document_with_one_heading_per_message) {
  const std::vector<ChatMessage> messages{{.role = Role::kSystem, .content = "Be brief.", .thinking = {}},
                                          {.role = Role::kUser, .content = "6 * 7?\n", .thinking = {}},
                                          {.role = Role::kAssistant, .content = "**42**", .thinking = "six\n\nseven"}};
  EXPECT_EQ(to_markdown(messages, "tiny"),
            "# Conversation with tiny\n"
            "\n## System\n\nBe brief.\n"
            "\n## You\n\n6 * 7?\n"
            "\n## Assistant\n\n> six\n> \n> seven\n\n**42**\n");
}

TEST(Transcript, of_an_empty_conversation_is_a_title) {
  EXPECT_EQ(to_markdown({}, "tiny"), "# Conversation with tiny\n");
}

}  // namespace
}  // namespace favilla

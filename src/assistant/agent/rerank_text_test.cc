// The bytes that the reranker reads are those that it was trained on.
#include "assistant/agent/rerank_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace favilla {
namespace {

ChatMessage message(Role role, std::string content) {
  ChatMessage made;
  made.role = role;
  made.content = std::move(content);
  return made;
}

ToolDefinition tool(std::string name, std::string description, const char* parameters) {
  return {.name = std::move(name), .description = std::move(description), .parameters = Json::parse(parameters)};
}

TEST(RerankText, AFunctionIsItsWordsItsDescriptionAndWhatItTakes) {
  const char* parameters = R"({"type": "object", "required": ["player", "volumePercent"], "properties": {
      "player": {"type": "string"}, "volumePercent": {"type": "integer"},
      "curve": {"enum": ["linear", "log"]}, "fade_in": {"type": "boolean"}}})";
  EXPECT_EQ(rerank_function(tool("setPlayerVolume", "Sets how loud a player is.", parameters)),
            "set player volume: Sets how loud a player is.; takes player, volume percent; "
            "may take curve (linear|log), fade in");
  EXPECT_EQ(rerank_function(tool("list_players", "", R"({"type": "object", "properties": {}})")), "list players");
  EXPECT_EQ(rerank_function(tool("\xC3\xA9t\xC3\xA9", "", "null")), "\xC3\xA9t\xC3\xA9");
}

TEST(RerankText, ARequestIsTheEndOfWhatWasSaid) {
  EXPECT_EQ(rerank_request(std::vector{message(Role::kSystem, "You help."), message(Role::kUser, "louder\nplease")}),
            "louder please");
  const std::vector talk = {message(Role::kUser, "louder"), message(Role::kAssistant, "Which player?"),
                            message(Role::kUser, "the kitchen")};
  EXPECT_EQ(rerank_request(talk), "User: louder\nAssistant: Which player?\nUser: the kitchen");
  std::string words;
  for (int i = 0; i < 200; ++i) words += "\xC3\xA9";
  const std::string cut = rerank_request(std::vector{message(Role::kUser, words)});
  EXPECT_LE(cut.size(), 280U);
  EXPECT_TRUE(words.ends_with(cut));
  EXPECT_TRUE(cut.starts_with("\xC3\xA9")) << "no half of a code point";
}

}  // namespace
}  // namespace favilla

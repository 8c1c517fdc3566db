// What an argument reader reads, and what its scores say of spans.
#include "assistant/agent/argument_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "assistant/agent/argument_reader.h"

namespace favilla {
namespace {

using testing::ElementsAre;
using testing::Le;

const std::filesystem::path kModel = std::filesystem::path(FAVILLA_SOURCE_DIR) / "tests/golden/models/bert-mean.gguf";

class ArgumentTextTest : public testing::Test {
 protected:
  Said said(const std::vector<ChatMessage>& messages) const {
    return Said(messages, entities_, {LocalSeconds{}, TimeZone::of_this_machine()});
  }

  Tokenizer tokenizer_ = std::move(Tokenizer::load(GgufFile::open(kModel).value())).value();
  EntityFinder entities_ = std::move(EntityFinder::load()).value();
};

TEST_F(ArgumentTextTest, TheQuestionNamesFunctionAndParameter) {
  const ToolDefinition tool{.name = "addReminder", .description = "", .parameters = Json::object()};
  EXPECT_EQ(argument_question(tool, make_parameter("due_date", {{"type", "string"}}, true)), "add reminder: due date");
  const Json schema = {{"type", "string"}, {"description", "what to do"}};
  EXPECT_EQ(argument_question(tool, make_parameter("text", schema, true)), "add reminder: text, what to do");
}

TEST_F(ArgumentTextTest, EachWordHasItsTokensInTheOrderOfTheConversation) {
  const std::vector<ChatMessage> messages = {
      {.content = "book a table", .thinking = {}},
      {.role = Role::kAssistant, .content = "For when?", .thinking = {}},
      {.content = "Friday, at seven!", .thinking = {}},
  };
  const Said conversation = said(messages);
  const ArgumentText text(tokenizer_, conversation);
  size_t begin = 0;
  const std::vector<TokenId> ids = text.tokens("book: time", begin);
  std::vector<std::string> words;
  for (const ReadWord& word : text.words()) {
    const SaidText& source = conversation.texts()[word.source];
    words.push_back(source.span(word.index, word.index));
    // Its tokens are those of the word alone.
    const std::vector<TokenId> own = tokenizer_.encode(words.back(), ControlTokens::kAsText);
    ASSERT_EQ(word.last_token - word.first_token + 1, own.size());
    for (size_t i = 0; i < own.size(); ++i) EXPECT_EQ(ids[begin + word.first_token + i], own[i]);
  }
  EXPECT_THAT(words, ElementsAre("book", "a", "table", "Friday", "at", "seven"));
}

TEST_F(ArgumentTextTest, LongTextsAreCut) {
  std::string long_text;
  for (int i = 0; i < 2000; ++i) long_text += "word ";
  const std::vector<ChatMessage> messages = {{.content = long_text, .thinking = {}},
                                             {.content = "the newest " + long_text, .thinking = {}}};
  const Said conversation = said(messages);
  const ArgumentText text(tokenizer_, conversation);
  size_t begin = 0;
  EXPECT_THAT(text.tokens(long_text, begin).size(), Le(512U));
  ASSERT_FALSE(text.words().empty());
  EXPECT_EQ(text.words().front().source, 0U);  // the newest
  EXPECT_EQ(text.words().front().index, 0U);
}

TEST(ArgumentReading, TheBestSpanLiesInOneTextAndIsNotTooLong) {
  ArgumentReading reading;
  reading.words = {{1, 0, 9, -9}, {0, 0, -9, 9}, {0, 1, 3, -2}, {0, 2, -1, 4}, {0, 3, -5, 4.5}};
  const ArgumentReading::Span best = reading.best(2);
  EXPECT_EQ(best.source, 0U);
  EXPECT_EQ(best.first, 1U);
  EXPECT_EQ(best.last, 2U);
  EXPECT_EQ(best.score, 7);
  EXPECT_EQ(reading.best(3).last, 3U);
  EXPECT_EQ(ArgumentReading().best(3).score, -ArgumentReading::kNeverMeant);
}

}  // namespace
}  // namespace favilla

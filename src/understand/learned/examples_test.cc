#include "understand/learned/examples.h"

#include <gtest/gtest.h>

namespace favilla {
namespace {

TEST(Examples, CountCodePoints) {
  const auto examples = parse_examples(
      "{\"text\":\"caf\xC3\xA9 at six\",\"intent\":\"a\",\"entities\":[{\"start\":8,\"end\":11,\"value\":\"six\","
      "\"entity\":\"time\"}]}\n");
  ASSERT_TRUE(examples) << examples.error().message;
  const MarkedEntity& entity = examples->front().entities.front();
  EXPECT_EQ(examples->front().text.substr(entity.begin, entity.end - entity.begin), "six");
}

TEST(Examples, CountBytesWhereOnlyThatFitsTheValue) {
  const auto examples = parse_examples(
      "{\"text\":\"caf\xC3\xA9 at six\",\"intent\":\"a\",\"entities\":[{\"start\":9,\"end\":12,\"value\":\"six\","
      "\"entity\":\"time\"}]}");
  ASSERT_TRUE(examples) << examples.error().message;
  EXPECT_EQ(examples->front().entities.front().begin, 9U);
}

TEST(Examples, MayBeOutOfScope) {
  const auto examples = parse_examples(
      "{\"text\":\"a\",\"intent\":null}\n\n{\"text\":\"b\",\"intent\":\"oos\"}\n{\"text\":\"c\",\"intent\":\"x\"}");
  ASSERT_TRUE(examples) << examples.error().message;
  ASSERT_EQ(examples->size(), 3U);
  EXPECT_EQ((*examples)[0].intent, "");
  EXPECT_EQ((*examples)[1].intent, "");
  EXPECT_EQ((*examples)[2].intent, "x");
}

TEST(Examples, KeepTheFirstOfOverlappingEntities) {
  const auto examples =
      parse_examples(R"({"text":"new york","intent":"a","entities":[{"start":0,"end":8,"entity":"city"},)"
                     R"({"start":4,"end":8,"entity":"county"}]})");
  ASSERT_TRUE(examples) << examples.error().message;
  ASSERT_EQ(examples->front().entities.size(), 1U);
  EXPECT_EQ(examples->front().entities.front().kind, "city");
}

struct BadLine {
  const char* line;
  const char* complaint;
};

TEST(Examples, ThatAreWrongAreNamedByTheirLine) {
  constexpr BadLine kBad[] = {
      {"{", "line 2"},
      {"[]", "line 2: not an object"},
      {R"({"intent":"a"})", "line 2: \"text\" must be a text"},
      {R"({"text":"a"})", "line 2: \"intent\" must be a text"},
      {R"({"text":"a","intent":"b","entities":7})", "line 2: \"entities\" must be a list"},
      {R"({"text":"a","intent":"b","entities":[{"start":0,"end":9,"entity":"c"}]})", "line 2: the entity \"c\""},
      {R"({"text":"a","intent":"b","entities":[{"start":1,"end":1,"entity":"c"}]})", "line 2: the entity \"c\""},
      {R"({"text":"a","intent":"b","entities":[{"start":-1,"end":1,"entity":"c"}]})", "line 2: an entity's \"start\""},
  };
  for (const BadLine& bad : kBad) {
    const auto examples = parse_examples(std::string("{\"text\":\"x\",\"intent\":\"y\"}\n") + bad.line);
    ASSERT_FALSE(examples) << bad.line;
    EXPECT_EQ(examples.error().message.find(bad.complaint), 0U) << examples.error().message;
  }
}

TEST(Examples, HaveALengthLimit) {
  const std::string text(ExampleLimits::kLongestText + 1, 'a');
  const auto examples = parse_examples("{\"text\":\"" + text + "\",\"intent\":\"y\"}");
  ASSERT_FALSE(examples);
  EXPECT_EQ(examples.error().kind, ErrorKind::kExhausted);
}

}  // namespace
}  // namespace favilla

#include "understand/learned/teach.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "understand/learned/test_sentences.h"

namespace favilla {
namespace {

IntentModel taught() {
  Result<IntentModel> model = teach(test_sentences(), {});
  EXPECT_TRUE(model) << model.error().message;
  return std::move(*model);
}

std::span<const std::byte> view(const std::string& bytes) {
  return std::as_bytes(std::span(bytes));
}

TEST(Teach, UnderstandsSentencesThatItHasNotSeen) {
  const IntentModel model = taught();
  const auto lights = model.understand("please turn off the lights in the kitchen");
  ASSERT_TRUE(lights);
  EXPECT_EQ(lights->intent, "lights_off");
  ASSERT_EQ(lights->entities.size(), 1U);
  EXPECT_EQ(lights->entities[0].kind, "room");
  EXPECT_EQ(lights->entities[0].value, "kitchen");
  const auto alarm = model.understand("Wake me up at quarter past six");
  ASSERT_TRUE(alarm);
  EXPECT_EQ(alarm->intent, "alarm_set");
  EXPECT_GT(alarm->score, 0.5);
  EXPECT_TRUE(alarm->in_scope);
}

TEST(Teach, TakesSeveralWordsAsOneEntity) {
  const auto result = taught().understand("i want to hear Nina Simone songs");
  ASSERT_TRUE(result);
  ASSERT_EQ(result->entities.size(), 1U);
  EXPECT_EQ(result->entities[0].value, "Nina Simone");
  EXPECT_EQ(result->entities[0].begin, 15U);
}

TEST(Teach, KnowsWhatIsOutOfScope) {
  const auto result = taught().understand("what do you think about elephants");
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->in_scope);
}

TEST(Teach, GivesTheSameModelWithAnyNumberOfThreads) {
  const auto one = teach(test_sentences(), {.threads = 1});
  const auto three = teach(test_sentences(), {.threads = 3});
  ASSERT_TRUE(one && three);
  EXPECT_TRUE(one->bytes() == three->bytes());
}

TEST(Teach, NeedsAnIntent) {
  EXPECT_EQ(teach({}, {}).error().kind, ErrorKind::kInvalidArgument);
  const std::vector<Example> only_chat(3, Example{"hello there", "", {}});
  EXPECT_EQ(teach(only_chat, {}).error().kind, ErrorKind::kInvalidArgument);
}

TEST(Teach, LearnsFromOneSentence) {
  const std::vector<Example> one{{"movie time", "movies", {}}};
  const auto model = teach(one, {});
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->understand("movie time")->intent, "movies");
  EXPECT_EQ(model->understand("")->intent, "movies");
}

TEST(Teach, StopsWhenCancelled) {
  CancelFlag cancel;
  cancel.request();
  const auto model = teach(test_sentences(), {.cancel = &cancel});
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().kind, ErrorKind::kCancelled);
}

// Two numbers that tell alarms from the rest, whatever the words.
Result<std::vector<float>> tells_alarms(std::string_view sentence) {
  const bool alarm = sentence.find("wake") != sentence.npos || sentence.find("alarm") != sentence.npos ||
                     sentence.find("get up") != sentence.npos || sentence == "qwertz";
  return std::vector<float>{alarm ? 1.0F : 0.0F, alarm ? 0.0F : 1.0F};
}

TEST(Teach, AsksTheEmbedderOnlyWhereWordsAreUnsure) {
  const auto model = teach(test_sentences(), {.embedder = tells_alarms});
  ASSERT_TRUE(model) << model.error().message;
  const auto unknown_word = model->understand("qwertz", tells_alarms);
  ASSERT_TRUE(unknown_word);
  EXPECT_TRUE(unknown_word->used_embedder);
  EXPECT_EQ(unknown_word->intent, "alarm_set");
  EXPECT_FALSE(model->understand("qwertz")->used_embedder);
}

TEST(Teach, RefusesVectorsOfAnotherWidth) {
  const auto model = teach(test_sentences(), {.embedder = tells_alarms});
  ASSERT_TRUE(model);
  const auto result = model->understand(
      "qwertz", [](std::string_view) -> Result<std::vector<float>> { return std::vector<float>(3, 1.0F); });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kInvalidArgument);
}

TEST(IntentModel, SaysTheSameAfterItsFileIsRead) {
  const IntentModel model = taught();
  const auto again = IntentModel::parse(view(model.bytes()));
  ASSERT_TRUE(again) << again.error().message;
  for (const Example& example : test_sentences()) {
    const auto before = model.understand(example.text);
    const auto after = again->understand(example.text);
    EXPECT_EQ(before->intent, after->intent);
    EXPECT_EQ(before->score, after->score);
    EXPECT_EQ(before->entities.size(), after->entities.size());
  }
}

TEST(IntentModel, RefusesACutFile) {
  const std::string bytes = taught().bytes();
  for (size_t length = 0; length < bytes.size(); length += 1 + length / 50) {
    const auto model = IntentModel::parse(view(bytes).first(length));
    ASSERT_FALSE(model) << length;
    EXPECT_EQ(model.error().kind, ErrorKind::kCorrupt);
  }
}

TEST(IntentModel, RefusesAFlippedBit) {
  std::string bytes = taught().bytes();
  Random random(1);
  for (int round = 0; round < 300; ++round) {
    const size_t at = random.next_below(static_cast<uint32_t>(bytes.size()));
    const auto mask = static_cast<char>(1 << random.next_below(8));
    bytes[at] = static_cast<char>(bytes[at] ^ mask);
    EXPECT_FALSE(IntentModel::parse(view(bytes))) << at;
    bytes[at] = static_cast<char>(bytes[at] ^ mask);
  }
}

TEST(IntentModel, OfTheProgramKnowsEverydayRequests) {
  const auto model = built_in_intents();
  ASSERT_TRUE(model) << model.error().message;
  const auto result = model->understand("wake me up at seven tomorrow morning");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->intent, "alarm_set");
  EXPECT_TRUE(result->in_scope);
}

}  // namespace
}  // namespace favilla

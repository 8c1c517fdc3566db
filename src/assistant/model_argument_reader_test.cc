// An argument reader of a tiny random model: what it says of a word is that word's hidden states times the rows, less
// the first token's, and bad files are refused.
#include "assistant/model_argument_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <limits>
#include <numeric>

#include "assistant/agent/argument_text.h"
#include "assistant/unchanging_adapter.h"

namespace favilla {
namespace {

const std::filesystem::path kModel = std::filesystem::path(FAVILLA_SOURCE_DIR) / "tests/golden/models/bert-mean.gguf";
const ToolDefinition kTool{.name = "set_volume", .description = "", .parameters = Json::object()};

class ArgumentReaderTest : public testing::Test {
 protected:
  // An adapter that changes nothing, with these rows.
  Result<ModelArgumentReader> with_rows(const std::vector<float>& first, const std::vector<float>& last) {
    bytes_ = unchanging_adapter([&](GgufWriter& writer) {
      writer.add_floats("favilla.arguments.first", first);
      writer.add_floats("favilla.arguments.last", last);
    });
    const GgufFile file = GgufFile::parse(std::as_bytes(std::span(bytes_))).value();
    return ModelArgumentReader::load(engine_, tokenizer_, file);
  }

  Engine engine_ = std::move(Engine::load(std::move(GgufFile::open(kModel)).value(), {.threads = 1})).value();
  Tokenizer tokenizer_ = std::move(Tokenizer::load(GgufFile::open(kModel).value())).value();
  EntityFinder entities_ = std::move(EntityFinder::load()).value();
  std::string bytes_;
};

TEST_F(ArgumentReaderTest, SaysTheWordsHiddenStatesTimesTheRows) {
  std::vector<float> first(kAdapterWidth), last(kAdapterWidth);
  for (size_t i = 0; i < kAdapterWidth; ++i) {
    first[i] = 0.01F * static_cast<float>(i);
    last[i] = i % 2 == 0 ? 0.5F : -0.25F;
  }
  auto reader = with_rows(first, last);
  ASSERT_TRUE(reader) << reader.error().message;
  const std::vector<ChatMessage> messages = {{.content = "volume to thirty", .thinking = {}}};
  const Said said(messages, entities_, {LocalSeconds{}, TimeZone::of_this_machine()});
  const Parameter parameter = make_parameter("level", {{"type", "integer"}}, true);

  const ArgumentText text(tokenizer_, said);
  size_t begin = 0;
  const std::vector<TokenId> ids = text.tokens(argument_question(kTool, parameter), begin);
  const std::vector<float> hidden = engine_.encode(ids).value().hidden;
  const auto weigh = [&](size_t token, const std::vector<float>& row) {
    return std::inner_product(row.begin(), row.end(), hidden.data() + token * kAdapterWidth, 0.0);
  };
  const ArgumentReading reading = reader->read(kTool, parameter, said).value();
  ASSERT_EQ(reading.words.size(), 3U);
  for (size_t i = 0; i < 3; ++i) {
    const ReadWord& word = text.words()[i];
    EXPECT_NEAR(reading.words[i].first, weigh(begin + word.first_token, first) - weigh(0, first), 1e-6);
    EXPECT_NEAR(reading.words[i].last, weigh(begin + word.last_token, last) - weigh(0, last), 1e-6);
  }
  EXPECT_NEAR(reading.score(0, 1, 2), reading.words[1].first + reading.words[2].last, 1e-9);
  EXPECT_EQ(reading.score(1, 0, 0), -ArgumentReading::kNeverMeant);
}

TEST_F(ArgumentReaderTest, RowsThatDoNotFitAreRefused) {
  const std::vector<float> good(kAdapterWidth, 1.0F);
  EXPECT_TRUE(with_rows(good, good));
  std::vector<float> bad = good;
  bad[7] = std::numeric_limits<float>::quiet_NaN();
  for (const std::vector<float>& row : {std::vector<float>(kAdapterWidth - 1, 1.0F), std::vector<float>(), bad}) {
    const auto reader = with_rows(good, row);
    ASSERT_FALSE(reader);
    EXPECT_EQ(reader.error().kind, ErrorKind::kCorrupt);
    EXPECT_THAT(reader.error().message, testing::HasSubstr("favilla.arguments.last"));
    EXPECT_FALSE(with_rows(row, good));
  }
}

TEST_F(ArgumentReaderTest, ThereIsABuiltInOneForItsModelOnly) {
  const auto reader = ModelArgumentReader::open(engine_, tokenizer_);
  ASSERT_TRUE(reader);
  EXPECT_FALSE(reader->has_value());
}

}  // namespace
}  // namespace favilla

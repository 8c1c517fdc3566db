// A reranker of a tiny random model: what it says is the adapter's vector times the row, and bad files are refused.
#include "assistant/model_reranker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <limits>
#include <numeric>

#include "assistant/agent/rerank_text.h"
#include "assistant/unchanging_adapter.h"

namespace favilla {
namespace {

const std::filesystem::path kGolden = std::filesystem::path(FAVILLA_SOURCE_DIR) / "tests/golden";

class RerankerTest : public testing::Test {
 protected:
  static GgufFile open(const char* folder) {
    return std::move(GgufFile::open(kGolden / folder / "bert-mean.gguf")).value();
  }

  // An adapter that changes nothing, with this row.
  Result<ModelReranker> with_row(const std::vector<float>& row) {
    bytes_ = unchanging_adapter([&](GgufWriter& writer) {
      writer.add_floats("favilla.rerank.weight", row);
      writer.add_float32("favilla.rerank.bias", 0.5F);
    });
    const GgufFile file = GgufFile::parse(std::as_bytes(std::span(bytes_))).value();
    return ModelReranker::load(engine_, tokenizer_, file);
  }

  Engine engine_ = std::move(Engine::load(open("models"), {.threads = 1})).value();
  Tokenizer tokenizer_ = std::move(Tokenizer::load(open("models"))).value();
  std::string bytes_;
};

TEST_F(RerankerTest, SaysTheVectorOfThePairTimesTheRow) {
  const GgufFile file = open("adapters");
  auto reranker = ModelReranker::load(engine_, tokenizer_, file);
  ASSERT_TRUE(reranker) << reranker.error().message;
  const auto adapter = engine_.load_adapter(file).value();
  const std::vector<TokenId> ids = rerank_tokens(tokenizer_, "louder", "set volume");
  const std::vector<float> vector = engine_.embed(ids, adapter.get()).value();
  const std::vector<float> row = file.find_floats("favilla.rerank.weight");
  const double expected = std::inner_product(vector.begin(), vector.end(), row.begin(), 0.25);
  EXPECT_NEAR(reranker->score("louder", "set volume").value(), expected, 1e-6);
  EXPECT_NE(reranker->score("set volume", "louder").value(), reranker->score("louder", "set volume").value());
}

TEST_F(RerankerTest, ARowThatDoesNotFitIsRefused) {
  EXPECT_TRUE(with_row(std::vector<float>(64, 1.0F)));
  for (std::vector<float> row : {std::vector<float>(63, 1.0F), std::vector<float>()}) {
    const auto reranker = with_row(row);
    ASSERT_FALSE(reranker);
    EXPECT_EQ(reranker.error().kind, ErrorKind::kCorrupt);
    EXPECT_THAT(reranker.error().message, testing::HasSubstr("favilla.rerank.weight"));
  }
  std::vector<float> row(64, 1.0F);
  row[7] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(with_row(row));
}

TEST_F(RerankerTest, ThereIsABuiltInOneForItsModelOnly) {
  const auto reranker = ModelReranker::open(engine_, tokenizer_);
  ASSERT_TRUE(reranker);
  EXPECT_FALSE(reranker->has_value());
}

}  // namespace
}  // namespace favilla

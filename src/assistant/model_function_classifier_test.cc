// A function classifier of a tiny random model: what it says is a softmax of the sentence's vector times the rows, and
// bad files are refused.
#include "assistant/model_function_classifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "assistant/agent/rerank_text.h"
#include "assistant/unchanging_adapter.h"

namespace favilla {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Key;

const std::filesystem::path kModel = std::filesystem::path(FAVILLA_SOURCE_DIR) / "tests/golden/models/bert-mean.gguf";
const std::vector<std::string> kNames = {"none", "clock_now", "lists_add"};

class FunctionClassifierTest : public testing::Test {
 protected:
  // An adapter that changes nothing, with these rows.
  Result<ModelFunctionClassifier> with_rows(const std::vector<std::string>& names, const std::vector<float>& weight,
                                            const std::vector<float>& bias) {
    bytes_ = unchanging_adapter([&](GgufWriter& writer) {
      writer.add_strings("favilla.functions.names", names);
      writer.add_floats("favilla.functions.weight", weight);
      writer.add_floats("favilla.functions.bias", bias);
    });
    const GgufFile file = GgufFile::parse(std::as_bytes(std::span(bytes_))).value();
    return ModelFunctionClassifier::load(engine_, tokenizer_, file);
  }

  Engine engine_ = std::move(Engine::load(std::move(GgufFile::open(kModel)).value(), {.threads = 1})).value();
  Tokenizer tokenizer_ = std::move(Tokenizer::load(GgufFile::open(kModel).value())).value();
  std::string bytes_;
};

TEST_F(FunctionClassifierTest, SaysTheSoftmaxOfTheVectorTimesTheRows) {
  std::vector<float> weight(kNames.size() * kAdapterWidth);
  for (size_t i = 0; i < weight.size(); ++i)
    weight[i] = 0.05F * static_cast<float>(i % 7) - 0.02F * (i / kAdapterWidth);
  auto classifier = with_rows(kNames, weight, {0.0F, 0.5F, -0.25F});
  ASSERT_TRUE(classifier) << classifier.error().message;
  const std::map<std::string, double> found = classifier->classify("what time is it").value();
  EXPECT_THAT(found, ElementsAre(Key("clock_now"), Key("lists_add"), Key("none")));

  const std::vector<float> vector = engine_.embed(sentence_tokens(tokenizer_, "what time is it")).value();
  double scores[] = {0.0, 0.5, -0.25};
  double sum = 0;
  for (size_t i = 0; i < kNames.size(); ++i) {
    for (size_t j = 0; j < kAdapterWidth; ++j)
      scores[i] += static_cast<double>(weight[i * kAdapterWidth + j]) * vector[j];
    sum += std::exp(scores[i]);
  }
  for (size_t i = 0; i < kNames.size(); ++i) EXPECT_NEAR(found.at(kNames[i]), std::exp(scores[i]) / sum, 1e-6);
}

TEST_F(FunctionClassifierTest, RowsThatDoNotFitAreRefused) {
  const std::vector<float> weight(kNames.size() * kAdapterWidth), bias(kNames.size());
  EXPECT_TRUE(with_rows(kNames, weight, bias));
  std::vector<float> broken = weight;
  broken[100] = std::numeric_limits<float>::infinity();
  const std::vector<float> short_bias(kNames.size() - 1);
  for (const auto& classifier : {with_rows({}, weight, bias), with_rows(kNames, broken, bias),
                                 with_rows(kNames, bias, bias), with_rows(kNames, weight, short_bias)}) {
    ASSERT_FALSE(classifier);
    EXPECT_EQ(classifier.error().kind, ErrorKind::kCorrupt);
    EXPECT_THAT(classifier.error().message, HasSubstr("favilla.functions."));
  }
}

TEST_F(FunctionClassifierTest, ThereIsABuiltInOneForItsModelOnly) {
  const auto classifier = ModelFunctionClassifier::open(engine_, tokenizer_);
  ASSERT_TRUE(classifier);
  EXPECT_FALSE(classifier->has_value());
}

}  // namespace
}  // namespace favilla

// Sessions and generation on a tiny model with random weights: prefixes, limits, cancelling, stop strings, sampling.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "generate/generate.h"
#include "generate/perplexity.h"
#include "generate/sampler.h"
#include "generate/stop_filter.h"

namespace favilla {
namespace {

const std::filesystem::path kModels = std::filesystem::path(FAVILLA_SOURCE_DIR) / "tests/golden/models";

struct Loaded {
  Tokenizer tokenizer;
  Engine engine;
};

Loaded load(const char* name) {
  GgufFile file = std::move(GgufFile::open(kModels / name)).value();
  Tokenizer tokenizer = std::move(Tokenizer::load(file)).value();
  return {std::move(tokenizer), std::move(Engine::load(std::move(file), {.threads = 2})).value()};
}

std::vector<TokenId> some_ids(int count) {
  std::vector<TokenId> ids;
  for (int i = 0; i < count; ++i) ids.push_back(10 + i * 7 % 90);
  return ids;
}

TEST(Session, KeepsTheLongestCommonPrefixAndReadsTheRest) {
  Loaded model = load("llama-q4_1.gguf");
  Session session = std::move(model.engine.new_session({})).value();
  std::vector<TokenId> ids = some_ids(20);
  EXPECT_EQ(session.prefill(ids).value(), 0);
  session.truncate(19);
  EXPECT_EQ(session.prefill(std::span(ids).first(19)).value(), 18);  // the last token is read again for its logits
  EXPECT_EQ(session.prefill(ids).value(), 19);
  ids[12] += 1;
  EXPECT_EQ(session.prefill(ids).value(), 12);
  EXPECT_THAT(session.tokens(), testing::ElementsAreArray(ids));
}

TEST(Session, ReadsNothingWhereTheLogitsAfterThePromptAreStillKnown) {
  Loaded model = load("llama-q4_1.gguf");
  Session session = std::move(model.engine.new_session({})).value();
  const std::vector<TokenId> ids = some_ids(20);
  ASSERT_TRUE(session.prefill(ids));
  const std::vector<float> expected(session.logits().begin(), session.logits().end());
  EXPECT_EQ(session.prefill(ids).value(), 20);
  EXPECT_THAT(session.logits(), testing::ElementsAreArray(expected));

  CancelFlag cancel;  // whatever a stopped read has left of the logits does not count
  cancel.request();
  EXPECT_FALSE(session.append(5, &cancel));
  EXPECT_EQ(session.prefill(ids).value(), 19);
  EXPECT_THAT(session.logits(), testing::ElementsAreArray(expected));
  ASSERT_TRUE(session.prefill_all_logits(ids, [](size_t, std::span<const float>) {}));
  EXPECT_EQ(session.prefill(ids).value(), 19);  // those logits went elsewhere
  EXPECT_THAT(session.logits(), testing::ElementsAreArray(expected));
}

TEST(Session, SaysTheLimitWhenTheContextOverflowsAndKeepsWhatItHeld) {
  Loaded model = load("llama-q4_1.gguf");
  Session session = std::move(model.engine.new_session({.context_tokens = 16})).value();
  ASSERT_TRUE(session.prefill(some_ids(16)));
  const auto overflow = session.append(5);
  ASSERT_FALSE(overflow);
  EXPECT_EQ(overflow.error().kind, ErrorKind::kExhausted);
  EXPECT_THAT(overflow.error().message, testing::HasSubstr("16 tokens"));
  EXPECT_EQ(session.prefill(some_ids(17)).error().kind, ErrorKind::kExhausted);
  EXPECT_EQ(session.tokens().size(), 16U);
}

TEST(Session, RefusesAWindowBeyondTheTrainedLengthAndIdsOutsideTheVocabulary) {
  Loaded model = load("llama-q4_1.gguf");
  const int trained = model.engine.info().training_context_tokens;
  EXPECT_EQ(model.engine.new_session({.context_tokens = trained + 1}).error().kind, ErrorKind::kInvalidArgument);
  Session session = std::move(model.engine.new_session({})).value();
  for (const TokenId id : {-1, model.engine.info().vocabulary_size}) {
    EXPECT_EQ(session.append(id).error().kind, ErrorKind::kInvalidArgument);
  }
  EXPECT_EQ(session.prefill({}).error().kind, ErrorKind::kInvalidArgument);
}

TEST(Session, ACancelledReadLeavesAPrefixFromWhichReadingGoesOn) {
  Loaded model = load("llama-q4_1.gguf");
  Session session = std::move(model.engine.new_session({})).value();
  const std::vector<TokenId> ids = some_ids(40);
  ASSERT_TRUE(session.prefill(ids));
  const std::vector<float> expected(session.logits().begin(), session.logits().end());
  session.truncate(8);
  CancelFlag cancel;
  cancel.request();
  EXPECT_EQ(session.prefill(ids, &cancel).error().kind, ErrorKind::kCancelled);
  EXPECT_THAT(session.tokens(), testing::ElementsAreArray(std::span(ids).first(8)));
  cancel.clear();
  EXPECT_EQ(session.prefill(ids, &cancel).value(), 8);
  EXPECT_THAT(session.logits(), testing::ElementsAreArray(expected));
}

TEST(Session, EmbeddingModelsDoNotGenerateAndTheOthersDoNotEmbed) {
  Loaded bert = load("bert-mean.gguf");
  EXPECT_EQ(bert.engine.new_session({}).error().kind, ErrorKind::kInvalidArgument);
  Loaded llama = load("llama-q4_1.gguf");
  EXPECT_EQ(llama.engine.embed(some_ids(3)).error().kind, ErrorKind::kInvalidArgument);
  EXPECT_EQ(bert.engine.embed(some_ids(600)).error().kind, ErrorKind::kExhausted);
}

std::string generate_text(Loaded& model, const GenerateOptions& options, GenerateResult* result = nullptr) {
  Session session = std::move(model.engine.new_session({})).value();
  std::string text;
  auto done =
      generate(session, model.tokenizer, some_ids(5), options, [&](const TokenEvent& event) { text += event.text; });
  EXPECT_TRUE(done) << done.error().message;
  if (result != nullptr) *result = *done;
  return text;
}

TEST(Generate, TheSameSeedSaysTheSameAndAnotherSomethingElse) {
  Loaded model = load("llama-q4_1.gguf");
  GenerateOptions options{.sampling = {.temperature = 1.0F, .seed = 7}, .max_tokens = 40};
  const std::string first = generate_text(model, options);
  EXPECT_EQ(generate_text(model, options), first);
  options.sampling.seed = 8;
  EXPECT_NE(generate_text(model, options), first);
}

TEST(Generate, EndsBeforeAStopStringWhereverItFalls) {
  Loaded model = load("llama-q4_1.gguf");
  const std::string whole = generate_text(model, {.max_tokens = 40});
  ASSERT_GE(whole.size(), 20U);
  const std::string stop = whole.substr(9, 4);
  GenerateResult result;
  EXPECT_EQ(generate_text(model, {.max_tokens = 40, .stop_strings = {stop}}, &result),
            whole.substr(0, whole.find(stop)));
  EXPECT_EQ(result.reason, StopReason::kStopString);
}

TEST(Generate, CountsTokensAndNamesTheReason) {
  Loaded model = load("llama-q4_1.gguf");
  GenerateResult result;
  generate_text(model, {.max_tokens = 3}, &result);
  EXPECT_EQ(result.reason, StopReason::kMaxTokens);
  EXPECT_EQ(result.generated_tokens, 3);
  EXPECT_EQ(result.prompt_tokens, 5);
  Session session = std::move(model.engine.new_session({.context_tokens = 16})).value();
  const auto full = generate(session, model.tokenizer, some_ids(10), {}, [](const TokenEvent&) {});
  ASSERT_TRUE(full);
  EXPECT_EQ(full->reason, StopReason::kContextFull);
  EXPECT_EQ(full->generated_tokens, 7);  // the last one is said but no longer fits the cache
}

TEST(Generate, WhenCancelledSaysSoAndKeepsWhatWasSaid) {
  Loaded model = load("llama-q4_1.gguf");
  Session session = std::move(model.engine.new_session({})).value();
  CancelFlag cancel;
  int said = 0;
  const auto result =
      generate(session, model.tokenizer, some_ids(5), {.max_tokens = 100, .cancel = &cancel}, [&](const TokenEvent&) {
        if (++said == 4) cancel.request();
      });
  ASSERT_TRUE(result);
  EXPECT_EQ(result->reason, StopReason::kCancelled);
  EXPECT_EQ(result->generated_tokens, 4);
}

TEST(Generate, RefusesImpossibleSampling) {
  Loaded model = load("llama-q4_1.gguf");
  Session session = std::move(model.engine.new_session({})).value();
  for (const SamplingOptions& bad :
       {SamplingOptions{.temperature = -1}, SamplingOptions{.temperature = NAN}, SamplingOptions{.top_k = -1},
        SamplingOptions{.top_p = 0}, SamplingOptions{.min_p = 2}, SamplingOptions{.repetition_penalty = 0}}) {
    const auto result = generate(session, model.tokenizer, some_ids(5), {.sampling = bad}, [](const TokenEvent&) {});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::kInvalidArgument);
  }
}

// How often each token is drawn in `count` draws.
std::vector<double> draw(const SamplingOptions& options, std::span<const float> logits, int count) {
  Sampler sampler = std::move(Sampler::create(options)).value();
  std::vector<double> shares(logits.size());
  for (int i = 0; i < count; ++i) shares[static_cast<size_t>(sampler.sample(logits, {}))] += 1.0 / count;
  return shares;
}

TEST(Sampler, DrawsByTheDistributionThatTheOptionsLeave) {
  const std::vector<float> logits = {std::log(0.5F), std::log(0.3F), std::log(0.15F), std::log(0.05F)};
  constexpr int kDraws = 100000;
  const SamplingOptions all{.temperature = 1, .top_k = 0, .top_p = 1, .min_p = 0, .seed = 1};
  const auto expect = [&](SamplingOptions options, std::vector<double> expected) {
    EXPECT_THAT(draw(options, logits, kDraws), testing::Pointwise(testing::DoubleNear(0.01), expected));
  };
  expect(all, {0.5, 0.3, 0.15, 0.05});
  SamplingOptions options = all;
  options.top_k = 2;
  expect(options, {0.625, 0.375, 0, 0});
  options = all;
  options.top_p = 0.75F;
  expect(options, {0.625, 0.375, 0, 0});
  options = all;
  options.min_p = 0.25F;
  expect(options, {0.5 / 0.95, 0.3 / 0.95, 0.15 / 0.95, 0});
  options = all;
  options.temperature = 0.5F;  // squares the probabilities
  expect(options, {0.25 / 0.365, 0.09 / 0.365, 0.0225 / 0.365, 0.0025 / 0.365});
  options.temperature = 0;
  expect(options, {1, 0, 0, 0});
}

TEST(Sampler, ThePenaltyMakesWhatWasSaidLessLikely) {
  const std::vector<float> logits = {2.0F, 1.5F, -1.0F};
  Sampler sampler = std::move(Sampler::create({.repetition_penalty = 2.0F})).value();
  const std::vector<TokenId> said = {0};
  EXPECT_EQ(sampler.sample(logits, {}), 0);
  EXPECT_EQ(sampler.sample(logits, said), 1);
}

TEST(StopFilter, CutsAtTheFirstStopStringForEverySplit) {
  const std::string text = "one </s> two <|end|> three";
  for (size_t first = 0; first <= text.size(); ++first) {
    for (size_t second = first; second <= text.size(); ++second) {
      StopFilter filter({"<|end|>", "<|e", ""});
      std::string out = filter.feed(text.substr(0, first));
      out += filter.feed(text.substr(first, second - first));
      out += filter.feed(text.substr(second));
      out += filter.finish();
      ASSERT_EQ(out, "one </s> two ");
      ASSERT_TRUE(filter.stopped());
    }
  }
}

TEST(StopFilter, GivesBackATailThatNeverBecameAStopString) {
  StopFilter filter({"stop"});
  EXPECT_EQ(filter.feed("a sto"), "a ");
  EXPECT_EQ(filter.finish(), "sto");
  EXPECT_FALSE(filter.stopped());
}

TEST(Perplexity, IsThatOfTheTokensProbabilities) {
  Loaded model = load("llama-q4_1.gguf");
  Session session = std::move(model.engine.new_session({})).value();
  const std::vector<TokenId> ids = some_ids(16);
  double sum = 0;
  ASSERT_TRUE(session.prefill_all_logits(ids, [&](size_t position, std::span<const float> logits) {
    if (position >= 8 && position < 15) sum -= log_probability(logits, ids[position + 1]);
  }));
  const auto result = measure_perplexity(session, ids, {.context_tokens = 16}, [](int, int) {});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->counted_tokens, 7);
  EXPECT_NEAR(result->mean_negative_log_likelihood, sum / 7, 1e-9);
  EXPECT_FALSE(measure_perplexity(session, ids, {.context_tokens = 17}, [](int, int) {}));
}

}  // namespace
}  // namespace favilla

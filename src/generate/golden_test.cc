// Tiny models with random weights against an independent numpy forward pass over the dequantized weights
// (tests/golden/reference/reference.py made the .golden files), and what must hold between our own paths.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>

#include "base/file.h"
#include "base/json.h"
#include "generate/generate.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

const fs::path kModels = fs::path(FAVILLA_SOURCE_DIR) / "tests/golden/models";

struct Golden {
  std::vector<std::vector<TokenId>> inputs;  // one text for a generating model, several for an embedding model
  std::vector<float> values;                 // logits [positions, vocabulary], or one vector per input
};

std::vector<std::string> golden_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kModels)) {
    if (entry.path().extension() == ".gguf") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Golden read_golden(const std::string& name) {
  const Json json = parse_json(read_file(kModels / (name + ".golden.json")).value()).value();
  const std::string bytes = read_file(kModels / (name + ".golden.f32")).value();
  Golden golden{json["inputs"].get<std::vector<std::vector<TokenId>>>(), std::vector<float>(bytes.size() / 4)};
  std::memcpy(golden.values.data(), bytes.data(), bytes.size());
  return golden;
}

Engine load(const std::string& name, const EngineOptions& options) {
  auto file = GgufFile::open(kModels / (name + ".gguf"));
  EXPECT_TRUE(file) << file.error().message;
  auto engine = Engine::load(std::move(*file), options);
  EXPECT_TRUE(engine) << engine.error().message;
  return std::move(*engine);
}

std::vector<float> all_logits(Engine& engine, std::span<const TokenId> ids, const SessionOptions& options = {}) {
  auto session = engine.new_session(options);
  EXPECT_TRUE(session) << session.error().message;
  std::vector<float> all;
  const auto result = session->prefill_all_logits(
      ids, [&](size_t, std::span<const float> logits) { all.insert(all.end(), logits.begin(), logits.end()); });
  EXPECT_TRUE(result) << result.error().message;
  return all;
}

// Mean over positions of the Kullback-Leibler divergence between softmax(expected) and softmax(actual), in nats.
double mean_divergence(std::span<const float> expected, std::span<const float> actual, size_t vocabulary) {
  double sum = 0;
  for (size_t begin = 0; begin < expected.size(); begin += vocabulary) {
    const auto p = expected.subspan(begin, vocabulary), q = actual.subspan(begin, vocabulary);
    double p_total = 0, q_total = 0;
    for (size_t i = 0; i < vocabulary; ++i) p_total += std::exp(double{p[i]}), q_total += std::exp(double{q[i]});
    for (size_t i = 0; i < vocabulary; ++i) {
      const double log_p = p[i] - std::log(p_total), log_q = q[i] - std::log(q_total);
      sum += std::exp(log_p) * (log_p - log_q);
    }
  }
  return sum / (static_cast<double>(expected.size()) / static_cast<double>(vocabulary));
}

class GoldenModel : public testing::TestWithParam<std::string> {};

TEST_P(GoldenModel, ReferenceArithmeticEqualsTheIndependentForwardPass) {
  const Golden golden = read_golden(GetParam());
  Engine engine = load(GetParam(), {.threads = 2, .arithmetic = Arithmetic::kReference});
  if (!engine.info().generates) {
    std::vector<float> vectors;
    for (const auto& ids : golden.inputs) {
      const auto vector = engine.embed(ids);
      ASSERT_TRUE(vector) << vector.error().message;
      vectors.insert(vectors.end(), vector->begin(), vector->end());
    }
    ASSERT_THAT(vectors, testing::Pointwise(testing::FloatNear(1e-5F), golden.values));
    return;
  }
  const std::vector<float> logits = all_logits(engine, golden.inputs[0]);
  ASSERT_EQ(logits.size(), golden.values.size());
  EXPECT_LE(mean_divergence(golden.values, logits, static_cast<size_t>(engine.info().vocabulary_size)), 1e-6);
  for (size_t i = 0; i < logits.size(); ++i) ASSERT_NEAR(logits[i], golden.values[i], 2e-3) << "at " << i;
}

TEST_P(GoldenModel, FastArithmeticStaysNearOnEveryInstructionSet) {
  const Golden golden = read_golden(GetParam());
  for (const Isa isa : kIsas) {
    if (!has_isa(detect_cpu(), isa)) continue;
    Engine engine = load(GetParam(), {.threads = 2, .isa = isa});
    if (!engine.info().generates) continue;
    const std::vector<float> logits = all_logits(engine, golden.inputs[0]);
    // Random weights are far less forgiving than trained ones; real files are held to llama.cpp's own distance
    // elsewhere.
    EXPECT_LE(mean_divergence(golden.values, logits, static_cast<size_t>(engine.info().vocabulary_size)), 5e-3)
        << isa_name(isa);
  }
}

TEST_P(GoldenModel, DecodingStepByStepEqualsReadingAtOnceAndAnyBatchSplit) {
  const Golden golden = read_golden(GetParam());
  Engine engine = load(GetParam(), {.threads = 2});
  if (!engine.info().generates) return;
  const std::vector<TokenId>& ids = golden.inputs[0];
  const std::vector<float> at_once = all_logits(engine, ids);
  const auto vocabulary = static_cast<size_t>(engine.info().vocabulary_size);
  auto session = engine.new_session({});
  ASSERT_TRUE(session);
  for (size_t i = 0; i < ids.size(); ++i) {
    ASSERT_TRUE(session->append(ids[i]));
    const auto expected = std::span(at_once).subspan(i * vocabulary, vocabulary);
    ASSERT_THAT(session->logits(), testing::ElementsAreArray(expected)) << "at " << i;  // the same bits
  }
  for (const size_t split : {size_t{1}, size_t{7}, ids.size() - 1}) {
    session->truncate(0);
    ASSERT_TRUE(session->prefill(std::span(ids).first(split)));
    const auto kept = session->prefill(ids);
    ASSERT_TRUE(kept);
    EXPECT_EQ(*kept, static_cast<int>(split));
    EXPECT_THAT(session->logits(), testing::ElementsAreArray(std::span(at_once).last(vocabulary)));
  }
}

TEST_P(GoldenModel, ThreadCountDoesNotChangeTheResult) {
  const Golden golden = read_golden(GetParam());
  Engine one = load(GetParam(), {.threads = 1});
  Engine three = load(GetParam(), {.threads = 3});
  if (!one.info().generates) {
    EXPECT_EQ(one.embed(golden.inputs[0]).value(), three.embed(golden.inputs[0]).value());
  } else {
    EXPECT_EQ(all_logits(one, golden.inputs[0]), all_logits(three, golden.inputs[0]));
  }
}

TEST_P(GoldenModel, AnEightBitCacheStaysNearTheSixteenBitOne) {
  const Golden golden = read_golden(GetParam());
  Engine engine = load(GetParam(), {.threads = 2});
  if (!engine.info().generates) return;
  if (!engine.new_session({.kv_type = KvType::kQ8_0})) {  // heads shorter than a block of 32 are refused
    EXPECT_EQ(engine.new_session({.kv_type = KvType::kQ8_0}).error().kind, ErrorKind::kUnsupported);
    return;
  }
  const std::vector<float> f16 = all_logits(engine, golden.inputs[0], {.kv_type = KvType::kF16});
  const std::vector<float> q8 = all_logits(engine, golden.inputs[0], {.kv_type = KvType::kQ8_0});
  EXPECT_NE(f16, q8);
  EXPECT_LE(mean_divergence(f16, q8, static_cast<size_t>(engine.info().vocabulary_size)), 5e-3);
}

INSTANTIATE_TEST_SUITE_P(All, GoldenModel, testing::ValuesIn(golden_names()), [](const auto& test) {
  std::string name = test.param;
  std::replace(name.begin(), name.end(), '-', '_');
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
});

TEST(GoldenModels, CoverEveryArchitectureAndType) {
  EXPECT_THAT(golden_names(),
              testing::IsSupersetOf(
                  {"llama-f32",  "llama",        "llama-bf16",   "llama-q4_0",     "llama-q4_1",         "llama-q5_0",
                   "llama-q5_1", "llama-q8_0",   "llama-q2_k",   "llama-q3_k",     "llama-q4_k",         "llama-q5_k",
                   "llama-q6_k", "llama-iq4_nl", "llama-iq4_xs", "llama-mxfp4",    "llama-rope-factors", "llama-untied",
                   "qwen2",      "qwen3",        "gemma3",       "gemma3-softcap", "bert-mean",          "bert-cls"}));
}

}  // namespace
}  // namespace favilla

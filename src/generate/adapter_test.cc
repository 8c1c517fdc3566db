// LoRA adapters: random ones on tiny models against an independent forward pass with merged weights
// (tests/golden/adapters/make_adapters.py), what must hold between our own paths, and hostile files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <numeric>
#include <sstream>

#include "base/file.h"
#include "base/json.h"
#include "base/random.h"
#include "generate/generate.h"
#include "generate/prefix_store.h"
#include "model/gguf_writer.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;
using AdapterPtr = std::shared_ptr<const Adapter>;

const fs::path kGolden = fs::path(FAVILLA_SOURCE_DIR) / "tests/golden";

fs::path adapter_path(const std::string& name) {
  return kGolden / "adapters" / (name + ".gguf");
}

Engine load_engine(const std::string& name, const EngineOptions& options = {.threads = 2}) {
  return std::move(Engine::load(std::move(GgufFile::open(kGolden / "models" / (name + ".gguf"))).value(), options))
      .value();
}

AdapterPtr load_adapter(Engine& engine, const std::string& name) {
  auto adapter = engine.load_adapter(GgufFile::open(adapter_path(name)).value());
  EXPECT_TRUE(adapter) << adapter.error().message;
  return adapter ? *adapter : nullptr;
}

Session open(Engine& engine, AdapterPtr adapter, Priority priority = Priority::kForeground) {
  auto session = engine.new_session({.priority = priority, .adapter = std::move(adapter)});
  EXPECT_TRUE(session) << session.error().message;
  return std::move(*session);
}

std::vector<TokenId> golden_ids(const std::string& name) {
  const Json json = parse_json(read_file(kGolden / "models" / (name + ".golden.json")).value()).value();
  return json["inputs"][0].get<std::vector<TokenId>>();
}

std::vector<float> golden_logits(const std::string& name) {
  const std::string bytes = read_file(adapter_path(name).replace_extension(".golden.f32")).value();
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

std::vector<float> all_logits(Session& session, std::span<const TokenId> ids) {
  std::vector<float> all;
  const auto result = session.prefill_all_logits(
      ids, [&](size_t, std::span<const float> logits) { all.insert(all.end(), logits.begin(), logits.end()); });
  EXPECT_TRUE(result);
  return all;
}

// Mean Kullback-Leibler divergence in nats.
double mean_divergence(std::span<const float> expected, std::span<const float> actual, size_t vocabulary) {
  double sum = 0;
  for (size_t begin = 0; begin < expected.size(); begin += vocabulary) {
    double p_total = 0, q_total = 0;
    for (size_t i = begin; i < begin + vocabulary; ++i) {
      p_total += std::exp(double{expected[i]});
      q_total += std::exp(double{actual[i]});
    }
    for (size_t i = begin; i < begin + vocabulary; ++i) {
      const double log_p = expected[i] - std::log(p_total), log_q = actual[i] - std::log(q_total);
      sum += std::exp(log_p) * (log_p - log_q);
    }
  }
  return sum / (static_cast<double>(expected.size()) / static_cast<double>(vocabulary));
}

class GoldenAdapter : public testing::TestWithParam<const char*> {};

TEST_P(GoldenAdapter, ReferenceArithmeticEqualsTheForwardPassWithMergedWeights) {
  Engine engine = load_engine(GetParam(), {.threads = 2, .arithmetic = Arithmetic::kReference});
  Session session = open(engine, load_adapter(engine, GetParam()));
  const std::vector<float> expected = golden_logits(GetParam());
  const std::vector<float> logits = all_logits(session, golden_ids(GetParam()));
  ASSERT_EQ(logits.size(), expected.size());
  EXPECT_LE(mean_divergence(expected, logits, static_cast<size_t>(engine.info().vocabulary_size)), 1e-6);
  for (size_t i = 0; i < logits.size(); ++i) ASSERT_NEAR(logits[i], expected[i], 2e-3) << "at " << i;
}

TEST_P(GoldenAdapter, FastArithmeticStaysNearOnEveryInstructionSet) {
  const std::vector<float> expected = golden_logits(GetParam());
  for (const Isa isa : kIsas) {
    if (!has_isa(detect_cpu(), isa)) continue;
    Engine engine = load_engine(GetParam(), {.threads = 2, .isa = isa});
    Session session = open(engine, load_adapter(engine, GetParam()));
    const std::vector<float> logits = all_logits(session, golden_ids(GetParam()));
    EXPECT_LE(mean_divergence(expected, logits, static_cast<size_t>(engine.info().vocabulary_size)), 5e-3)
        << isa_name(isa);
  }
}

TEST_P(GoldenAdapter, TokenByTokenAndWithAnyNumberOfThreadsGivesTheSameBits) {
  const std::vector<TokenId> ids = golden_ids(GetParam());
  Engine engine = load_engine(GetParam());
  const AdapterPtr adapter = load_adapter(engine, GetParam());
  Session session = open(engine, adapter);
  const std::vector<float> at_once = all_logits(session, ids);
  const auto vocabulary = static_cast<size_t>(engine.info().vocabulary_size);
  Session steps = open(engine, adapter);
  for (size_t i = 0; i < ids.size(); ++i) {
    ASSERT_TRUE(steps.append(ids[i]));
    ASSERT_THAT(steps.logits(), testing::ElementsAreArray(std::span(at_once).subspan(i * vocabulary, vocabulary)));
  }
  Engine three = load_engine(GetParam(), {.threads = 3});
  Session other = open(three, load_adapter(three, GetParam()));
  EXPECT_EQ(all_logits(other, ids), at_once);
}

INSTANTIATE_TEST_SUITE_P(All, GoldenAdapter, testing::Values("llama-f32", "llama-q4_1", "qwen2", "qwen3", "gemma3"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

std::vector<float> logits_after(Session& session, TokenId id) {
  EXPECT_TRUE(session.append(id));
  return {session.logits().begin(), session.logits().end()};
}

TEST(AdapterSessions, SessionsWithAndWithoutItReadTogetherGetTheBitsThatTheyGetAlone) {
  Engine engine = load_engine("qwen3");
  const AdapterPtr adapter = load_adapter(engine, "qwen3");
  const std::vector<TokenId> ids = golden_ids("qwen3");
  std::vector<Session> sessions;
  std::vector<std::vector<float>> alone;
  for (int i = 0; i < 6; ++i) {
    sessions.push_back(open(engine, i % 2 == 0 ? adapter : nullptr));
    const auto prompt = std::span(ids).first(static_cast<size_t>(7 + i));
    ASSERT_TRUE(sessions.back().prefill(prompt));
    alone.push_back(logits_after(sessions.back(), 30));
    sessions.back().truncate(static_cast<int>(prompt.size()));
  }
  std::vector<Session*> pointers;
  for (Session& session : sessions) pointers.push_back(&session);
  ASSERT_TRUE(Session::append_all(pointers, std::vector<TokenId>(sessions.size(), 30)));
  for (size_t i = 0; i < sessions.size(); ++i)
    EXPECT_THAT(sessions[i].logits(), testing::ElementsAreArray(alone[i])) << "session " << i;
}

TEST(AdapterSessions, ABackgroundSessionGetsTheSameBits) {
  Engine engine = load_engine("qwen3");
  const std::vector<TokenId> ids = golden_ids("qwen3");
  Session early = open(engine, nullptr, Priority::kBackground);  // its lane exists before the adapter is known
  const AdapterPtr adapter = load_adapter(engine, "qwen3");
  Session foreground = open(engine, adapter);
  Session background = open(engine, adapter, Priority::kBackground);
  EXPECT_EQ(all_logits(foreground, ids), all_logits(background, ids));
  EXPECT_NE(all_logits(early, ids), all_logits(background, ids));
}

TEST(AdapterSessions, AnotherEnginesAdapterIsRefused) {
  Engine engine = load_engine("qwen3"), other = load_engine("qwen3");
  const auto session = engine.new_session({.adapter = load_adapter(other, "qwen3")});
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().kind, ErrorKind::kInvalidArgument);
}

TEST(AdapterSessions, AStoredPrefixBelongsToItsAdapter) {
  const fs::path folder = fs::path(testing::TempDir()) / "adapter-prefixes";
  fs::remove_all(folder);
  const PrefixStore store(folder);
  Engine engine = load_engine("qwen3");
  const AdapterPtr adapter = load_adapter(engine, "qwen3");
  const std::vector<TokenId> ids = golden_ids("qwen3");
  Session first = open(engine, adapter);
  ASSERT_TRUE(first.prefill(ids));
  ASSERT_TRUE(first.save(store, static_cast<int>(ids.size())));
  Session bare = open(engine, nullptr);
  EXPECT_EQ(bare.restore(store, ids), 0);
  Session again = open(engine, adapter);
  EXPECT_EQ(again.restore(store, ids), static_cast<int>(ids.size()));
  EXPECT_THAT(again.logits(), testing::ElementsAreArray(first.logits()));
}

std::vector<float> embed(const EngineOptions& options, bool with_adapter) {
  Engine engine = load_engine("bert-mean", options);
  const Json golden = parse_json(read_file(kGolden / "models/bert-mean.golden.json").value()).value();
  const auto ids = golden["inputs"].back().get<std::vector<TokenId>>();
  const AdapterPtr adapter = with_adapter ? load_adapter(engine, "bert-mean") : nullptr;
  const std::vector<float> vector = engine.embed(ids, adapter.get()).value();
  EXPECT_EQ(engine.embed(ids, adapter.get()).value(), vector);
  return vector;
}

TEST(AdapterOfAnEmbeddingModel, EqualsTheForwardPassWithMergedWeights) {
  const std::vector<float> expected = golden_logits("bert-mean");
  const std::vector<float> exact = embed({.threads = 2, .arithmetic = Arithmetic::kReference}, true);
  ASSERT_EQ(exact.size(), expected.size());
  for (size_t i = 0; i < exact.size(); ++i) EXPECT_NEAR(exact[i], expected[i], 1e-5) << "at " << i;
  for (const Isa isa : kIsas) {
    if (!has_isa(detect_cpu(), isa)) continue;
    const std::vector<float> fast = embed({.threads = 2, .isa = isa}, true);
    const std::vector<float> bare = embed({.threads = 2, .isa = isa}, false);
    const auto likeness = [&](const std::vector<float>& of) {
      return std::inner_product(of.begin(), of.end(), expected.begin(), 0.0);
    };
    EXPECT_GT(likeness(fast), 0.9995) << isa_name(isa);
    EXPECT_LT(likeness(bare), 0.998) << isa_name(isa);
  }
}

TEST(AdapterOfAnEmbeddingModel, TheVectorIsTheMeanOfTheHiddenStates) {
  Engine engine = load_engine("bert-mean", {.threads = 2, .arithmetic = Arithmetic::kReference});
  const AdapterPtr adapter = load_adapter(engine, "bert-mean");
  const std::vector<TokenId> ids = {2, 40, 41, 42, 3};
  const Encoding encoding = engine.encode(ids, adapter.get()).value();
  const size_t width = encoding.vector.size();
  ASSERT_EQ(encoding.hidden.size(), ids.size() * width);
  std::vector<double> sum(width);
  for (size_t i = 0; i < encoding.hidden.size(); ++i) sum[i % width] += encoding.hidden[i];
  const double length = std::sqrt(std::inner_product(sum.begin(), sum.end(), sum.begin(), 0.0));
  for (size_t i = 0; i < width; ++i) EXPECT_NEAR(encoding.vector[i], sum[i] / length, 1e-6);
  EXPECT_EQ(encoding.vector, engine.embed(ids, adapter.get()).value());
}

TEST(AdapterOfAnEmbeddingModel, AnotherEnginesIsRefused) {
  Engine engine = load_engine("bert-mean"), other = load_engine("bert-mean");
  const auto vector = engine.embed(std::vector<TokenId>{2, 255, 3}, load_adapter(other, "bert-mean").get());
  ASSERT_FALSE(vector);
  EXPECT_EQ(vector.error().kind, ErrorKind::kInvalidArgument);
}

// An adapter file, of which a test spoils one thing.
struct FileOf {
  std::string general_type = "adapter", adapter_type = "lora", architecture = "qwen3";
  std::string name = "blk.0.attn_q.weight";
  std::vector<int64_t> down_shape, up_shape;
  float alpha = 4, value = 0.5F;
  DType type = DType::kF32;
  bool with_up = true;
};

std::string write(const FileOf& of) {
  GgufWriter writer;
  writer.add_string("general.type", of.general_type);
  writer.add_string("adapter.type", of.adapter_type);
  writer.add_string("general.architecture", of.architecture);
  writer.add_float32("adapter.lora.alpha", of.alpha);
  std::vector<std::vector<int64_t>> shapes{of.down_shape};
  writer.add_tensor(of.name + ".lora_a", of.type, of.down_shape);
  if (of.with_up) writer.add_tensor(of.name + ".lora_b", of.type, of.up_shape), shapes.push_back(of.up_shape);
  std::ostringstream out;
  EXPECT_TRUE(writer.begin(out));
  for (const auto& shape : shapes) {
    const auto elements = static_cast<size_t>(shape[0] * shape[1]);
    std::vector<std::byte> bytes(dtype_bytes(of.type, elements));
    for (size_t i = 0; of.type == DType::kF32 && i < elements; ++i)
      std::memcpy(bytes.data() + i * sizeof(float), &of.value, sizeof(float));
    EXPECT_TRUE(writer.write_tensor(bytes));
  }
  EXPECT_TRUE(writer.finish());
  return out.str();
}

class HostileAdapter : public testing::Test {
 protected:
  HostileAdapter() : engine_(load_engine("qwen3")) {
    const GgufFile base = GgufFile::open(kGolden / "models/qwen3.gguf").value();
    const GgufTensor& q = *base.find_tensor("blk.0.attn_q.weight");
    good_.down_shape = {q.shape[0], 2};
    good_.up_shape = {2, q.shape[1]};
  }

  Result<AdapterPtr> load(const std::string& bytes) {
    const auto file = GgufFile::parse(std::as_bytes(std::span(bytes)));
    if (!file) return file.error();
    return engine_.load_adapter(*file);
  }

  void expect_error(const FileOf& of, ErrorKind kind, const char* part) {
    const auto result = load(write(of));
    ASSERT_FALSE(result) << part;
    EXPECT_EQ(result.error().kind, kind) << result.error().message;
    EXPECT_THAT(result.error().message, testing::HasSubstr(part));
  }

  Engine engine_;
  FileOf good_;
};

TEST_F(HostileAdapter, WhatIsWrongIsSaidInOneSentence) {
  EXPECT_TRUE(load(write(good_)));
  const auto spoil = [&](auto change, ErrorKind kind, const char* part) {
    FileOf file = good_;
    change(file);
    expect_error(file, kind, part);
  };
  using enum ErrorKind;
  spoil([](FileOf& f) { f.general_type = "model"; }, kInvalidArgument, "no adapter");
  spoil([](FileOf& f) { f.adapter_type = "ia3"; }, kUnsupported, "\"ia3\"");
  spoil([](FileOf& f) { f.architecture = "llama"; }, kInvalidArgument, "for a llama model and this one is qwen3");
  spoil([](FileOf& f) { f.name = "blk.99.attn_q.weight"; }, kUnsupported, "blk.99.attn_q.weight");
  spoil([](FileOf& f) { f.name = "token_embd.weight"; }, kUnsupported, "token_embd.weight");
  spoil([](FileOf& f) { f.name = "blk.0.attn_norm.weight"; }, kUnsupported, "no linear layer");
  spoil([](FileOf& f) { f.with_up = false; }, kCorrupt, "has no tensor blk.0.attn_q.weight.lora_b");
  spoil([](FileOf& f) { f.down_shape[0] += 1; }, kCorrupt, "the base has");
  spoil([](FileOf& f) { f.up_shape[1] += 1; }, kCorrupt, "the base has");
  spoil([](FileOf& f) { f.up_shape[0] = 3; }, kCorrupt, "its other half has rank 2");
  spoil([](FileOf& f) { f.down_shape[1] = f.up_shape[0] = 2000; }, kUnsupported, "rank 2000");
  spoil([](FileOf& f) { f.alpha = std::numeric_limits<float>::quiet_NaN(); }, kCorrupt, "adapter.lora.alpha");
  spoil([](FileOf& f) { f.value = std::numeric_limits<float>::infinity(); }, kCorrupt, "not finite");
  spoil([](FileOf& f) { f.value = 1e6F; }, kCorrupt, "too large");
  spoil([](FileOf& f) { f.type = DType::kBF16; }, kUnsupported, "BF16");
}

TEST_F(HostileAdapter, TruncatedAndMutatedFilesAreRefusedOrGiveNumbers) {
  const std::string whole = read_file(adapter_path("qwen3")).value();
  for (size_t size = 0; size < whole.size(); size += 97) EXPECT_FALSE(load(whole.substr(0, size))) << size;
  Random random(7);
  const std::vector<TokenId> ids{20, 21, 22, 23, 24, 25};
  int accepted = 0;
  for (int round = 0; round < 400; ++round) {
    std::string bytes = whole;
    const uint32_t most = round % 2 == 0 ? 4000U : static_cast<uint32_t>(bytes.size());  // half of them in the header
    for (int i = 0; i < 4; ++i) bytes[random.next_below(most)] = static_cast<char>(random.next_below(256));
    const auto adapter = load(bytes);
    if (!adapter) continue;
    ++accepted;
    Session session = open(engine_, *adapter);
    ASSERT_TRUE(session.prefill(ids));
  }
  EXPECT_GT(accepted, 0);
}

}  // namespace
}  // namespace favilla

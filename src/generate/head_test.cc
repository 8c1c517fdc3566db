// The head when not all logits are wanted: some rows, or the largest of a large vocabulary.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <numeric>

#include "base/paths.h"
#include "generate/generate.h"

namespace favilla {
namespace {

Engine load(const std::filesystem::path& path) {
  return std::move(Engine::load(std::move(GgufFile::open(path)).value(), {.threads = 2})).value();
}

std::vector<float> logits_of(const Session& session) {
  return {session.logits().begin(), session.logits().end()};
}

// The ids of the `count` largest logits, largest first.
std::vector<TokenId> largest(const std::vector<float>& logits, size_t count) {
  std::vector<TokenId> ids(logits.size());
  std::iota(ids.begin(), ids.end(), 0);
  std::partial_sort(ids.begin(), ids.begin() + static_cast<ptrdiff_t>(count), ids.end(), [&](TokenId a, TokenId b) {
    return logits[static_cast<size_t>(a)] > logits[static_cast<size_t>(b)];
  });
  ids.resize(count);
  return ids;
}

TEST(Head, OfSomeRowsHasTheBitsOfAllRowsAndNothingElse) {
  for (const char* model : {"llama-q4_1.gguf", "llama-q6_k.gguf", "qwen3.gguf"}) {
    Engine engine = load(std::filesystem::path(FAVILLA_SOURCE_DIR) / "tests/golden/models" / model);
    Session session = std::move(engine.new_session({})).value();
    ASSERT_TRUE(session.prefill(std::vector<TokenId>{5, 6, 7}));
    ASSERT_TRUE(session.append(9));
    const std::vector<float> all = logits_of(session);
    session.truncate(3);
    const std::vector<TokenId> wanted = {3, 17, 18, 2, 40, 3};
    ASSERT_TRUE(session.append(9, nullptr, {.rows = wanted}));
    for (size_t id = 0; id < all.size(); ++id) {
      const bool is_wanted = std::find(wanted.begin(), wanted.end(), static_cast<TokenId>(id)) != wanted.end();
      EXPECT_EQ(session.logits()[id], is_wanted ? all[id] : -INFINITY) << model << " " << id;
    }
    // Reading the same prompt afterwards must not take these for its logits.
    ASSERT_TRUE(session.prefill(std::vector<TokenId>{5, 6, 7, 9}));
    EXPECT_EQ(logits_of(session), all) << model;
  }
}

TEST(Head, RefusesRowsOutsideTheVocabulary) {
  Engine engine = load(std::filesystem::path(FAVILLA_SOURCE_DIR) / "tests/golden/models/llama-q4_1.gguf");
  Session session = std::move(engine.new_session({})).value();
  ASSERT_TRUE(session.prefill(std::vector<TokenId>{5}));
  const std::vector<TokenId> wanted = {1, 1'000'000};
  EXPECT_EQ(session.append(9, nullptr, {.rows = wanted}).error().kind, ErrorKind::kInvalidArgument);
  EXPECT_EQ(session.tokens().size(), 1U);
}

TEST(Head, ScreenedGivesTheLargestLogitsOfGemmaExactly) {
  const std::optional<std::string> folder = process_environment("FAVILLA_TEST_MODELS");
  ASSERT_TRUE(folder) << "FAVILLA_TEST_MODELS must name the folder with the test models; ./check sets it";
  Engine engine = load(std::filesystem::path(*folder) / "gemma-3-270m-Q4_K_M.gguf");
  Session session = std::move(engine.new_session({.context_tokens = 512})).value();
  ASSERT_TRUE(session.prefill(std::vector<TokenId>{2, 818, 5279, 563, 496}));
  for (int step = 0; step < 60; ++step) {
    const auto held = static_cast<int>(session.tokens().size());
    const TokenId next = largest(logits_of(session), 3)[static_cast<size_t>(step % 3)];
    for (const int top : {1, 40, 104}) {
      session.truncate(held);
      ASSERT_TRUE(session.append(next, nullptr, {.top = top}));
      const std::vector<float> screened = logits_of(session);
      session.truncate(held);
      ASSERT_TRUE(session.append(next));
      const std::vector<float> exact = logits_of(session);
      const std::vector<TokenId> ids = largest(exact, static_cast<size_t>(top));
      ASSERT_EQ(largest(screened, static_cast<size_t>(top)), ids) << "step " << step << ", top " << top;
      for (const TokenId id : ids) ASSERT_EQ(screened[static_cast<size_t>(id)], exact[static_cast<size_t>(id)]);
    }
  }
}

}  // namespace
}  // namespace favilla

// Several sessions on one engine: read together, from several threads, and with priorities.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "generate/generate.h"

namespace favilla {
namespace {

Engine load(const char* name) {
  const auto path = std::filesystem::path(FAVILLA_SOURCE_DIR) / "tests/golden/models" / name;
  return std::move(Engine::load(std::move(GgufFile::open(path)).value(), {.threads = 2})).value();
}

Session open(Engine& engine, Priority priority = Priority::kForeground) {
  return std::move(engine.new_session({.priority = priority})).value();
}

std::vector<TokenId> prompt(int number) {
  std::vector<TokenId> ids;
  for (int i = 0; i < 5 + 9 * number; ++i) ids.push_back(10 + (i * 7 + number * 13) % 90);
  return ids;
}

std::vector<float> logits_of(const Session& session) {
  return {session.logits().begin(), session.logits().end()};
}

// The logits after each of `count` tokens that follow the prompt.
std::vector<std::vector<float>> write_alone(Session& session, int number, int count) {
  EXPECT_TRUE(session.prefill(prompt(number)));
  std::vector<std::vector<float>> logits;
  for (int i = 0; i < count; ++i) {
    EXPECT_TRUE(session.append(20 + i + number));
    logits.push_back(logits_of(session));
  }
  return logits;
}

class SharedEngine : public testing::TestWithParam<const char*> {};

TEST_P(SharedEngine, SessionsReadTogetherGetTheBitsThatTheyGetAlone) {
  Engine engine = load(GetParam());
  constexpr int kTokens = 3;
  for (const int count : {1, 2, 5, 8}) {
    std::vector<Session> sessions;
    std::vector<Session*> pointers;
    std::vector<std::vector<std::vector<float>>> alone;
    for (int n = 0; n < count; ++n) {
      sessions.push_back(open(engine));
      alone.push_back(write_alone(sessions.back(), n, kTokens));
      ASSERT_TRUE(sessions.back().prefill(prompt(n)));
    }
    for (Session& session : sessions) pointers.push_back(&session);
    for (int i = 0; i < kTokens; ++i) {
      std::vector<TokenId> ids;
      for (int n = 0; n < count; ++n) ids.push_back(20 + i + n);
      ASSERT_TRUE(Session::append_all(pointers, ids));
      for (int n = 0; n < count; ++n)
        EXPECT_EQ(logits_of(sessions[static_cast<size_t>(n)]), alone[static_cast<size_t>(n)][static_cast<size_t>(i)]);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, SharedEngine, testing::Values("llama-q4_1.gguf", "gemma3.gguf", "qwen3.gguf"));

TEST(Priorities, SessionsThatCannotBeReadTogetherAreRefusedAndStayAsTheyWere) {
  Engine engine = load("llama-q4_1.gguf");
  Engine other = load("llama-q4_1.gguf");
  Session a = open(engine);
  Session b = open(engine);
  Session foreign = open(other);
  Session background = open(engine, Priority::kBackground);
  for (Session* session : {&a, &b, &foreign, &background}) ASSERT_TRUE(session->prefill(prompt(0)));
  const size_t held = a.tokens().size();
  const auto refused = [&](std::vector<Session*> sessions, std::vector<TokenId> ids) {
    const auto result = Session::append_all(sessions, ids);
    return !result && result.error().kind == ErrorKind::kInvalidArgument;
  };
  EXPECT_TRUE(refused({}, {}));
  EXPECT_TRUE(refused({&a, &b}, {1}));
  EXPECT_TRUE(refused({&a, &a}, {1, 1}));
  EXPECT_TRUE(refused({&a, &foreign}, {1, 1}));
  EXPECT_TRUE(refused({&a, &background}, {1, 1}));
  EXPECT_TRUE(refused({&a, &b}, {1, 1'000'000}));
  EXPECT_TRUE(refused(std::vector<Session*>(9, &a), std::vector<TokenId>(9, 1)));
  EXPECT_EQ(a.tokens().size(), held);
  EXPECT_EQ(b.tokens().size(), held);
}

TEST(Priorities, ThreadsThatShareAnEngineEachGetTheirOwnAnswer) {
  Engine engine = load("llama-q4_1.gguf");
  constexpr int kThreads = 3, kTokens = 40;
  std::vector<std::vector<std::vector<float>>> expected, got(kThreads);
  for (int n = 0; n < kThreads; ++n) {
    Session session = open(engine);
    expected.push_back(write_alone(session, n, kTokens));
  }
  std::vector<std::thread> threads;
  for (int n = 0; n < kThreads; ++n) {
    threads.emplace_back([&, n] {
      Session session = open(engine, n == 0 ? Priority::kBackground : Priority::kForeground);
      got[static_cast<size_t>(n)] = write_alone(session, n, kTokens);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(got, expected);
}

TEST(Priorities, ABackgroundSessionWaitsWhileForegroundWorksAndCanBeCancelledMeanwhile) {
  Engine engine = load("llama-q4_1.gguf");
  std::atomic<bool> stop{false};
  std::atomic<bool> started{false};
  std::thread foreground([&] {
    Session session = open(engine);
    while (!stop) {
      session.truncate(0);
      EXPECT_TRUE(session.prefill(prompt(3)));
      started = true;
    }
  });
  while (!started) std::this_thread::yield();
  CancelFlag cancel;
  std::thread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    cancel.request();
  });
  std::thread background([&] {
    Session session = open(engine, Priority::kBackground);
    const auto result = session.prefill(prompt(1), &cancel);
    EXPECT_FALSE(result) << "it read on although foreground work never paused";
    EXPECT_EQ(result.error().kind, ErrorKind::kCancelled);
    stop = true;
    foreground.join();
    cancel.clear();
    EXPECT_TRUE(session.prefill(prompt(1), &cancel));
  });
  canceller.join();
  background.join();
}

}  // namespace
}  // namespace favilla

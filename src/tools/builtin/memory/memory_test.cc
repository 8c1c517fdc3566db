// The memory's actions: the cases, and what forgetting leaves in the files of the store.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/file.h"
#include "base/random.h"
#include "tools/builtin/memory/memory_tool.h"
#include "tools/cases_test.h"
#include "tools/runner.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class MemoryRunnerTest : public testing::Test {
 protected:
  MemoryRunnerTest()
      : folder_(fs::path(FAVILLA_BINARY_DIR) / "memory_tool_test" /
                fmt::format("{}-{}", testing::UnitTest::GetInstance()->current_test_info()->name(), ::getpid())) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~MemoryRunnerTest() override { fs::remove_all(folder_); }

  RunResult run(const char* action, const Json& arguments) {
    Result<RunResult> done = runner_.run("memory", action, arguments);
    EXPECT_TRUE(done) << done.error().message;
    return done ? std::move(*done) : RunResult{};
  }
  std::string reply(const char* action, const Json& arguments) { return run(action, arguments).outcome.reply; }
  std::string id_of(const RunResult& result) { return result.outcome.references.at(0).id; }

  void wait(std::chrono::minutes time) {
    clock_.set(clock_.now() + time);
    const Result<void> recovered = runner_.recover();
    EXPECT_TRUE(recovered) << recovered.error().message;
  }

  // The files below the store's folder that hold the bytes.
  std::vector<std::string> files_with(std::string_view bytes) const {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
      if (!entry.is_regular_file()) continue;
      if (read_file(entry.path()).value().find(bytes) != std::string::npos) names.push_back(entry.path().filename());
    }
    return names;
  }

  Result<RunResult> import(std::string_view text) {
    std::ofstream(folder_ / "facts.jsonl", std::ios::binary) << text;
    Result<RunResult> done = runner_.run("memory", "import", {{"path", (folder_ / "facts.jsonl").string()}});
    fs::remove(folder_ / "facts.jsonl");
    return done;
  }

  const fs::path folder_;
  FixedClock clock_{Moment{std::chrono::milliseconds{1'795'424'400'000}}};
  TimeZone zone_ = TimeZone::utc();
  DataFolders folders_{};
  Settings settings_ = Json::object();
  CancelFlag cancel_;
  Store store_{{folder_ / "favilla.db", true}};
  StoreRecords records_{store_};
  ToolContext context_{clock_, zone_, folders_, records_, settings_, cancel_, ""};
  Runner runner_{store_, {&kMemoryTool, 1}, context_, {folder_ / "Trash"}};
};

TEST_F(MemoryRunnerTest, ForgettingLeavesNoByteTenMinutesLater) {
  for (int i = 0; i < 300; ++i) run("remember", {{"fact", fmt::format("box {} holds thing {}", i, i * 7)}});
  const RunResult secret = run("remember", {{"fact", "the vault opens with zanzibar"}, {"source", "psst quokka"}});
  run("edit", {{"id", id_of(secret)}, {"fact", "the vault opens with xylophone"}});
  ASSERT_TRUE(store_.write(Durability::kFlushed, [&](StoreWriter& writer) {
    return writer.set_memory_vector(id_of(secret), "model", "vector of the secret");
  }));
  for (int i = 300; i < 600; ++i) run("remember", {{"fact", fmt::format("box {} holds thing {}", i, i * 7)}});
  EXPECT_THAT(reply("recall", {{"about", "vault"}}), HasSubstr("xylophone"));
  const RunResult forgotten = run("forget", {{"id", id_of(secret)}});
  wait(std::chrono::minutes(9));
  EXPECT_THAT(files_with("zanzibar"), testing::Not(testing::IsEmpty()));
  wait(std::chrono::minutes(1));
  for (const char* trace : {"zanzibar", "xylophone", "xylophon", "quokka", "vault", "vector of the secret"}) {
    EXPECT_THAT(files_with(trace), testing::IsEmpty()) << trace;
  }
  EXPECT_THAT(reply("recall", {{"about", "box 599"}}), HasSubstr("thing 4193"));
  const Result<VerifyReport> report = store_.verify();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->problems.empty()) << report->problems.front();
  const Result<RunResult> refused = runner_.undo(forgotten.id);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnsupported);
  EXPECT_THAT(refused.error().message, HasSubstr("is forgotten"));
}

TEST_F(MemoryRunnerTest, ForgettingCanBeUndoneForTenMinutesAndThenTheFactStays) {
  const RunResult tea = run("remember", {{"fact", "I like tea"}});
  run("forget", {{"about", "tea"}});
  EXPECT_THAT(reply("recall", {{"about", "tea"}}), HasSubstr("nothing"));
  ASSERT_TRUE(runner_.undo(std::nullopt));
  EXPECT_EQ(reply("recall", {{"about", "tea"}}), "You like tea.");
  wait(std::chrono::minutes(60));
  EXPECT_EQ(reply("recall", {{"about", "tea"}}), "You like tea.");
  EXPECT_EQ(store_.entry(*tea.id).value()->intent["arguments"]["fact"], "I like tea");
}

TEST_F(MemoryRunnerTest, AnUndoneFactIsErasedToo) {
  run("remember", {{"fact", "the word is zanzibar"}});
  ASSERT_TRUE(runner_.undo(std::nullopt));
  wait(std::chrono::minutes(10));
  EXPECT_THAT(files_with("zanzibar"), testing::IsEmpty());
}

TEST_F(MemoryRunnerTest, WhatAReaderHoldsBackIsErasedWhenItLetsGo) {
  run("remember", {{"fact", "the word is zanzibar"}});
  {
    const Result<Database> reader = Database::open(folder_ / "favilla.db", Database::Missing::kFail);
    Result<Statement> rows = reader->prepare("SELECT seq FROM journal");
    ASSERT_TRUE(rows->step().value());
    run("forget", {{"about", "zanzibar"}});
    wait(std::chrono::minutes(10));
    EXPECT_THAT(files_with("zanzibar"), testing::Not(testing::IsEmpty()));
    EXPECT_TRUE(store_.has_due_erasure(clock_.now()).value());
  }
  wait(std::chrono::minutes(0));
  EXPECT_THAT(files_with("zanzibar"), testing::IsEmpty());
  EXPECT_FALSE(store_.has_due_erasure(clock_.now()).value());
}

TEST_F(MemoryRunnerTest, TheJournalNoticesAnEditedSealedPart) {
  run("remember", {{"fact", "I like tea"}});
  const Result<Database> database = Database::open(folder_ / "favilla.db", Database::Missing::kFail);
  ASSERT_TRUE(database->run("UPDATE sealed SET content = replace(content, 'tea', 'gin')"));
  EXPECT_THAT(store_.verify()->problems, testing::ElementsAre("the sealed part of entry 1 was changed"));
}

TEST_F(MemoryRunnerTest, ExportedFactsCanBeImported) {
  run("remember", {{"fact", "I like tea"}});
  run("remember", {{"fact", "the car is at the garage"}, {"until", "2026-12-24"}});
  const std::string lines = reply("export", Json::object());
  run("forget", {{"about", "tea"}});
  run("forget", {{"about", "car"}});
  EXPECT_EQ(import(lines)->outcome.reply, "Imported 2 facts.");
  EXPECT_EQ(reply("export", Json::object()), lines);
  EXPECT_EQ(import(lines)->outcome.reply, "Imported no facts.");
}

TEST_F(MemoryRunnerTest, AnImportOfBrokenLinesChangesNothingAndNamesTheLine) {
  const std::string good = R"({"text":"I like tea","source":"import","learnt":1795338000000,"label":"owner"})";
  for (const char* bad : {R"({"text":)", "[]", R"({"text":"x","source":"import","learnt":"now","label":"owner"})",
                          R"({"text":"x","source":"import","learnt":1,"label":"web"})"}) {
    const Result<RunResult> refused = import(good + "\n" + bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_THAT(refused.error().message, HasSubstr("facts.jsonl, line 2")) << bad;
  }
  EXPECT_THAT(reply("list", Json::object()), HasSubstr("nothing yet"));
  Random random(5);
  for (int round = 0; round < 500; ++round) {
    std::string fuzzed = good + "\n" + good;
    for (int i = 0; i < 4; ++i) {
      fuzzed[random.next_below(static_cast<uint32_t>(fuzzed.size()))] = static_cast<char>(random.next_u32());
    }
    (void)import(fuzzed);  // none of them crashes
  }
}

TEST(MemoryTool, Cases) {
  run_cases("builtin/memory/memory.case", {&kMemoryTool});
}

TEST(MemoryTool, SpeaksToTheOwner) {
  EXPECT_EQ(told_to_owner("my sister says I am tall"), "your sister says you are tall");
  EXPECT_EQ(told_to_owner("Mylo is Army"), "Mylo is Army");
}

}  // namespace
}  // namespace favilla

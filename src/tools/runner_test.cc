// The runner over a small tool of its own, whose actions are one change each: done, undone, done again, refused.
#include "tools/runner.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/file.h"
#include "base/worker_thread.h"
#include "tools/file_ops.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr const char* kPathSchema = R"({"type":"object","properties":{"path":{"type":"string"},"to":{"type":"string"},
  "text":{"type":"string"}},"required":["path"],"additionalProperties":false})";

std::string at(const Json& arguments, const char* key) {
  return arguments.value(key, "");
}

Result<Outcome> change_one(std::string reply, Change change) {
  Outcome outcome;
  outcome.reply = std::move(reply);
  outcome.changes.push_back(std::move(change));
  return outcome;
}

Result<Outcome> plan_set(const ToolContext&, const Json& arguments) {
  const std::string path = at(arguments, "path");
  std::optional<std::string> after;
  if (arguments.contains("text")) after = at(arguments, "text");
  return change_one("Set " + path, SetFile{path, TRY(read_if_there(path)), after});
}
Result<Outcome> plan_move(const ToolContext&, const Json& arguments) {
  return change_one("Moved", MoveFile{at(arguments, "path"), at(arguments, "to")});
}
Result<Outcome> plan_copy(const ToolContext&, const Json& arguments) {
  return change_one("Copied", CopyFile{at(arguments, "path"), at(arguments, "to")});
}
Result<Outcome> plan_trash(const ToolContext&, const Json& arguments) {
  return change_one("Trashed", TrashFile{at(arguments, "path")});
}
Result<Outcome> plan_folder(const ToolContext&, const Json& arguments) {
  return change_one("Made", MakeFolder{at(arguments, "path")});
}
Result<Outcome> plan_record(const ToolContext& context, const Json& arguments) {
  const std::string key = at(arguments, "path");
  return change_one("Noted",
                    SetRecord{"note", key, TRY(context.records.find("note", key)), Json(at(arguments, "text"))});
}
Result<Outcome> plan_call(const ToolContext&, const Json& arguments) {
  Outcome outcome = TRY(change_one("Called", OutwardCall{Json{{"say", at(arguments, "path")}}, Json{{"unsay", 1}}}));
  if (arguments.contains("to")) outcome.changes.push_back(SetFile{at(arguments, "to"), std::nullopt, "called"});
  return outcome;
}
// A file, and a folder whose name a test makes too long.
Result<Outcome> plan_pair(const ToolContext&, const Json& arguments) {
  Outcome outcome;
  outcome.changes.push_back(SetFile{at(arguments, "path"), std::nullopt, "one"});
  outcome.changes.push_back(MakeFolder{at(arguments, "to")});
  return outcome;
}
// Two seconds of calls.
Result<Outcome> plan_calls(const ToolContext&, const Json&) {
  Outcome outcome;
  for (int i = 0; i < 200; ++i) outcome.changes.push_back(OutwardCall{Json{{"say", "slow"}}, std::nullopt});
  return outcome;
}
Result<Outcome> plan_nothing(const ToolContext&, const Json&) {
  return change_one("Looked", SetFile{"/nowhere", std::nullopt, "x"});
}

// The calls that were made lie in the settings' folder, so that a test sees them.
Result<Json> perform_call(const ToolContext& context, const Json& request) {
  if (request.value("say", "") == "refuse") return Error{ErrorKind::kNotFound, "nobody is there"};
  if (request.value("say", "") == "vanish") return Error{ErrorKind::kNetwork, "no answer"};
  if (request.value("say", "") == "slow") std::this_thread::sleep_for(std::chrono::milliseconds(10));
  std::ofstream(context.folders.home / "calls", std::ios::app) << to_json_text(request) << '\n';
  return Json("heard");
}

constexpr Action kActions[] = {
    {"set", "", Effect::kIdempotent, keeps(kOwnRecords), kPathSchema, plan_set, nullptr},
    {"move", "", Effect::kIdempotent, keeps(kOwnRecords), kPathSchema, plan_move, nullptr},
    {"copy", "", Effect::kIdempotent, keeps(kOwnRecords), kPathSchema, plan_copy, nullptr},
    {"trash", "", Effect::kIdempotent, keeps(kOwnRecords), kPathSchema, plan_trash, nullptr},
    {"folder", "", Effect::kIdempotent, keeps(kOwnRecords), kPathSchema, plan_folder, nullptr},
    {"record", "", Effect::kIdempotent, keeps(kOwnRecords), kPathSchema, plan_record, nullptr},
    {"call", "", Effect::kAtMostOnce, Declared{kOwnRecords, Sends::kOthers, Undo::kImpossible}, kPathSchema, plan_call,
     perform_call},
    {"calls", "", Effect::kAtMostOnce, keeps(kOwnRecords), kPathSchema, plan_calls, perform_call},
    {"pair", "", Effect::kIdempotent, keeps(kOwnRecords), kPathSchema, plan_pair, nullptr},
    {"look", "", Effect::kPure, keeps(kOwnRecords), kPathSchema, plan_nothing, nullptr},
};
constexpr Tool kTools[] = {{"test", "", kActions, ""}};

class RunnerTest : public testing::Test {
 protected:
  RunnerTest() {
    const std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
    folder_ = fs::path(FAVILLA_BINARY_DIR) / "runner_test" / fmt::format("{}-{}", name, ::getpid());
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "home");
    folders_.home = folder_ / "home";
    restart();
  }
  ~RunnerTest() override { fs::remove_all(folder_); }

  // As another process would see it.
  void restart() {
    runner_.reset();
    store_.emplace(StoreOptions{folder_ / "data/favilla.db", false});
    records_.emplace(*store_);
    context_.emplace(ToolContext{clock_, zone_, folders_, *records_, settings_, cancel_, ""});
    runner_.emplace(*store_, kTools, *context_, RunnerOptions{folder_ / "data/Trash"});
  }

  fs::path file(const std::string& name) const { return folder_ / "home" / name; }
  void write(const std::string& name, const std::string& text) const { std::ofstream(file(name)) << text; }
  std::string read(const std::string& name) const { return read_file(file(name)).value_or("(absent)"); }

  Result<RunResult> run(const std::string& action, Json arguments, RunOptions options = {}) {
    for (const char* key : {"path", "to"}) {
      if (arguments.contains(key) && action != "record" && !(action == "call" && key[0] == 'p')) {
        arguments[key] = file(arguments[key].get<std::string>()).string();
      }
    }
    return runner_->run("test", action, arguments, options);
  }
  int64_t run_id(const std::string& action, const Json& arguments, RunOptions options = {}) {
    const Result<RunResult> result = run(action, arguments, options);
    EXPECT_TRUE(result) << result.error().message;
    return result ? result->id.value_or(-1) : -1;
  }
  int64_t undo_id(std::optional<int64_t> id = std::nullopt) {
    const Result<RunResult> result = runner_->undo(id);
    EXPECT_TRUE(result) << result.error().message;
    return result ? result->id.value_or(-1) : -1;
  }
  std::string state_of(int64_t id) {
    const auto entry = store_->entry(id);
    return entry && *entry ? (*entry)->state : "(none)";
  }
  // The journal is whole, and no temporary file is left anywhere.
  void expect_clean() {
    const Result<VerifyReport> report = store_->verify();
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_THAT(report->problems, testing::IsEmpty());
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / "home")) {
      EXPECT_THAT(entry.path().filename().string(), testing::Not(HasSubstr(".favilla-")));
    }
  }

  fs::path folder_;
  FixedClock clock_{Moment{std::chrono::milliseconds{1'764'000'000'000}}};
  TimeZone zone_ = TimeZone::utc();
  DataFolders folders_;
  Settings settings_ = Json::object();
  CancelFlag cancel_;
  std::optional<Store> store_;
  std::optional<StoreRecords> records_;
  std::optional<ToolContext> context_;
  std::optional<Runner> runner_;
};

TEST_F(RunnerTest, AFileIsCreatedReplacedRemovedAndAllThreeAreUndone) {
  const int64_t created = run_id("set", {{"path", "a"}, {"text", "one"}});
  const int64_t replaced = run_id("set", {{"path", "a"}, {"text", "two"}});
  const int64_t removed = run_id("set", {{"path", "a"}});
  EXPECT_EQ(read("a"), "(absent)");
  restart();
  EXPECT_EQ(undo_id(), removed + 2);
  EXPECT_EQ(read("a"), "two");
  undo_id();
  EXPECT_EQ(read("a"), "one");
  restart();
  undo_id();
  EXPECT_EQ(read("a"), "(absent)");
  EXPECT_EQ(state_of(created), "undone");
  EXPECT_EQ(state_of(replaced), "undone");
  EXPECT_FALSE(runner_->undo(std::nullopt));
  expect_clean();
}

TEST_F(RunnerTest, UndoOfAnUndoDoesItAgain) {
  const int64_t done = run_id("set", {{"path", "a"}, {"text", "one"}});
  const int64_t undone = undo_id(done);
  const Result<RunResult> again = runner_->undo(undone);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->outcome.reply.substr(0, 10), "Done again");
  EXPECT_EQ(read("a"), "one");
  EXPECT_EQ(state_of(done), "done");
  EXPECT_EQ(state_of(undone), "undone");
  undo_id(done);
  EXPECT_EQ(read("a"), "(absent)");
  expect_clean();
}

TEST_F(RunnerTest, UndoKeepsTheModeOfAFileAndFollowsItsLink) {
  write("real", "one");
  fs::permissions(file("real"), fs::perms(0640));
  fs::create_symlink("real", file("link"));
  run_id("set", {{"path", "link"}, {"text", "two"}});
  EXPECT_TRUE(fs::is_symlink(file("link")));
  EXPECT_EQ(read("real"), "two");
  EXPECT_EQ(fs::status(file("real")).permissions(), fs::perms(0640));
  undo_id();
  EXPECT_EQ(read("real"), "one");
  expect_clean();
}

TEST_F(RunnerTest, MissingFoldersAreMadeAndGoAgain) {
  run_id("set", {{"path", "deep/er/a"}, {"text", "one"}});
  EXPECT_EQ(read("deep/er/a"), "one");
  undo_id();
  EXPECT_FALSE(fs::exists(file("deep")));
  undo_id(store_->entries({.limit = 1})->front().id);
  EXPECT_EQ(read("deep/er/a"), "one");
  expect_clean();
}

TEST_F(RunnerTest, AMoveIsUndoneOutOfOrder) {
  write("a", "one");
  const int64_t moved = run_id("move", {{"path", "a"}, {"to", "b"}});
  run_id("set", {{"path", "c"}, {"text", "other"}});
  undo_id(moved);
  EXPECT_EQ(read("a"), "one");
  EXPECT_EQ(read("c"), "other");
  expect_clean();
}

TEST_F(RunnerTest, NothingIsReplacedByAMoveOrACopy) {
  write("a", "one");
  write("b", "two");
  EXPECT_EQ(run("move", {{"path", "a"}, {"to", "b"}}).error().kind, ErrorKind::kBusy);
  EXPECT_EQ(run("copy", {{"path", "a"}, {"to", "b"}}).error().kind, ErrorKind::kBusy);
  EXPECT_EQ(read("a"), "one");
  EXPECT_EQ(read("b"), "two");
  expect_clean();
}

TEST_F(RunnerTest, ACopyOfAFolderGoesToTheTrashAgainUnlessItChanged) {
  fs::create_directories(file("from/sub"));
  write("from/sub/x", "x");
  const int64_t first = run_id("copy", {{"path", "from"}, {"to", "to"}});
  EXPECT_EQ(read("to/sub/x"), "x");
  undo_id(first);
  EXPECT_FALSE(fs::exists(file("to")));
  const int64_t second = run_id("copy", {{"path", "from"}, {"to", "to"}});
  write("to/sub/x", "longer");
  const Result<RunResult> refused = runner_->undo(second);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("has changed meanwhile"));
  EXPECT_EQ(read("to/sub/x"), "longer");
  expect_clean();
}

TEST_F(RunnerTest, TheTrashFollowsTheSpecificationAndGivesBack) {
  write("a b", "one");
  run_id("trash", {{"path", "a b"}});
  const std::string info = read_file(folder_ / "data/Trash/info/a b.trashinfo").value_or("");
  EXPECT_THAT(info, HasSubstr("[Trash Info]\nPath="));
  EXPECT_THAT(info, HasSubstr("a%20b\nDeletionDate=2025-11-24T16:00:00\n"));
  write("a b", "two");
  run_id("trash", {{"path", "a b"}});
  EXPECT_TRUE(fs::exists(folder_ / "data/Trash/files/a b.2"));
  undo_id();
  EXPECT_EQ(read("a b"), "two");
  EXPECT_FALSE(fs::exists(folder_ / "data/Trash/info/a b.2.trashinfo"));
  const Result<RunResult> refused = runner_->undo(std::nullopt);  // "a b" is there again
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kBusy);
  EXPECT_EQ(read("a b"), "two");
  expect_clean();
}

TEST_F(RunnerTest, RecordsAreWrittenWithTheJournal) {
  run_id("record", {{"path", "k"}, {"text", "one"}});
  run_id("record", {{"path", "k"}, {"text", "two"}});
  restart();
  EXPECT_EQ(records_->find("note", "k").value(), Json("two"));
  undo_id();
  EXPECT_EQ(records_->find("note", "k").value(), Json("one"));
  undo_id();
  EXPECT_EQ(records_->find("note", "k").value(), std::nullopt);
  EXPECT_TRUE(store_->pending()->empty());
  expect_clean();
}

TEST_F(RunnerTest, AFailedStepTakesBackThoseBeforeIt) {
  const Result<RunResult> failed = run("pair", {{"path", "one"}, {"to", std::string(300, 'n')}});
  ASSERT_FALSE(failed);
  EXPECT_EQ(read("one"), "(absent)");
  EXPECT_EQ(store_->entries({})->front().state, "failed");
  EXPECT_TRUE(store_->pending()->empty());
  expect_clean();
}

TEST_F(RunnerTest, UndoRefusesWhenTheFileChangedAndSaysWho) {
  const int64_t first = run_id("set", {{"path", "a"}, {"text", "one"}});
  const int64_t second = run_id("set", {{"path", "a"}, {"text", "two"}});
  const Result<RunResult> refused = runner_->undo(first);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kBusy);
  EXPECT_THAT(refused.error().message, HasSubstr(fmt::format("by entry {} (test set)", second)));
  EXPECT_EQ(read("a"), "two");
  write("a", "three");
  EXPECT_FALSE(runner_->undo(second));
  EXPECT_EQ(read("a"), "three");
  expect_clean();
}

TEST_F(RunnerTest, ACallNeedsApprovalIsMadeOnceAndTakenBackByItsUndo) {
  EXPECT_EQ(run("call", {{"path", "hello"}}).error().kind, ErrorKind::kPermission);
  EXPECT_EQ(read("calls"), "(absent)");
  run_id("call", {{"path", "hello"}, {"to", "sent"}}, {.approved = true});
  EXPECT_EQ(read("sent"), "called");
  EXPECT_EQ(runner_->undo(std::nullopt).error().kind, ErrorKind::kPermission);
  ASSERT_TRUE(runner_->undo(std::nullopt, {.approved = true}));
  EXPECT_EQ(read("calls"), "{\"say\":\"hello\"}\n{\"unsay\":1}\n");
  EXPECT_EQ(read("sent"), "(absent)");
  expect_clean();
}

TEST_F(RunnerTest, WhatTheOwnerAgreedToIsDoneAndNothingElse) {
  const std::string asked = run("call", {{"path", "hello"}, {"to", "sent"}}).error().message;
  EXPECT_THAT(asked, HasSubstr("hello"));
  ASSERT_TRUE(runner_->approve({}));
  const Result<RunResult> other = run("call", {{"path", "goodbye"}, {"to", "sent"}});
  EXPECT_EQ(other.error().kind, ErrorKind::kPermission);
  EXPECT_EQ(read("calls"), "(absent)");
  run_id("call", {{"to", "sent"}, {"path", "hello"}});
  EXPECT_EQ(read("calls"), "{\"say\":\"hello\"}\n");
  fs::remove(folder_ / "sent");
  EXPECT_EQ(run("call", {{"path", "hello"}, {"to", "sent"}}).error().kind, ErrorKind::kPermission);
}

TEST_F(RunnerTest, ARefusedCallChangesNothingAndALostOneIsUnsure) {
  EXPECT_FALSE(run("call", {{"path", "refuse"}, {"to", "sent"}}, {.approved = true}));
  EXPECT_EQ(store_->entries({})->front().state, "failed");
  EXPECT_EQ(read("sent"), "(absent)");
  const Result<RunResult> lost = run("call", {{"path", "vanish"}, {"to", "sent"}}, {.approved = true});
  EXPECT_THAT(lost.error().message, HasSubstr("unsure"));
  EXPECT_EQ(store_->entries({})->front().state, "unsure");
  EXPECT_EQ(read("sent"), "called");
  EXPECT_FALSE(runner_->undo(store_->entries({})->front().id, {.approved = true}));
  expect_clean();
}

TEST_F(RunnerTest, StopEndsAnActionWithin250MillisecondsAndNothingBeginsAfterIt) {
  std::atomic<std::chrono::steady_clock::time_point> stopped{};
  Result<RunResult> result = Error{};
  {
    const WorkerThread owner([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(60));
      stopped = std::chrono::steady_clock::now();
      cancel_.request();
    });
    result = run("calls", {{"path", "hello"}});
  }
  EXPECT_EQ(result.error().kind, ErrorKind::kCancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - stopped.load(), std::chrono::milliseconds(250));
  EXPECT_EQ(run("set", {{"path", "a"}, {"text", "x"}}).error().kind, ErrorKind::kCancelled);
  EXPECT_EQ(read("a"), "(absent)");
}

TEST_F(RunnerTest, ARuleForbidsEvenWhatWasApproved) {
  RunnerOptions options{.trash = folder_ / "Trash", .rules = {Rule{}}};
  options.rules[0].verdict = Verdict::kDeny;
  Runner strict(*store_, kTools, *context_, std::move(options));
  const Result<RunResult> result =
      strict.run("test", "set", {{"path", (folder_ / "a").string()}, {"text", "x"}}, {.approved = true});
  EXPECT_EQ(result.error().kind, ErrorKind::kPermission);
  EXPECT_FALSE(strict.asked());
  EXPECT_EQ(read("a"), "(absent)");
}

TEST_F(RunnerTest, ADryRunAndAnActionThatOnlyReadsWriteNothing) {
  const Result<RunResult> dry = run("set", {{"path", "a"}, {"text", "one"}}, {.dry_run = true});
  ASSERT_TRUE(dry);
  EXPECT_EQ(dry->outcome.changes.size(), 1U);
  EXPECT_EQ(run("look", {{"path", "a"}}).error().kind, ErrorKind::kInternal);
  EXPECT_FALSE(fs::exists(folder_ / "data"));
  EXPECT_EQ(read("a"), "(absent)");
}

TEST_F(RunnerTest, WrongNamesAndArgumentsAreNamed) {
  EXPECT_THAT(runner_->run("tset", "set", Json::object()).error().message, HasSubstr("there are test"));
  EXPECT_THAT(runner_->run("test", "sit", Json::object()).error().message, HasSubstr("it has set, move"));
  EXPECT_THAT(runner_->run("test", "set", Json::object()).error().message, HasSubstr("path is missing"));
  EXPECT_FALSE(runner_->run("test", "set", {{"path", "relative"}, {"text", "x"}}));
}

}  // namespace
}  // namespace favilla

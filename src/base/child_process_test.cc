// Programs that answer, die, hang, flood and leave children behind.
#include "base/child_process.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <charconv>
#include <thread>

#include "base/file.h"

namespace favilla {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

// Whoever inherits a dead process may take long to collect it.
bool runs(pid_t pid) {
  const Result<std::string> status = read_file(fmt::format("/proc/{}/status", pid));
  return status && status->find("State:\tZ") == std::string::npos;
}

class ChildProcessTest : public testing::Test {
 protected:
  static Result<ChildProcess> shell(const std::string& script) {
    return ChildProcess::start({.argv = {"sh", "-c", script}, .environment = {"PATH=/usr/bin:/bin", "GREETING=hello"}});
  }
  // All that it prints until it closes its output.
  std::string all_of(ChildProcess& child) {
    std::string text;
    while (true) {
      const Result<std::string> piece = child.read(steady_clock::now() + 10s, cancel_);
      EXPECT_TRUE(piece) << piece.error().message;
      if (!piece || piece->empty()) return text;
      text += *piece;
    }
  }
  CancelFlag cancel_;
};

TEST_F(ChildProcessTest, WhatIsWrittenIsReadAndAnswered) {
  Result<ChildProcess> child = shell("read line; echo \"got $line\"; echo trouble >&2");
  ASSERT_TRUE(child);
  child->write("one\n");
  EXPECT_EQ(all_of(*child), "got one\n");
  EXPECT_EQ(child->errors(), "trouble\n");
}

TEST_F(ChildProcessTest, ItGetsTheGivenEnvironmentAndNothingElse) {
  Result<ChildProcess> child = ChildProcess::start({.argv = {"env"}, .environment = {"GREETING=hello"}});
  ASSERT_TRUE(child);
  EXPECT_EQ(all_of(*child), "GREETING=hello\n");
}

TEST_F(ChildProcessTest, BothSidesMayWriteMoreThanAPipeHolds) {
  Result<ChildProcess> child = shell("head -c 1000000 /dev/zero; wc -c");
  ASSERT_TRUE(child);
  child->write(std::string(1'000'000, 'x'));
  std::string text;
  while (text.size() < 1'000'000) text += child->read(steady_clock::now() + 10s, cancel_).value();
  EXPECT_EQ(text.size(), 1'000'000U);
}

TEST_F(ChildProcessTest, AProgramThatReadsNoMoreDoesNotKillUs) {
  Result<ChildProcess> child = shell("exec <&-; sleep 0.05; echo done");
  ASSERT_TRUE(child);
  child->write(std::string(1'000'000, 'x'));
  EXPECT_EQ(all_of(*child), "done\n");
}

TEST_F(ChildProcessTest, SilenceEndsAtTheDeadlineAndAtACancel) {
  Result<ChildProcess> child = shell("sleep 60");
  ASSERT_TRUE(child);
  const Result<std::string> late = child->read(steady_clock::now() + 20ms, cancel_);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::kNetwork);
  cancel_.request();
  const Result<std::string> stopped = child->read(steady_clock::now() + 60s, cancel_);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().kind, ErrorKind::kCancelled);
}

TEST_F(ChildProcessTest, TheWholeGroupEndsWithTheObject) {
  pid_t grandchild = 0;
  {
    Result<ChildProcess> child = shell("sleep 60 & echo $!; wait");
    ASSERT_TRUE(child);
    const std::string number = child->read(steady_clock::now() + 10s, cancel_).value();
    ASSERT_EQ(std::from_chars(number.data(), number.data() + number.size(), grandchild).ec, std::errc());
    EXPECT_TRUE(runs(grandchild));
  }
  for (int i = 0; i < 200 && runs(grandchild); ++i) std::this_thread::sleep_for(10ms);
  EXPECT_FALSE(runs(grandchild));
}

TEST_F(ChildProcessTest, AProgramThatIsNotThereIsNotFound) {
  const Result<ChildProcess> child = ChildProcess::start({.argv = {"no-such-program"}, .environment = {}});
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace favilla

// What reaches a terminal, and where lines come from.
#include "cli/terminal.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

#include "cli/terminal_lines.h"

namespace favilla::cli {
namespace {

TEST(WithoutControls, lets_text_new_lines_and_tabs_through) {
  EXPECT_EQ(without_controls("a\n\tb \xC3\xA9 \xF0\x9F\x98\x80"), "a\n\tb \xC3\xA9 \xF0\x9F\x98\x80");
}

TEST(WithoutControls, shows_no_escape_sequence_in_any_coding) {
  const std::string replaced = "\xEF\xBF\xBD";
  EXPECT_EQ(without_controls("\x1b[2J"), replaced + "[2J");
  EXPECT_EQ(without_controls("\x1b]52;c;AAAA\x07"), replaced + "]52;c;AAAA" + replaced);
  EXPECT_EQ(without_controls("\xC2\x9B\x32J"), replaced + "2J") << "U+009B is CSI in one character";
  EXPECT_EQ(without_controls("\x7f\b"), replaced + replaced);
  EXPECT_EQ(without_controls(std::string_view("\0", 1)), replaced);
}

TEST(WithoutControls, does_not_let_a_carriage_return_overwrite_a_line) {
  EXPECT_EQ(without_controls("safe\rrm"), "saferm");
  EXPECT_EQ(without_controls("a\r\nb"), "a\nb");
}

TEST(WithoutControls, replaces_bytes_that_are_not_utf8) {
  EXPECT_EQ(without_controls("\x9b"
                             "2J"),
            "\xEF\xBF\xBD"
            "2J");
}

TEST(RequireUtf8, names_the_first_bad_byte) {
  EXPECT_TRUE(require_utf8("caf\xC3\xA9", "standard input").has_value());
  const Result<void> result = require_utf8("caf\xC3\xA9 \xFF", "standard input");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, ErrorKind::kInvalidArgument);
  EXPECT_EQ(result.error().message, "standard input is not UTF-8 text: byte 6 is 0xFF");
}

TEST(EarlyEndLine, is_empty_after_a_normal_end_and_tells_the_limit_otherwise) {
  GenerateResult result;
  result.generated_tokens = 7;
  EXPECT_EQ(early_end_line(result), "");
  result.reason = StopReason::kMaxTokens;
  EXPECT_NE(early_end_line(result).find("after 7 tokens"), std::string::npos);
}

// A pipe with everything written to it already.
class PipeLinesTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::pipe(ends_.data()), 0);
    signals_ = SignalWatch::start().value();
    signals_->begin_reporting();
  }
  void TearDown() override {
    ::close(ends_[0]);
    if (ends_[1] >= 0) ::close(ends_[1]);
  }
  void write(std::string_view text) {
    ASSERT_EQ(::write(ends_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void close_writer() { ::close(std::exchange(ends_[1], -1)); }

  std::array<int, 2> ends_{};
  std::unique_ptr<SignalWatch> signals_;
};

TEST_F(PipeLinesTest, gives_every_line_and_a_last_one_without_a_line_break) {
  write("one\n\ntwo\r\nthree");
  close_writer();
  PipeLines lines(ends_[0], *signals_);
  for (const char* expected : {"one", "", "two", "three"}) {
    const Line line = lines.read().value();
    EXPECT_EQ(line.end, LineEnd::kLine);
    EXPECT_EQ(line.text, expected);
  }
  EXPECT_EQ(lines.read().value().end, LineEnd::kEndOfInput);
  EXPECT_EQ(lines.read().value().end, LineEnd::kEndOfInput);
}

TEST_F(PipeLinesTest, counts_a_bad_byte_from_the_start_of_the_input) {
  write(
      "good\nba\xFF"
      "d\n");
  PipeLines lines(ends_[0], *signals_);
  ASSERT_TRUE(lines.read().has_value());
  const Result<Line> line = lines.read();
  ASSERT_FALSE(line.has_value());
  EXPECT_EQ(line.error().kind, ErrorKind::kInvalidArgument);
  EXPECT_EQ(line.error().message, "standard input is not UTF-8 text: byte 7 is 0xFF");
}

TEST_F(PipeLinesTest, stops_waiting_when_a_signal_comes) {
  PipeLines lines(ends_[0], *signals_);
  ::kill(::getpid(), SIGTERM);
  EXPECT_EQ(lines.read().value().end, LineEnd::kTerminated);
}

}  // namespace
}  // namespace favilla::cli

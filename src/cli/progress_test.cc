// What a person sees of a transfer, on a terminal and in a log. Time is given, not waited for.
#include "cli/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "cli/table.h"

namespace favilla::cli {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

class ProgressTest : public testing::Test {
 protected:
  ProgressTest() : out_(open_memstream(&text_, &size_)) {}
  ~ProgressTest() override {
    std::fclose(out_);
    std::free(text_);
  }

  std::string text() {
    std::fflush(out_);
    return {text_, size_};
  }

  static ProgressBar::Time at(int ms) { return ProgressBar::Time() + milliseconds(ms); }

  char* text_ = nullptr;
  size_t size_ = 0;
  std::FILE* out_;
};

TEST_F(ProgressTest, a_terminal_gets_one_line_that_is_drawn_over) {
  ProgressBar bar(out_, true);
  bar.update(0, 1000, at(0));
  bar.update(250, 1000, at(1000));
  bar.finish();
  EXPECT_THAT(text(), HasSubstr("\r 25% ["));
  EXPECT_THAT(text(), HasSubstr("250 bytes of 1.0 kB, 250 bytes/s, 3 s left"));
  EXPECT_EQ(std::count(text_, text_ + size_, '\n'), 1);
}

TEST_F(ProgressTest, a_log_gets_a_line_every_few_seconds_and_none_for_a_fast_transfer) {
  ProgressBar bar(out_, false);
  for (int ms = 0; ms < 2900; ms += 10) bar.update(static_cast<uint64_t>(ms), 10'000, at(ms));
  EXPECT_EQ(text(), "");
  bar.update(5000, 10'000, at(5000));
  bar.finish();
  EXPECT_EQ(text(), " 50% 5.0 kB of 10.0 kB, 1.0 kB/s, 5 s left\n");
}

TEST_F(ProgressTest, what_an_earlier_attempt_brought_does_not_count_into_the_rate) {
  ProgressBar bar(out_, true);
  bar.update(9000, 10'000, at(0));
  bar.update(9100, 10'000, at(1000));
  EXPECT_THAT(text(), HasSubstr("100 bytes/s, 9 s left"));
}

TEST_F(ProgressTest, a_bar_that_never_started_prints_nothing) {
  ProgressBar(out_, true).finish();
  EXPECT_EQ(text(), "");
}

TEST(FormatProgress, fits_into_every_width) {
  for (int columns = 1; columns < 200; ++columns) {
    const std::string line = format_progress(
        {.done_bytes = 123'456'789, .total_bytes = 987'654'321, .bytes_per_s = 1e6, .columns = columns});
    EXPECT_LT(line.size(), static_cast<size_t>(columns));
  }
  EXPECT_THAT(format_progress({.done_bytes = 5, .total_bytes = 0, .bytes_per_s = 0, .columns = 80}),
              Not(HasSubstr("%")));
  EXPECT_THAT(format_progress({.done_bytes = 9, .total_bytes = 5, .bytes_per_s = 2, .columns = 80}),
              HasSubstr("100% ["));
}

TEST(FormatDuration, is_as_exact_as_it_deserves) {
  EXPECT_EQ(format_duration(0.2), "0 s");
  EXPECT_EQ(format_duration(59), "59 s");
  EXPECT_EQ(format_duration(200), "3 min 20 s");
  EXPECT_EQ(format_duration(7500), "2 h 5 min");
  EXPECT_EQ(format_duration(1e18), "days");
}

TEST(Table, columns_are_aligned_and_control_characters_do_not_pass) {
  EXPECT_EQ(format_table({{"NAME", "SIZE"}, {"a", "1"}, {"b\xC3\xA4", "2"}}), "NAME  SIZE\na     1\nb\xC3\xA4    2\n");
  EXPECT_THAT(format_table({{"a\x1b[2J\nb", "\xff"}}), Not(HasSubstr("\x1b")));
  EXPECT_EQ(format_table({{"a\nb", "c"}}), "a b  c\n");
}

}  // namespace
}  // namespace favilla::cli

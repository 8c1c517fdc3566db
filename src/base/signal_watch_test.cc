// What signals turn into.
#include "base/signal_watch.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

namespace favilla {
namespace {

bool is_readable(int fd) {
  pollfd watched{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&watched, 1, 2000) == 1;
}

TEST(SignalWatch, turns_ctrl_c_into_a_flag_that_can_be_reset) {
  std::unique_ptr<SignalWatch> signals = SignalWatch::start().value();
  signals->begin_reporting();
  EXPECT_FALSE(signals->cancel().requested());
  ::kill(::getpid(), SIGINT);
  EXPECT_TRUE(is_readable(signals->wake_fd()));
  EXPECT_TRUE(signals->cancel().requested());
  EXPECT_EQ(signals->termination(), 0);
  signals->reset();
  EXPECT_FALSE(signals->cancel().requested());
}

TEST(SignalWatch, does_not_forget_a_request_to_terminate) {
  std::unique_ptr<SignalWatch> signals = SignalWatch::start().value();
  signals->begin_reporting();
  ::kill(::getpid(), SIGTERM);
  EXPECT_TRUE(is_readable(signals->wake_fd()));
  signals->reset();
  EXPECT_TRUE(signals->cancel().requested());
  EXPECT_EQ(signals->termination(), SIGTERM);
}

TEST(SignalWatchDeathTest, lets_a_signal_end_the_program_before_there_is_something_to_stop) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        const std::unique_ptr<SignalWatch> signals = SignalWatch::start().value();
        ::kill(::getpid(), SIGTERM);
        ::pause();
      },
      testing::KilledBySignal(SIGTERM), "");
}

}  // namespace
}  // namespace favilla

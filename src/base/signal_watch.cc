// See signal_watch.h.
#include "base/signal_watch.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>

#include "base/file.h"

namespace favilla {
namespace {

void raise_event(int event_fd) {
  const uint64_t one = 1;
  // Cannot fail in a way that matters: a full counter is readable, which is all that is wanted.
  [[maybe_unused]] const ssize_t written = ::write(event_fd, &one, sizeof one);
}

// Not blocking: an event that nobody raised is clear already.
void clear_event(int event_fd) {
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(event_fd, &count, sizeof count);
}

// Ends the process as the signal does by default, so that a shell sees what happened.
void die_of(int signal) {
  std::signal(signal, SIG_DFL);
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, signal);
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  ::raise(signal);
}

}  // namespace

Result<std::unique_ptr<SignalWatch>> SignalWatch::start() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&signals, signal);
  sigset_t previous;
  ::pthread_sigmask(SIG_BLOCK, &signals, &previous);  // a signalfd reports blocked signals only

  const int signal_fd = ::signalfd(-1, &signals, SFD_CLOEXEC);
  const int wake_fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  const int stop_fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (signal_fd < 0 || wake_fd < 0 || stop_fd < 0) {
    const Error error = errno_error("cannot watch", "signals", errno);
    for (const int fd : {signal_fd, wake_fd, stop_fd}) {
      if (fd >= 0) ::close(fd);
    }
    ::pthread_sigmask(SIG_SETMASK, &previous, nullptr);
    return error;
  }
  return std::unique_ptr<SignalWatch>(new SignalWatch(signal_fd, wake_fd, stop_fd, previous));
}

SignalWatch::SignalWatch(int signal_fd, int wake_fd, int stop_fd, const sigset_t& previous_mask)
    : signal_fd_(signal_fd), wake_fd_(wake_fd), stop_fd_(stop_fd), previous_mask_(previous_mask) {
  thread_ = std::thread([this] { watch(); });
}

SignalWatch::~SignalWatch() {
  raise_event(stop_fd_);
  thread_.join();
  for (const int fd : {signal_fd_, wake_fd_, stop_fd_}) ::close(fd);
  ::pthread_sigmask(SIG_SETMASK, &previous_mask_, nullptr);
}

// The watching thread: sleeps in poll(2) until a signal or the destructor comes.
void SignalWatch::watch() {
  std::array<pollfd, 2> watched{
      {{.fd = signal_fd_, .events = POLLIN, .revents = 0}, {.fd = stop_fd_, .events = POLLIN, .revents = 0}}};
  while (true) {
    if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) return;
    if ((watched[1].revents & POLLIN) != 0) return;
    if ((watched[0].revents & POLLIN) == 0) continue;
    signalfd_siginfo info{};
    if (::read(signal_fd_, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) continue;
    const int signal = static_cast<int>(info.ssi_signo);
    if (!reporting_) die_of(signal);
    // In this order: whoever wakes up finds the reason already there.
    if (signal != SIGINT) termination_ = signal;
    cancel_.request();
    raise_event(wake_fd_);
  }
}

void SignalWatch::reset() {
  if (termination_ != 0) return;
  clear_event(wake_fd_);
  cancel_.clear();
  // SIGTERM may have come between the two lines above.
  if (termination_ != 0) {
    cancel_.request();
    raise_event(wake_fd_);
  }
}

}  // namespace favilla

// Ctrl+C, SIGTERM and SIGHUP for a program with a conversation to lose: flags instead of sudden death.
//
//   std::unique_ptr<SignalWatch> signals = TRY(SignalWatch::start());   // before any other thread is made
//   signals->begin_reporting();
//   generate(..., {.cancel = &signals->cancel()});
//
// The signals are blocked and read from a signalfd by one thread, so nothing runs in a signal handler and every thread
// that is made later inherits the mask. Thread rule: made and destroyed in one thread; the flags may be read from any.
#pragma once

#include <atomic>
#include <csignal>
#include <memory>
#include <thread>

#include "base/cancel.h"
#include "base/result.h"

namespace favilla {

class SignalWatch {
 public:
  // Blocks SIGINT, SIGTERM and SIGHUP in this thread. kIo when the system has no descriptors left.
  static Result<std::unique_ptr<SignalWatch>> start();

  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  // Until this is called a signal ends the process, as it would without a watch: while a model loads there is nothing
  // to stop and nothing to lose.
  void begin_reporting() { reporting_ = true; }

  // Requested by every signal; what generates polls it.
  const CancelFlag& cancel() const { return cancel_; }

  // Readable from a signal until the next reset(), for poll(2).
  int wake_fd() const { return wake_fd_; }

  // Forgets a Ctrl+C. A request to terminate stays.
  void reset();

  // The signal that asked the program to leave (SIGTERM or SIGHUP); 0 while none has.
  int termination() const { return termination_; }

 private:
  SignalWatch(int signal_fd, int wake_fd, int stop_fd, const sigset_t& previous_mask);
  void watch();

  const int signal_fd_;
  const int wake_fd_;
  const int stop_fd_;
  const sigset_t previous_mask_;
  CancelFlag cancel_;
  std::atomic<bool> reporting_{false};
  std::atomic<int> termination_{0};
  std::thread thread_;
};

}  // namespace favilla

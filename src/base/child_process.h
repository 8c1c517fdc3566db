// A program that is talked with while it runs, without a shell.
//
//   ChildProcess child = TRY(ChildProcess::start({.argv = {"cat"}, .environment = {"LANG=C.UTF-8"}}));
//   child.write("hello\n");
//   std::string piece = TRY(child.read(std::chrono::steady_clock::now() + 10s, cancel));
//
// Its process group ends with the object. Thread rule: one thread at a time.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"

namespace favilla {

struct ChildOptions {
  std::vector<std::string> argv;         // argv[0] is looked up in our PATH
  std::vector<std::string> environment;  // "NAME=value": all that it gets
  std::chrono::milliseconds grace{500};  // from the end of its input until it is killed
};

class ChildProcess {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  // kNotFound when argv[0] is not a program.
  static Result<ChildProcess> start(const ChildOptions& options);

  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;
  // Ends its input, gives it `grace`, and kills the group.
  ~ChildProcess();

  // Takes the text; read() and flush() hand it over as the program reads it, so that neither side waits for the other.
  void write(std::string_view text) { outgoing_ += text; }

  // The next bytes that it printed, at most 64 KiB; empty when it has closed its output. kNetwork: nothing came until
  // the deadline. kCancelled.
  Result<std::string> read(Deadline deadline, const CancelFlag& cancel);

  // Hands over what was written, at the latest at the deadline. Output that comes meanwhile waits for read().
  void flush(Deadline deadline);

  // The end of what it wrote to stderr, at most 4 KiB.
  const std::string& errors() const { return errors_; }

 private:
  ChildProcess() = default;

  void send_some();
  void drain_errors();
  bool has_ended() const;

  pid_t pid_ = -1;
  int input_ = -1;  // a socket, so that a program that went away is an error code and not a signal
  int output_ = -1;
  int error_output_ = -1;
  std::chrono::milliseconds grace_{0};
  std::string outgoing_;
  std::string errors_;
};

}  // namespace favilla

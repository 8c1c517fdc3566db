// Where a chat's lines come from: a person at a terminal, or a pipe.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/signal_watch.h"

namespace favilla::cli {

// Why a read ended.
enum class LineEnd {
  kLine,
  kEndOfInput,   // Ctrl+D, the end of the pipe, or the terminal went away
  kInterrupted,  // Ctrl+C; the text is what stood on the line
  kTerminated,   // SIGTERM or SIGHUP
};

struct Line {
  LineEnd end = LineEnd::kEndOfInput;
  std::string text;      // valid UTF-8, without the line break
  bool goes_on = false;  // it ended inside a pasted text, whose lines are one message
};

// Lines of a descriptor that is no terminal; it stays the caller's. Owner: one thread.
class PipeLines {
 public:
  PipeLines(int fd, const SignalWatch& signals) : fd_(fd), signals_(signals) {}

  // kInvalidArgument, naming the byte offset in the whole input, for a line that is not UTF-8; kExhausted for one
  // longer than 16 MiB; kIo.
  Result<Line> read();

 private:
  Result<bool> read_more();  // false at the end of input or when a signal came

  const int fd_;
  const SignalWatch& signals_;
  std::string held_;  // read but not yet handed out
  size_t handed_out_bytes_ = 0;
  bool at_end_ = false;
  bool interrupted_ = false;
};

}  // namespace favilla::cli

// Runs another program, without a shell, and waits for it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"

namespace favilla {

struct SubprocessOptions {
  std::vector<std::string> argv;            // argv[0] is looked up in PATH
  size_t capture_limit_bytes = 1 << 20;     // stdout and stderr are each cut there
  const CancelFlag* cancel = nullptr;       // when set, the child gets SIGTERM and the call returns kCancelled
  std::function<void()> on_wait = nullptr;  // called about every 50 ms while the child runs
  // Called, in this thread, with each piece of stdout as soon as it is there, also with what the limit cuts off.
  std::function<void(std::string_view piece)> on_output = nullptr;
};

struct SubprocessResult {
  int exit_code = 0;  // 128 + signal when it was killed
  std::string standard_output;
  std::string standard_error;
};

// kNotFound when argv[0] is not a program. A non-zero exit is a result, not an error. stdin is /dev/null.
Result<SubprocessResult> run_subprocess(const SubprocessOptions& options);

}  // namespace favilla

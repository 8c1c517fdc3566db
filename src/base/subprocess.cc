// fork/exec by posix_spawn; output is read with poll so that neither pipe can fill and block the child.
#include "base/subprocess.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/file.h"

extern char** environ;

namespace favilla {
namespace {

constexpr int kPollInterval_ms = 50;  // how often the cancel flag is looked at

struct Pipe {
  int read_end = -1;
  int write_end = -1;
};

bool open_pipe(Pipe& pipe) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return false;
  pipe = {ends[0], ends[1]};
  return true;
}

void close_end(int& fd) {
  if (fd >= 0) ::close(fd);
  fd = -1;
}

// Reads what is there. Returns false at the end of the stream.
bool drain(int fd, std::string& into, size_t limit_bytes, const std::function<void(std::string_view)>& on_output) {
  char buffer[4096];
  const ssize_t count = ::read(fd, buffer, sizeof buffer);
  if (count > 0 && on_output) on_output({buffer, static_cast<size_t>(count)});
  if (count > 0 && into.size() < limit_bytes) {
    into.append(buffer, std::min(static_cast<size_t>(count), limit_bytes - into.size()));
  }
  return count > 0 || (count < 0 && (errno == EINTR || errno == EAGAIN));
}

int spawn(const SubprocessOptions& options, const Pipe& out, const Pipe& err, pid_t& child) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out.write_end, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err.write_end, STDERR_FILENO);
  std::vector<char*> argv;
  for (const std::string& word : options.argv) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const int status = ::posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return status;
}

}  // namespace

Result<SubprocessResult> run_subprocess(const SubprocessOptions& options) {
  if (options.argv.empty()) return Error{ErrorKind::kInvalidArgument, "no program to run"};
  Pipe out;
  Pipe err;
  if (!open_pipe(out) || !open_pipe(err)) {
    const int pipe_errno = errno;
    close_end(out.read_end), close_end(out.write_end);
    return errno_error("cannot start", options.argv[0], pipe_errno);
  }
  pid_t child = -1;
  const int status = spawn(options, out, err, child);
  close_end(out.write_end), close_end(err.write_end);
  if (status != 0) {
    close_end(out.read_end), close_end(err.read_end);
    return errno_error("cannot start", options.argv[0], status);
  }

  SubprocessResult result;
  bool cancelled = false;
  while (out.read_end >= 0 || err.read_end >= 0) {
    std::array<pollfd, 2> fds{pollfd{out.read_end, POLLIN, 0}, pollfd{err.read_end, POLLIN, 0}};
    ::poll(fds.data(), fds.size(), kPollInterval_ms);
    if (options.on_wait) options.on_wait();
    if (!cancelled && options.cancel != nullptr && options.cancel->requested()) {
      ::kill(child, SIGTERM);
      cancelled = true;
    }
    if (fds[0].revents != 0 &&
        !drain(out.read_end, result.standard_output, options.capture_limit_bytes, options.on_output)) {
      close_end(out.read_end);
    }
    if (fds[1].revents != 0 && !drain(err.read_end, result.standard_error, options.capture_limit_bytes, nullptr)) {
      close_end(err.read_end);
    }
  }
  int wait_status = 0;
  while (::waitpid(child, &wait_status, 0) < 0 && errno == EINTR) continue;
  if (cancelled) return Error{ErrorKind::kCancelled, fmt::format("stopped {}", options.argv[0])};
  result.exit_code = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
  return result;
}

}  // namespace favilla

// posix_spawn into a process group of its own; one poll over its input, output and errors.
#include "base/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <thread>
#include <utility>

#include "base/file.h"

namespace favilla {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kPoll{50};  // how often the cancel flag is looked at
constexpr milliseconds kEndPoll{5};
constexpr size_t kPiece_bytes = size_t{64} << 10;
constexpr size_t kKeptErrors_bytes = 4096;

void close_end(int& fd) {
  if (fd >= 0) ::close(fd);
  fd = -1;
}

struct Ends {
  int ours = -1;
  int theirs = -1;
};

// The file descriptors of one child until it has started.
struct Channels {
  Ends input;
  Ends output;
  Ends errors;

  ~Channels() {
    for (Ends* ends : {&input, &output, &errors}) close_end(ends->ours), close_end(ends->theirs);
  }

  bool open() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return false;
    input = {ends[0], ends[1]};
    for (Ends* pipe : {&output, &errors}) {
      if (::pipe2(ends, O_CLOEXEC) != 0) return false;
      *pipe = {ends[0], ends[1]};
    }
    for (const Ends* each : {&input, &output, &errors}) {
      if (::fcntl(each->ours, F_SETFL, O_NONBLOCK) != 0) return false;
    }
    return true;
  }
};

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> all;
  for (const std::string& word : words) all.push_back(const_cast<char*>(word.c_str()));
  all.push_back(nullptr);
  return all;
}

int spawn(const ChildOptions& options, const Channels& channels, pid_t& child) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, channels.input.theirs, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, channels.output.theirs, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, channels.errors.theirs, STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);
  const std::vector<char*> argv = pointers(options.argv);
  const std::vector<char*> environment = pointers(options.environment);
  const int status = ::posix_spawnp(&child, argv[0], &actions, &attributes, argv.data(), environment.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return status;
}

// How long a poll may take: until the deadline, and never so long that whoever cancels has to wait.
int poll_ms(steady_clock::time_point deadline, milliseconds longest) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
  return static_cast<int>(std::clamp(left, milliseconds{0}, longest).count());
}

}  // namespace

Result<ChildProcess> ChildProcess::start(const ChildOptions& options) {
  if (options.argv.empty()) return Error{ErrorKind::kInvalidArgument, "no program to run"};
  Channels channels;
  if (!channels.open()) return errno_error("cannot start", options.argv[0], errno);
  ChildProcess child;
  const int status = spawn(options, channels, child.pid_);
  if (status != 0) return errno_error("cannot start", options.argv[0], status);
  child.input_ = std::exchange(channels.input.ours, -1);
  child.output_ = std::exchange(channels.output.ours, -1);
  child.error_output_ = std::exchange(channels.errors.ours, -1);
  child.grace_ = options.grace;
  return child;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      input_(std::exchange(other.input_, -1)),
      output_(std::exchange(other.output_, -1)),
      error_output_(std::exchange(other.error_output_, -1)),
      grace_(other.grace_),
      outgoing_(std::move(other.outgoing_)),
      errors_(std::move(other.errors_)) {}

ChildProcess::~ChildProcess() {
  close_end(input_), close_end(output_), close_end(error_output_);
  if (pid_ < 0) return;
  const steady_clock::time_point end = steady_clock::now() + grace_;
  while (!has_ended() && steady_clock::now() < end) std::this_thread::sleep_for(kEndPoll);
  ::kill(-pid_, SIGKILL);  // before it is waited for: until then nobody else can get its number
  int wait_status = 0;
  while (::waitpid(pid_, &wait_status, 0) < 0 && errno == EINTR) continue;
}

bool ChildProcess::has_ended() const {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid_;
}

void ChildProcess::send_some() {
  const ssize_t count = ::send(input_, outgoing_.data(), outgoing_.size(), MSG_NOSIGNAL);
  if (count >= 0) {
    outgoing_.erase(0, static_cast<size_t>(count));
  } else if (errno != EAGAIN && errno != EINTR) {
    outgoing_.clear();  // it reads no more; its output says the rest
    close_end(input_);
  }
}

void ChildProcess::drain_errors() {
  std::array<char, 4096> buffer;
  const ssize_t count = ::read(error_output_, buffer.data(), buffer.size());
  if (count > 0) errors_.append(buffer.data(), static_cast<size_t>(count));
  if (count == 0) close_end(error_output_);
  if (errors_.size() > kKeptErrors_bytes) errors_.erase(0, errors_.size() - kKeptErrors_bytes);
}

Result<std::string> ChildProcess::read(Deadline deadline, const CancelFlag& cancel) {
  while (output_ >= 0) {
    if (cancel.requested()) return Error{ErrorKind::kCancelled, "stopped"};
    const int input = outgoing_.empty() ? -1 : input_;
    std::array<pollfd, 3> fds{pollfd{output_, POLLIN, 0}, pollfd{error_output_, POLLIN, 0}, pollfd{input, POLLOUT, 0}};
    ::poll(fds.data(), fds.size(), poll_ms(deadline, kPoll));
    if (fds[1].revents != 0) drain_errors();
    if (fds[2].revents != 0) send_some();
    if (fds[0].revents != 0) {
      std::string piece(kPiece_bytes, '\0');
      const ssize_t count = ::read(output_, piece.data(), piece.size());
      if (count == 0) close_end(output_);
      if (count > 0) {
        piece.resize(static_cast<size_t>(count));
        return piece;
      }
    }
    if (steady_clock::now() >= deadline) return Error{ErrorKind::kNetwork, "it does not answer in time"};
  }
  return std::string();
}

void ChildProcess::flush(Deadline deadline) {
  while (!outgoing_.empty() && input_ >= 0 && steady_clock::now() < deadline) {
    pollfd fd{input_, POLLOUT, 0};
    if (::poll(&fd, 1, poll_ms(deadline, kPoll)) > 0) send_some();
  }
}

}  // namespace favilla

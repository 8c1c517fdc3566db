// POSIX calls, because a full disk must be told from other failures and a kernel can share blocks between copies.
#include "catalog/transfer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "base/file.h"
#include "catalog/bytes.h"

namespace favilla {
namespace {

constexpr size_t kCopyBuffer_bytes = size_t{1} << 20;

// Closes on every way out of copy_file.
struct ReadEnd {
  explicit ReadEnd(const std::filesystem::path& path) : fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ReadEnd(const ReadEnd&) = delete;
  ReadEnd& operator=(const ReadEnd&) = delete;
  ~ReadEnd() {
    if (fd >= 0) ::close(fd);
  }
  int fd;
};

}  // namespace

// One sentence for every stopped transfer: what happened, and that nothing is lost.
Error cancelled_transfer() {
  return {ErrorKind::kCancelled, "stopped; what was fetched is kept, the same command goes on from there"};
}

// O_APPEND: the position is always the end, also after truncate().
Result<GrowingFile> GrowingFile::open(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return errno_error("cannot write", path, errno);
  struct stat info {};
  if (::fstat(fd, &info) != 0) {
    const int stat_errno = errno;
    ::close(fd);
    return errno_error("cannot write", path, stat_errno);
  }
  return GrowingFile(fd, path, static_cast<uint64_t>(info.st_size));
}

GrowingFile::GrowingFile(GrowingFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)), size_bytes_(other.size_bytes_) {}

GrowingFile& GrowingFile::operator=(GrowingFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  std::swap(size_bytes_, other.size_bytes_);
  return *this;
}

GrowingFile::~GrowingFile() {
  if (fd_ >= 0) ::close(fd_);
}

// What could be written before the disk was full stays and counts, so a part can be continued.
Result<void> GrowingFile::append(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno_error("cannot write", path_, errno);
    size_bytes_ += static_cast<uint64_t>(written);
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
  return {};
}

Result<void> GrowingFile::truncate(uint64_t size_bytes) {
  if (::ftruncate(fd_, static_cast<off_t>(size_bytes)) != 0) return errno_error("cannot write", path_, errno);
  size_bytes_ = size_bytes;
  return {};
}

Result<void> GrowingFile::finish() {
  if (::fsync(fd_) != 0) return errno_error("cannot flush", path_, errno);
  return {};
}

// f_bavail, not f_bfree: the reserve of the super-user is not ours to fill.
Result<void> require_free_space(const std::filesystem::path& folder, uint64_t needed_bytes) {
  struct statvfs info {};
  if (::statvfs(folder.c_str(), &info) != 0) return errno_error("cannot look at", folder, errno);
  const uint64_t free_bytes = uint64_t{info.f_bavail} * info.f_frsize;
  if (free_bytes >= needed_bytes) return {};
  return Error{
      ErrorKind::kExhausted,
      fmt::format("{} more are needed in {}, but only {} are free there; make room, or set FAVILLA_DATA_HOME to "
                  "a folder on a larger disk",
                  format_bytes(needed_bytes), folder.string(), format_bytes(free_bytes))};
}

Result<void> copy_file(const std::filesystem::path& from, const std::filesystem::path& to, const TransferHooks& hooks) {
  const ReadEnd source(from);
  if (source.fd < 0) return errno_error("cannot open", from, errno);
  struct stat info {};
  if (::fstat(source.fd, &info) != 0) return errno_error("cannot read", from, errno);
  const auto total_bytes = static_cast<uint64_t>(info.st_size);
  {
    const int target = ::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (target < 0) return errno_error("cannot write", to, errno);
    // Only some file systems share blocks (btrfs, XFS); all others refuse and get a copy.
    const bool shared = ::ioctl(target, FICLONE, source.fd) == 0;
    ::close(target);
    if (shared) return {};
  }
  TRY(require_free_space(to.parent_path(), total_bytes));
  GrowingFile target = TRY(GrowingFile::open(to));
  std::vector<std::byte> buffer(kCopyBuffer_bytes);
  while (true) {
    if (hooks.cancelled()) return cancelled_transfer();
    const ssize_t count = ::read(source.fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno_error("cannot read", from, errno);
    if (count == 0) return target.finish();
    TRY(target.append(std::span(buffer).first(static_cast<size_t>(count))));
    hooks.report(target.size_bytes(), total_bytes);
  }
}

}  // namespace favilla

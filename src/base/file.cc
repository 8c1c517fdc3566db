// Files through POSIX calls, because mmap, fsync and flock have no standard C++ form.
#include "base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace favilla {
namespace {

// Closes on every way out of a function.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

ErrorKind kind_of(int errno_value) {
  switch (errno_value) {
    case ENOENT:
    case ENOTDIR:
      return ErrorKind::kNotFound;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorKind::kPermission;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case ENOMEM:
      return ErrorKind::kExhausted;
    default:
      return ErrorKind::kIo;
  }
}

Result<struct stat> regular_file_status(int fd, const std::filesystem::path& path) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return errno_error("cannot read", path, errno);
  if (S_ISDIR(info.st_mode)) return Error{ErrorKind::kInvalidArgument, fmt::format("{} is a folder", path.string())};
  if (!S_ISREG(info.st_mode)) {
    return Error{ErrorKind::kInvalidArgument, fmt::format("{} is not a regular file", path.string())};
  }
  return info;
}

Result<void> write_all(int fd, std::string_view content, const std::filesystem::path& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno_error("cannot write", path, errno);
    content.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

}  // namespace

Error errno_error(std::string_view doing, const std::filesystem::path& path, int errno_value) {
  return {kind_of(errno_value), fmt::format("{} {}: {}", doing, path.string(), std::strerror(errno_value))};
}

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  // O_NONBLOCK: a FIFO given as a model must be refused, not waited for.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return errno_error("cannot open", path, errno);
  const struct stat status = TRY(regular_file_status(file.get(), path));
  const auto size_bytes = static_cast<size_t>(status.st_size);
  MappedFile mapped;
  if (size_bytes == 0) return mapped;
  void* address = ::mmap(nullptr, size_bytes, PROT_READ, MAP_SHARED, file.get(), 0);
  if (address == MAP_FAILED) return errno_error("cannot map", path, errno);
  mapped.address_ = address;
  mapped.size_bytes_ = size_bytes;
  mapped.modified_ns_ = int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
  return mapped;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : address_(std::exchange(other.address_, nullptr)),
      size_bytes_(std::exchange(other.size_bytes_, 0)),
      modified_ns_(other.modified_ns_) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(address_, other.address_);
  std::swap(size_bytes_, other.size_bytes_);
  std::swap(modified_ns_, other.modified_ns_);
  return *this;
}

MappedFile::~MappedFile() {
  if (address_ != nullptr) ::munmap(address_, size_bytes_);
}

void MappedFile::read_ahead() const {
  if (address_ != nullptr) ::madvise(address_, size_bytes_, MADV_WILLNEED);
}

void MappedFile::drop_pages(std::span<const std::byte> range) const {
  // Whole pages inside the range only: its neighbours may still be needed.
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  const size_t offset = static_cast<size_t>(range.data() - static_cast<const std::byte*>(address_));
  const size_t begin = (offset + page - 1) / page * page;
  const size_t end = (offset + range.size()) / page * page;
  if (begin < end) ::madvise(static_cast<std::byte*>(address_) + begin, end - begin, MADV_DONTNEED);
}

Result<NewMappedFile> NewMappedFile::create(const std::filesystem::path& folder, size_t size_bytes) {
  NewMappedFile created;
  created.fd_ = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (created.fd_ < 0) {
    if (errno == EOPNOTSUPP || errno == EISDIR) {
      return Error{ErrorKind::kUnsupported,
                   fmt::format("the file system of {} has no nameless files", folder.string())};
    }
    return errno_error("cannot make a file in", folder, errno);
  }
  if (const int error = ::posix_fallocate(created.fd_, 0, static_cast<off_t>(size_bytes)); error != 0)
    return errno_error("cannot make a file in", folder, error);
  void* address = ::mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, created.fd_, 0);
  if (address == MAP_FAILED) return errno_error("cannot map a file in", folder, errno);
  created.address_ = address;
  created.size_bytes_ = size_bytes;
  return created;
}

NewMappedFile::NewMappedFile(NewMappedFile&& other) noexcept
    : address_(std::exchange(other.address_, nullptr)),
      size_bytes_(std::exchange(other.size_bytes_, 0)),
      fd_(std::exchange(other.fd_, -1)) {}

NewMappedFile& NewMappedFile::operator=(NewMappedFile&& other) noexcept {
  std::swap(address_, other.address_);
  std::swap(size_bytes_, other.size_bytes_);
  std::swap(fd_, other.fd_);
  return *this;
}

NewMappedFile::~NewMappedFile() {
  if (address_ != nullptr) ::munmap(address_, size_bytes_);
  if (fd_ >= 0) ::close(fd_);
}

Result<void> NewMappedFile::publish(const std::filesystem::path& path) {
  // A link cannot replace a file, so it gets a name of its own first.
  const std::string source = fmt::format("/proc/self/fd/{}", fd_);
  const std::string temporary = fmt::format("{}.{}.new", path.string(), ::getpid());
  ::unlink(temporary.c_str());
  if (::linkat(AT_FDCWD, source.c_str(), AT_FDCWD, temporary.c_str(), AT_SYMLINK_FOLLOW) != 0)
    return errno_error("cannot name", path, errno);
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const Error error = errno_error("cannot replace", path, errno);
    ::unlink(temporary.c_str());
    return error;
  }
  return {};
}

Result<std::string> read_file(const std::filesystem::path& path, size_t limit_bytes) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return errno_error("cannot open", path, errno);
  TRY(regular_file_status(file.get(), path));
  std::string content;
  char buffer[1 << 16];
  while (true) {
    const ssize_t count = ::read(file.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno_error("cannot read", path, errno);
    if (count == 0) return content;
    content.append(buffer, static_cast<size_t>(count));
    if (content.size() > limit_bytes) {
      return Error{ErrorKind::kExhausted, fmt::format("{} is larger than {} bytes", path.string(), limit_bytes)};
    }
  }
}

Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view content) {
  std::string temporary = path.string() + ".XXXXXX";
  const Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (file.get() < 0) return errno_error("cannot write", path, errno);
  Result<void> written = write_all(file.get(), content, path);
  if (written && ::fsync(file.get()) != 0) written = errno_error("cannot flush", path, errno);
  if (written && ::rename(temporary.c_str(), path.c_str()) != 0) written = errno_error("cannot replace", path, errno);
  if (!written) {
    ::unlink(temporary.c_str());
    return written;
  }
  // The rename itself lasts only when the folder is flushed too.
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  const Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() >= 0) ::fsync(directory.get());
  return {};
}

Result<FileLock> FileLock::try_acquire(const std::filesystem::path& path) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (file.get() < 0) return errno_error("cannot lock", path, errno);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return Error{ErrorKind::kBusy, fmt::format("another process holds {}", path.string())};
    }
    return errno_error("cannot lock", path, errno);
  }
  return FileLock(file.release());
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

Result<void> make_private_folder(const std::filesystem::path& path) {
  std::error_code code;
  if (std::filesystem::is_directory(path, code)) return {};
  if (path.has_parent_path() && path.parent_path() != path) TRY(make_private_folder(path.parent_path()));
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return errno_error("cannot create", path, errno);
  return {};
}

}  // namespace favilla

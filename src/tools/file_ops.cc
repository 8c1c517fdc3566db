// POSIX and Linux calls behind file_ops.h.
#include "tools/file_ops.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <vector>

#include "base/checksum.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

constexpr size_t kCopyBuffer_bytes = size_t{1} << 18;
constexpr int kMaxDepth = 100;  // folders in folders, so that recursion has an end

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

Error occupied(const fs::path& path) {
  return {ErrorKind::kBusy, fmt::format("there is already something at {}", path.string())};
}

Result<void> write_all(int fd, std::string_view content, const fs::path& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno_error("cannot write", path, errno);
    content.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

Result<void> flush_file(int fd, const fs::path& path, Flush flush) {
  if (flush == Flush::kYes && ::fsync(fd) != 0) return errno_error("cannot flush", path, errno);
  return {};
}

Result<struct stat> status_of(const fs::path& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return errno_error("cannot look at", path, errno);
  return info;
}

// Sorted, so that two equal folders are walked in the same order.
Result<std::vector<std::string>> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code code;
  for (fs::directory_iterator it(folder, code); !code && it != fs::directory_iterator(); it.increment(code)) {
    names.push_back(it->path().filename().string());
  }
  if (code) return errno_error("cannot list", folder, code.value());
  std::sort(names.begin(), names.end());
  return names;
}

Result<void> copy_content(int from, int to, const fs::path& source, const fs::path& target) {
  std::string buffer(kCopyBuffer_bytes, '\0');
  while (true) {
    const ssize_t count = ::read(from, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno_error("cannot read", source, errno);
    if (count == 0) return {};
    TRY(write_all(to, std::string_view(buffer).substr(0, static_cast<size_t>(count)), target));
  }
}

Result<void> copy_file(const fs::path& from, const fs::path& to, const struct stat& info, Flush flush) {
  const Descriptor source(::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (source.get() < 0) return errno_error("cannot open", from, errno);
  const Descriptor target(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, info.st_mode & 0777));
  if (target.get() < 0) return errno == EEXIST ? occupied(to) : errno_error("cannot create", to, errno);
  TRY(copy_content(source.get(), target.get(), from, to));
  const struct timespec times[] = {info.st_atim, info.st_mtim};
  ::futimens(target.get(), times);
  return flush_file(target.get(), to, flush);
}

Result<void> copy_entry(const fs::path& from, const fs::path& to, Flush flush, int depth) {
  if (depth > kMaxDepth) {
    return Error{ErrorKind::kUnsupported, fmt::format("{} nests deeper than {} folders", from.string(), kMaxDepth)};
  }
  const struct stat info = TRY(status_of(from));
  if (S_ISREG(info.st_mode)) return copy_file(from, to, info, flush);
  if (S_ISLNK(info.st_mode)) {
    std::error_code code;
    fs::copy_symlink(from, to, code);
    if (code) return errno_error("cannot copy", from, code.value());
    return {};
  }
  if (!S_ISDIR(info.st_mode)) {
    return Error{ErrorKind::kUnsupported, fmt::format("{} is neither a file nor a folder", from.string())};
  }
  // Writable until it is filled.
  if (::mkdir(to.c_str(), 0700) != 0) return errno == EEXIST ? occupied(to) : errno_error("cannot create", to, errno);
  for (const std::string& name : TRY(names_in(from))) TRY(copy_entry(from / name, to / name, flush, depth + 1));
  const struct timespec times[] = {info.st_atim, info.st_mtim};
  ::chmod(to.c_str(), info.st_mode & 0777);
  ::utimensat(AT_FDCWD, to.c_str(), times, AT_SYMLINK_NOFOLLOW);
  return flush_folder(to, flush);
}

Result<void> describe(const fs::path& path, const std::string& name, std::string& out, int depth) {
  const struct stat info = TRY(status_of(path));
  const bool is_folder = S_ISDIR(info.st_mode);
  const int64_t size = S_ISREG(info.st_mode) ? int64_t{info.st_size} : 0;
  // A folder's own time changes when Favilla's temporary names come and go in it.
  const int64_t time = S_ISREG(info.st_mode) ? int64_t{info.st_mtim.tv_sec} / 2 : 0;
  out += fmt::format("{}\n{} {} {}\n", name, info.st_mode & S_IFMT, size, time);
  if (!is_folder || depth > kMaxDepth) return {};
  for (const std::string& entry : TRY(names_in(path))) TRY(describe(path / entry, name + "/" + entry, out, depth + 1));
  return {};
}

Result<bool> same_bytes(const fs::path& a, const fs::path& b) {
  const MappedFile first = TRY(MappedFile::open(a));
  const MappedFile second = TRY(MappedFile::open(b));
  return std::equal(first.bytes().begin(), first.bytes().end(), second.bytes().begin(), second.bytes().end());
}

Result<bool> same_entry(const fs::path& a, const fs::path& b, int depth) {
  const struct stat first = TRY(status_of(a));
  const struct stat second = TRY(status_of(b));
  if ((first.st_mode & S_IFMT) != (second.st_mode & S_IFMT) || depth > kMaxDepth) return false;
  std::error_code code;
  if (S_ISLNK(first.st_mode)) return fs::read_symlink(a, code) == fs::read_symlink(b, code);
  if (S_ISREG(first.st_mode)) return first.st_size == second.st_size && TRY(same_bytes(a, b));
  const std::vector<std::string> names = TRY(names_in(a));
  if (names != TRY(names_in(b))) return false;
  for (const std::string& name : names) {
    if (!TRY(same_entry(a / name, b / name, depth + 1))) return false;
  }
  return true;
}

}  // namespace

bool is_there(const fs::path& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0;
}

Result<std::optional<std::string>> read_if_there(const fs::path& path) {
  Result<std::string> content = read_file(path, kSetFileLimit_bytes);
  if (!content && content.error().kind == ErrorKind::kNotFound) return std::optional<std::string>();
  return std::optional<std::string>(TRY(std::move(content)));
}

Result<void> write_new_file(const fs::path& path, std::string_view content, mode_t mode, Flush flush) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (file.get() < 0) return errno == EEXIST ? occupied(path) : errno_error("cannot create", path, errno);
  Result<void> written = write_all(file.get(), content, path);
  // Not every file system has modes; a file that its owner alone can read is no failure.
  if (written && mode != 0600) (void)::fchmod(file.get(), mode);
  if (written) written = flush_file(file.get(), path, flush);
  if (!written) ::unlink(path.c_str());
  return written;
}

Result<bool> exchange_files(const fs::path& a, const fs::path& b) {
  if (::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) == 0) return true;
  if (errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP) return false;
  return errno_error("cannot replace", b, errno);
}

Result<void> rename_without_replacing(const fs::path& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return {};
  if (errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP) {
    // A file system without that flag: looking first leaves a moment in which another program may use the name.
    if (is_there(to)) return occupied(to);
    if (::rename(from.c_str(), to.c_str()) == 0) return {};
  }
  if (errno == EEXIST) return occupied(to);
  if (errno == EXDEV) {
    return Error{ErrorKind::kUnsupported, fmt::format("{} is on another file system", to.string())};
  }
  return errno_error(fmt::format("cannot move {} to", from.string()), to, errno);
}

Result<void> rename_replacing(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return errno_error("cannot replace", to, errno);
  return {};
}

Result<void> remove_file(const fs::path& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return errno_error("cannot remove", path, errno);
  return {};
}

Result<void> remove_tree(const fs::path& path) {
  std::error_code code;
  fs::remove_all(path, code);
  if (code) return errno_error("cannot remove", path, code.value());
  return {};
}

Result<void> flush_folder(const fs::path& folder, Flush flush) {
  if (flush == Flush::kNo) return {};
  const Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0) return errno_error("cannot open", folder, errno);
  return flush_file(directory.get(), folder, flush);
}

Result<void> copy_tree(const fs::path& from, const fs::path& to, Flush flush) {
  if (is_there(to)) return occupied(to);
  Result<void> copied = copy_entry(from, to, flush, 0);
  if (!copied) (void)remove_tree(to);  // the first error is the one to tell
  return copied;
}

Result<std::string> fingerprint(const fs::path& path) {
  std::string text;
  TRY(describe(path, "", text, 0));
  return fmt::format("{:016x}", checksum(std::as_bytes(std::span(text))));
}

Result<bool> same_content(const fs::path& a, const fs::path& b) {
  return same_entry(a, b, 0);
}

Result<dev_t> device_of(const fs::path& path) {
  struct stat info {};
  for (fs::path at = path;; at = at.parent_path()) {
    if (::lstat(at.c_str(), &info) == 0) return info.st_dev;
    if (at == at.parent_path()) return errno_error("cannot look at", path, errno);
  }
}

}  // namespace favilla

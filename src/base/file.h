// Files: read-only maps, whole reads, atomic writes, advisory locks. All paths are used as given.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace favilla {

// A read-only shared map of a whole file. Move-only; unmapped on destruction.
// A file truncated by someone else while mapped raises SIGBUS on access: models are replaced by rename, never
// rewritten.
class MappedFile {
 public:
  // kNotFound, kPermission or kIo. An empty file maps to an empty span. Folders are refused.
  static Result<MappedFile> open(const std::filesystem::path& path);

  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return {static_cast<const std::byte*>(address_), size_bytes_}; }

  // When the file was last written, in nanoseconds since 1970; 0 for an empty map.
  int64_t modified_ns() const { return modified_ns_; }

  // Asks the kernel to read all of it soon; returns at once.
  void read_ahead() const;

  // Tells the kernel that these pages are not needed soon; they stay valid and are read again on access.
  void drop_pages(std::span<const std::byte> range) const;

 private:
  void* address_ = nullptr;
  size_t size_bytes_ = 0;
  int64_t modified_ns_ = 0;
};

// A nameless file of a fixed size that is mapped for writing. It vanishes with the object unless publish() gave it a
// name; a killed process leaves nothing behind. Move-only.
class NewMappedFile {
 public:
  // In `folder`, which must be there; all blocks are allocated at once, so that a full disk is seen here (kExhausted)
  // and not by a write to the map. kUnsupported where the file system has no nameless files; kPermission; kIo.
  static Result<NewMappedFile> create(const std::filesystem::path& folder, size_t size_bytes);

  NewMappedFile() = default;
  NewMappedFile(NewMappedFile&& other) noexcept;
  NewMappedFile& operator=(NewMappedFile&& other) noexcept;
  ~NewMappedFile();

  std::span<std::byte> bytes() const { return {static_cast<std::byte*>(address_), size_bytes_}; }

  // Makes the content visible as `path` (in the same folder), instead of what had that name. The map stays. Not flushed
  // to the disk: for files whose readers verify a checksum.
  Result<void> publish(const std::filesystem::path& path);

 private:
  void* address_ = nullptr;
  size_t size_bytes_ = 0;
  int fd_ = -1;
};

// Fails with kExhausted when the file is larger than limit_bytes.
Result<std::string> read_file(const std::filesystem::path& path, size_t limit_bytes = size_t{64} << 20);

// Writes a temporary file beside `path`, flushes it to the disk, and renames it: a reader sees the old or the new
// bytes, never a part. A full disk leaves the old file in place (kExhausted).
Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view content);

// An exclusive flock(2) on a file that is created when absent and never removed. Released on destruction or exit.
class FileLock {
 public:
  // kBusy when another process holds it.
  static Result<FileLock> try_acquire(const std::filesystem::path& path);

  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

// "cannot open /x: Permission denied" with the matching ErrorKind (ENOSPC and EDQUOT are kExhausted).
Error errno_error(std::string_view doing, const std::filesystem::path& path, int errno_value);

// Creates a folder and its parents with mode 0700.
Result<void> make_private_folder(const std::filesystem::path& path);

}  // namespace favilla

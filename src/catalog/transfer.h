// Bytes on their way into a file: the file that grows, who watches it, and whether the disk can take it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/cancel.h"
#include "base/result.h"

namespace favilla {

struct TransferHooks {
  const CancelFlag* cancel = nullptr;
  std::function<void(uint64_t done_bytes, uint64_t total_bytes)> on_progress;  // total 0: unknown
  std::function<void(std::string_view sentence)> on_note;                      // "connection lost; trying again"

  bool cancelled() const { return cancel != nullptr && cancel->requested(); }
  void report(uint64_t done_bytes, uint64_t total_bytes) const {
    if (on_progress) on_progress(done_bytes, total_bytes);
  }
  void note(std::string_view sentence) const {
    if (on_note) on_note(sentence);
  }
};

// The error of every stopped transfer.
Error cancelled_transfer();

// A file opened for writing at its end. Closed on destruction; not flushed to the disk before finish().
class GrowingFile {
 public:
  // Creates the file, or goes on at the end of what is there.
  static Result<GrowingFile> open(const std::filesystem::path& path);

  GrowingFile(GrowingFile&& other) noexcept;
  GrowingFile& operator=(GrowingFile&& other) noexcept;
  ~GrowingFile();

  // kExhausted when the disk or a quota is full; what was written before stays.
  Result<void> append(std::span<const std::byte> bytes);
  Result<void> truncate(uint64_t size_bytes);
  Result<void> finish();  // flushes to the disk

  uint64_t size_bytes() const { return size_bytes_; }

 private:
  GrowingFile(int fd, std::filesystem::path path, uint64_t size_bytes)
      : fd_(fd), path_(std::move(path)), size_bytes_(size_bytes) {}

  int fd_ = -1;
  std::filesystem::path path_;
  uint64_t size_bytes_ = 0;
};

// kExhausted, naming both figures, when the disk of `folder` has fewer free bytes than needed.
Result<void> require_free_space(const std::filesystem::path& folder, uint64_t needed_bytes);

// Copies a file, sharing its blocks where the file system can.
Result<void> copy_file(const std::filesystem::path& from, const std::filesystem::path& to, const TransferHooks& hooks);

}  // namespace favilla

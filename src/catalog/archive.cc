// The only file that includes libzip.
#include "catalog/archive.h"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "catalog/bytes.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

constexpr size_t kReadBuffer_bytes = size_t{1} << 20;

struct ArchiveCloser {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct EntryCloser {
  void operator()(zip_file_t* entry) const { zip_fclose(entry); }
};
using Archive = std::unique_ptr<zip_t, ArchiveCloser>;
using Entry = std::unique_ptr<zip_file_t, EntryCloser>;

struct Progress {
  uint64_t before_bytes = 0;
  uint64_t total_bytes = 0;
};

Error corrupt(const fs::path& archive, std::string_view what) {
  return {ErrorKind::kCorrupt, fmt::format("{}: {}", archive.filename().string(), what)};
}

// Read-only and without libzip's repairs. zip_discard closes without writing anything back.
Result<Archive> open_archive(const fs::path& path) {
  int code = 0;
  Archive archive(zip_open(path.c_str(), ZIP_RDONLY, &code));
  if (archive != nullptr) return archive;
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  Error result = corrupt(path, zip_error_strerror(&error));
  zip_error_fini(&error);
  return result;
}

// Streams the entry; libzip checks its CRC at the end. More bytes than the directory announced are an error, so a small
// entry cannot inflate without end.
Result<void> copy_entry(zip_t* archive, const fs::path& path, const zip_stat_t& info, GrowingFile& target,
                        const Progress& progress, const TransferHooks& hooks) {
  const Entry entry(zip_fopen_index(archive, info.index, 0));
  if (entry == nullptr) return corrupt(path, zip_strerror(archive));
  std::vector<std::byte> buffer(kReadBuffer_bytes);
  uint64_t done_bytes = 0;
  while (true) {
    if (hooks.cancelled()) return cancelled_transfer();
    const zip_int64_t count = zip_fread(entry.get(), buffer.data(), buffer.size());
    if (count < 0) return corrupt(path, fmt::format("{} is damaged", info.name));
    done_bytes += static_cast<uint64_t>(count);
    if (done_bytes > info.size || (count == 0 && done_bytes < info.size)) {
      return corrupt(path, fmt::format("{} has another size than announced", info.name));
    }
    if (count == 0) return {};
    TRY(target.append(std::span(buffer).first(static_cast<size_t>(count))));
    hooks.report(progress.before_bytes + done_bytes, progress.total_bytes);
  }
}

// Compared part by part: "a..b" is a fine name, "a/../../b" is not.
bool stays_inside(const fs::path& name) {
  return name.is_relative() &&
         std::none_of(name.begin(), name.end(), [](const fs::path& part) { return part == ".."; });
}

// The files of the archive (not its folders), all checked before the first byte is written.
Result<std::vector<zip_stat_t>> list_tree(zip_t* archive, const fs::path& path, uint64_t limit_bytes) {
  const zip_int64_t count = zip_get_num_entries(archive, 0);
  if (count > kTreeEntryLimit) return corrupt(path, fmt::format("has more than {} entries", kTreeEntryLimit));
  std::vector<zip_stat_t> files;
  uint64_t sum_bytes = 0;
  for (zip_int64_t index = 0; index < count; ++index) {
    zip_stat_t info;
    if (zip_stat_index(archive, static_cast<zip_uint64_t>(index), 0, &info) != 0) {
      return corrupt(path, zip_strerror(archive));
    }
    // Folders have entries of their own; ours are made with the files.
    const std::string_view name = info.name;
    if (name.ends_with('/')) continue;
    if (!stays_inside(fs::path(name))) return corrupt(path, fmt::format("{} would leave the folder", name));
    // Written as a subtraction: the sum of hostile sizes could overflow.
    if (info.size > limit_bytes - sum_bytes) {
      return corrupt(path, fmt::format("would unpack to more than {}", format_bytes(limit_bytes)));
    }
    sum_bytes += info.size;
    files.push_back(info);
  }
  return files;
}

}  // namespace

Result<void> extract_entry(const fs::path& archive_path, std::string_view entry, uint64_t expected_bytes,
                           GrowingFile& target, const TransferHooks& hooks) {
  const Archive archive = TRY(open_archive(archive_path));
  zip_stat_t info;
  if (zip_stat(archive.get(), std::string(entry).c_str(), 0, &info) != 0) {
    return corrupt(archive_path, fmt::format("has no {}", entry));
  }
  if (info.size != expected_bytes) {
    return corrupt(archive_path, fmt::format("{} has {} bytes, not {}", entry, info.size, expected_bytes));
  }
  return copy_entry(archive.get(), archive_path, info, target, {0, expected_bytes}, hooks);
}

Result<void> extract_tree(const fs::path& archive_path, const fs::path& folder, uint64_t limit_bytes,
                          const TransferHooks& hooks) {
  const Archive archive = TRY(open_archive(archive_path));
  const std::vector<zip_stat_t> files = TRY(list_tree(archive.get(), archive_path, limit_bytes));
  Progress progress;
  for (const zip_stat_t& info : files) progress.total_bytes += info.size;
  for (const zip_stat_t& info : files) {
    const fs::path target_path = folder / info.name;
    TRY(make_private_folder(target_path.parent_path()));
    GrowingFile target = TRY(GrowingFile::open(target_path));
    // An earlier attempt may have left a part of the same name.
    TRY(target.truncate(0));
    TRY(copy_entry(archive.get(), archive_path, info, target, progress, hooks));
    progress.before_bytes += info.size;
  }
  return {};
}

}  // namespace favilla

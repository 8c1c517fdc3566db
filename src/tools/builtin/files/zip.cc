// See zip.h.
#include "tools/builtin/files/zip.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <zip.h>

#include <memory>
#include <string>

#include "base/file.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t kUnixModeShift = 16;  // of external attributes

struct Discard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
using Archive = std::unique_ptr<zip_t, Discard>;

Error failure(zip_t* archive, const fs::path& path) {
  return {ErrorKind::kIo, fmt::format("packing {} failed: {}", path.string(), zip_strerror(archive))};
}

// The archive reads `text` when it is closed, so it takes a copy.
zip_source_t* source_of_text(zip_t* archive, const std::string& text) {
  zip_source_t* source = zip_source_buffer_create(nullptr, 0, 0, nullptr);
  if (source == nullptr) return nullptr;
  if (zip_source_begin_write(source) == 0 && zip_source_write(source, text.data(), text.size()) >= 0 &&
      zip_source_commit_write(source) == 0) {
    return source;
  }
  zip_error_set(zip_get_error(archive), ZIP_ER_MEMORY, 0);
  zip_source_free(source);
  return nullptr;
}

Result<void> add(zip_t* archive, const fs::path& path, const std::string& name) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) return errno_error("packing", path, errno);
  zip_int64_t index = -1;
  if (S_ISDIR(status.st_mode)) {
    index = zip_dir_add(archive, name.c_str(), ZIP_FL_ENC_UTF_8);
  } else if (S_ISREG(status.st_mode) || S_ISLNK(status.st_mode)) {
    std::error_code error;
    zip_source_t* source = S_ISREG(status.st_mode) ? zip_source_file(archive, path.c_str(), 0, -1)
                                                   : source_of_text(archive, fs::read_symlink(path, error).string());
    if (source == nullptr) return failure(archive, path);
    index = zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8);
    if (index < 0) zip_source_free(source);
  } else {
    return {};
  }
  if (index < 0) return failure(archive, path);
  const auto entry = static_cast<zip_uint64_t>(index);
  zip_file_set_external_attributes(archive, entry, 0, ZIP_OPSYS_UNIX, status.st_mode << kUnixModeShift);
  zip_file_set_mtime(archive, entry, status.st_mtime, 0);
  return {};
}

int is_cancelled(zip_t*, void* cancel) {
  return static_cast<const CancelFlag*>(cancel)->requested() ? 1 : 0;
}

}  // namespace

Result<void> make_zip(const fs::path& archive, const fs::path& packed, const CancelFlag& cancel) {
  int code = 0;
  Archive zip(zip_open(archive.c_str(), ZIP_CREATE | ZIP_EXCL, &code));
  if (zip == nullptr) return errno_error("making", archive, errno);
  TRY(add(zip.get(), packed, packed.filename().string()));
  std::error_code error;
  if (fs::is_directory(fs::symlink_status(packed, error))) {
    for (fs::recursive_directory_iterator it(packed, error); !error && it != fs::recursive_directory_iterator();
         it.increment(error)) {
      if (cancel.requested()) return Error{ErrorKind::kCancelled, "stopped"};
      TRY(add(zip.get(), it->path(), (packed.filename() / it->path().lexically_relative(packed)).string()));
    }
    if (error) return errno_error("packing", packed, error.value());
  }
  zip_register_cancel_callback_with_state(zip.get(), is_cancelled, nullptr, const_cast<CancelFlag*>(&cancel));
  if (zip_close(zip.get()) != 0) {
    if (cancel.requested()) return Error{ErrorKind::kCancelled, "stopped"};
    return failure(zip.get(), packed);
  }
  static_cast<void>(zip.release());  // closed
  return {};
}

}  // namespace favilla

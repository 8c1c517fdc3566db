// Names to files. Rewriting models.toml: lock, read, change, write a new file, rename.
#include "catalog/catalog.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <functional>
#include <thread>

#include "base/file.h"
#include "catalog/names.h"
#include "catalog/staging.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

// Rewriting takes milliseconds; whoever holds the lock longer than this is stuck.
constexpr int kLockAttempts = 100;
constexpr std::chrono::milliseconds kLockPause{50};

fs::path manifest_path(const fs::path& folder) {
  return folder / "models.toml";
}

// Several pulls may end in the same second; each waits for its turn.
Result<FileLock> lock_manifest(const fs::path& folder) {
  const fs::path path = folder / ".models.lock";
  for (int attempt = 1; attempt < kLockAttempts; ++attempt) {
    Result<FileLock> lock = FileLock::try_acquire(path);
    if (lock || lock.error().kind != ErrorKind::kBusy) return lock;
    std::this_thread::sleep_for(kLockPause);
  }
  return FileLock::try_acquire(path);
}

// Reads under the lock, so that no row of another process is lost. An error of `change` leaves the file as it was.
Result<void> change_rows(const fs::path& folder, const std::function<Result<void>(std::vector<ModelRow>&)>& change) {
  TRY(make_writable(folder));
  const FileLock lock = TRY(lock_manifest(folder));
  std::vector<ModelRow> rows = TRY(read_manifest(manifest_path(folder)));
  TRY(change(rows));
  return write_file_atomically(manifest_path(folder), format_manifest(rows));
}

std::vector<ModelRow>::iterator find_row(std::vector<ModelRow>& rows, std::string_view name) {
  return std::find_if(rows.begin(), rows.end(), [&](const ModelRow& row) { return row.name == name; });
}

// A second name shares its files with the first.
bool uses_file(const std::vector<ModelRow>& rows, std::string_view file_name) {
  return std::any_of(rows.begin(), rows.end(), [&](const ModelRow& row) {
    return std::any_of(row.files.begin(), row.files.end(), [&](const ModelFile& f) { return f.file == file_name; });
  });
}

// Decides only the words of an error; whether a path works is for the file system to say.
bool looks_like_path(std::string_view text) {
  return text.find('/') != std::string_view::npos || text.ends_with(".gguf");
}

// The message is the next command to type: fetch it, or the name that was meant.
Error unknown_name(std::string_view text, const std::vector<ModelRow>& rows) {
  if (looks_like_path(text)) return {ErrorKind::kNotFound, fmt::format("there is no model file {}", text)};
  if (find_known_model(text) != nullptr) {
    return {ErrorKind::kNotFound, fmt::format("the model {0} is not on this machine yet; run: favilla pull {0}", text)};
  }
  std::vector<std::string_view> names;
  for (const ModelRow& row : rows) names.push_back(row.name);
  for (const KnownModel& model : known_models()) {
    if (std::find(names.begin(), names.end(), model.name) == names.end()) names.push_back(model.name);
  }
  const std::vector<std::string_view> near = nearest_names(text, names);
  if (near.empty()) {
    return {ErrorKind::kNotFound, fmt::format("there is no model named {}; `favilla list` shows the names", text)};
  }
  const bool here =
      std::any_of(rows.begin(), rows.end(), [&](const ModelRow& row) { return row.name == near.front(); });
  const std::string hint = here ? std::string() : fmt::format(" (to fetch it: favilla pull {})", near.front());
  return {ErrorKind::kNotFound,
          fmt::format("there is no model named {}; did you mean {}?{}", text, fmt::join(near, " or "), hint)};
}

}  // namespace

Result<std::vector<ModelRow>> Catalog::rows() const {
  return read_manifest(manifest_path(folder_));
}

Result<std::optional<ModelRow>> Catalog::find(std::string_view name) const {
  std::vector<ModelRow> all = TRY(rows());
  const auto row = find_row(all, name);
  if (row == all.end()) return std::optional<ModelRow>();
  return std::optional<ModelRow>(std::move(*row));
}

Result<ResolvedModel> Catalog::resolve(std::string_view name_or_path) const {
  std::vector<ModelRow> all = TRY(rows());
  std::error_code code;
  // Names win over files: what a name means must not depend on the current folder.
  if (const auto row = find_row(all, name_or_path); row != all.end()) {
    fs::path path = path_of(row->files.front());
    if (!fs::exists(path, code)) {
      return Error{ErrorKind::kNotFound,
                   fmt::format("the file of the model {0} is gone from {1}; run: favilla pull {2}", row->name,
                               folder_.string(), row->source)};
    }
    return ResolvedModel{std::move(path), std::move(*row)};
  }
  const fs::path path(name_or_path);
  // A folder that happens to be called like a catalogue model must not hide the hint to pull it.
  const bool is_folder = fs::is_directory(path, code);
  if (!is_folder && fs::exists(path, code)) return ResolvedModel{path, std::nullopt};
  if (is_folder && find_known_model(name_or_path) == nullptr) {
    return Error{ErrorKind::kInvalidArgument,
                 fmt::format("{0} is a folder, not a GGUF file; to import a folder: favilla pull {0}", name_or_path)};
  }
  return unknown_name(name_or_path, all);
}

bool Catalog::is_complete(const ModelRow& row) const {
  return std::all_of(row.files.begin(), row.files.end(), [&](const ModelFile& file) {
    std::error_code code;
    const uintmax_t bytes = fs::file_size(path_of(file), code);
    return !code && bytes == file.bytes;
  });
}

Result<void> Catalog::put(const ModelRow& row) {
  return change_rows(folder_, [&](std::vector<ModelRow>& rows) -> Result<void> {
    const auto present = find_row(rows, row.name);
    if (present == rows.end()) {
      rows.push_back(row);
    } else {
      *present = row;
    }
    return {};
  });
}

Result<void> Catalog::copy(std::string_view from, std::string_view to) {
  return change_rows(folder_, [&](std::vector<ModelRow>& rows) -> Result<void> {
    if (!is_model_name(to)) {
      return Error{ErrorKind::kInvalidArgument,
                   fmt::format("{} is no model name: use a-z, 0-9, '.', '_' and '-', at most 64", to)};
    }
    if (find_row(rows, to) != rows.end()) {
      return Error{ErrorKind::kInvalidArgument, fmt::format("the name {0} is taken; free it with: favilla rm {0}", to)};
    }
    const auto present = find_row(rows, from);
    if (present == rows.end()) return unknown_name(from, rows);
    ModelRow second = *present;
    second.name = to;
    rows.push_back(std::move(second));
    return {};
  });
}

Result<std::vector<fs::path>> Catalog::remove(std::string_view name) {
  std::vector<fs::path> deleted;
  const fs::path unfinished = TRY(Staging::discard_unfinished(*this, name));
  if (!unfinished.empty()) deleted.push_back(unfinished);
  TRY(change_rows(folder_, [&](std::vector<ModelRow>& rows) -> Result<void> {
    const auto present = find_row(rows, name);
    // There was only an unfinished pull under this name, and that is gone now.
    if (present == rows.end() && !deleted.empty()) return {};
    if (present == rows.end()) return unknown_name(name, rows);
    const ModelRow removed = std::move(*present);
    rows.erase(present);
    for (const ModelFile& file : removed.files) {
      if (uses_file(rows, file.file)) continue;
      if (::unlink(path_of(file).c_str()) == 0) {
        deleted.push_back(path_of(file));
        // A file that is gone already is what was wanted.
      } else if (errno != ENOENT) {
        return errno_error("cannot delete", path_of(file), errno);
      }
    }
    return {};
  }));
  return deleted;
}

// Creating may succeed where writing does not (a folder of another owner), so both are tried.
Result<void> make_writable(const fs::path& models_folder) {
  Result<void> made = make_private_folder(models_folder);
  if (made && ::access(models_folder.c_str(), W_OK | X_OK) != 0) {
    made = errno_error("cannot write to", models_folder, errno);
  }
  if (made) return {};
  return Error{made.error().kind,
               fmt::format("{}; set FAVILLA_DATA_HOME to a folder that can be written", made.error().message)};
}

}  // namespace favilla

// catalog: the models on this machine by name, and how they get here. The front door of the module.
//
//   Catalog catalog(paths.models());
//   ResolvedModel model = TRY(catalog.resolve("smollm2-135m"));      // a path works wherever a name does
//   GgufFile file = TRY(GgufFile::open(model.path));
//   PullResult pulled = TRY(pull(catalog, {.source = "hf.co/ORG/REPO:Q4_K_M"}, observer));
//
// The truth is models.toml beside the model files; it is read anew on every call, because other processes change it
// too. No state in memory but the folder's path: safe to use from several threads.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/bytes.h"         // IWYU pragma: export
#include "catalog/known_models.h"  // IWYU pragma: export
#include "catalog/manifest.h"      // IWYU pragma: export
#include "catalog/pull.h"          // IWYU pragma: export

namespace favilla {

struct ResolvedModel {
  std::filesystem::path path;   // of the GGUF, the first one of splits; it exists
  std::optional<ModelRow> row;  // absent when the model was given by path
};

class Catalog {
 public:
  // `folder` is Paths::models(). Creates nothing.
  explicit Catalog(std::filesystem::path folder) : folder_(std::move(folder)) {}

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path path_of(const ModelFile& file) const { return folder_ / file.file; }

  // Sorted by name; none when there is no models.toml. kCorrupt names the line.
  Result<std::vector<ModelRow>> rows() const;
  Result<std::optional<ModelRow>> find(std::string_view name) const;

  // A name of models.toml, else a path to a GGUF. kNotFound says what to do: the `favilla pull` that fetches it, or the
  // nearest names.
  Result<ResolvedModel> resolve(std::string_view name_or_path) const;

  // True when every file of the row is there with its size.
  bool is_complete(const ModelRow& row) const;

  // Adds the row, or replaces the one of its name. These three take a lock for the moment of rewriting (kBusy when
  // another process keeps it for seconds) and fail with kPermission when the folder cannot be written.
  Result<void> put(const ModelRow& row);

  // Gives the files of `from` a second name. kNotFound, or kInvalidArgument when `to` is taken or not a name.
  Result<void> copy(std::string_view from, std::string_view to);

  // Removes the row, those of its files that no other row uses, and what an unfinished pull of this name left behind.
  // Files outside the folder are never touched: an import is a hard link or a copy of its own. Returns the paths that
  // were deleted.
  Result<std::vector<std::filesystem::path>> remove(std::string_view name);

 private:
  std::filesystem::path folder_;
};

// Creates the folder when absent, and says in one sentence when it cannot be written.
Result<void> make_writable(const std::filesystem::path& models_folder);

}  // namespace favilla

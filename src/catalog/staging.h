// Where a model waits until it is whole: <models>/.partial/NAME, owned by one process at a time.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"
#include "catalog/manifest.h"

namespace favilla {

class Catalog;

class Staging {
 public:
  // Creates the folder, or finds what an earlier attempt left there. kBusy when another process is pulling this name.
  static Result<Staging> open(const Catalog& catalog, const std::string& name);

  // Deletes what an unfinished pull left behind and returns its folder; an empty path when there is nothing. kBusy
  // while the pull runs.
  static Result<std::filesystem::path> discard_unfinished(const Catalog& catalog, std::string_view name);

  Staging(Staging&&) noexcept = default;
  Staging& operator=(Staging&&) noexcept = default;
  ~Staging();  // leaves the folder only when there is something in it

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path path_of(const ModelFile& file) const { return folder_ / file.file; }

  // Validates the files of `row`, which lie in folder(), fills in role and licence where the row leaves them empty,
  // moves them to the models folder, writes the row, and removes the staging folder. Files that do not validate are
  // deleted: fetching them again from here would bring the same bytes.
  Result<ModelRow> install(Catalog& catalog, ModelRow row);

  // Deletes what is staged.
  void discard();

 private:
  Staging(std::filesystem::path folder, FileLock lock) : folder_(std::move(folder)), lock_(std::move(lock)) {}

  std::filesystem::path folder_;
  FileLock lock_;
};

}  // namespace favilla

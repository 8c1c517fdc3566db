// The last steps of every pull. Renames within one folder tree are atomic, so a model file is whole or absent.
#include "catalog/staging.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "catalog/catalog.h"
#include "catalog/names.h"
#include "model/gguf.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

fs::path partial_folder(const Catalog& catalog) {
  return catalog.folder() / ".partial";
}

// An embedding model has a pooling type; one that was taught to chat brings its template.
std::string role_of(const GgufFile& file) {
  const std::string architecture(file.find_string("general.architecture").value_or(""));
  if (file.find(architecture + ".pooling_type") != nullptr) return "embed";
  return file.find("tokenizer.chat_template") != nullptr ? "chat" : "base";
}

// Splits are named in models.toml only by their own row, so a name that another row uses must not be replaced.
Result<void> refuse_foreign_files(const Catalog& catalog, const ModelRow& row) {
  for (const ModelRow& other : TRY(catalog.rows())) {
    if (other.source == row.source) continue;
    for (const ModelFile& theirs : other.files) {
      for (const ModelFile& ours : row.files) {
        if (ours.file == theirs.file) {
          return Error{ErrorKind::kInvalidArgument,
                       fmt::format("the model {} already owns a file {}; choose another name with --name", other.name,
                                   ours.file)};
        }
      }
    }
  }
  return {};
}

}  // namespace

Result<Staging> Staging::open(const Catalog& catalog, const std::string& name) {
  TRY(make_writable(catalog.folder()));
  const fs::path partial = partial_folder(catalog);
  TRY(make_private_folder(partial));
  // The lock stands beside the folder and not in it, because the folder goes away when the pull is done.
  Result<FileLock> lock = FileLock::try_acquire(partial / (name + ".lock"));
  if (!lock && lock.error().kind == ErrorKind::kBusy) {
    return Error{ErrorKind::kBusy, fmt::format("another favilla is pulling {} right now; wait until it is done", name)};
  }
  Staging staging(partial / name, TRY(std::move(lock)));
  TRY(make_private_folder(staging.folder_));
  return staging;
}

// rmdir(2) fails on a folder with files in it, which is what is wanted here.
Staging::~Staging() {
  ::rmdir(folder_.c_str());
}

Result<fs::path> Staging::discard_unfinished(const Catalog& catalog, std::string_view name) {
  std::error_code code;
  // The name comes from a command line: only a model name is safe to become part of a path.
  if (!is_model_name(name) || !fs::is_directory(partial_folder(catalog) / name, code)) return fs::path();
  Staging staging = TRY(open(catalog, std::string(name)));
  staging.discard();
  return staging.folder();
}

Result<ModelRow> Staging::install(Catalog& catalog, ModelRow row) {
  TRY(refuse_foreign_files(catalog, row));
  {
    const Result<GgufFile> file = GgufFile::open(path_of(row.files.front()));
    if (!file) {
      // The words of the format's own check, with the source in front.
      Error error = file.error();
      const bool worthless = error.kind == ErrorKind::kCorrupt || error.kind == ErrorKind::kUnsupported;
      if (worthless) discard();
      return std::move(error).context(fmt::format("{} is not a model that favilla can use", row.source));
    }
    if (row.role.empty()) row.role = role_of(*file);
    if (row.licence.empty()) row.licence = file->find_string("general.license").value_or("unknown");
  }
  // The row comes last: a crash before it leaves a file without a name, never a name without a file.
  for (const ModelFile& file : row.files) {
    if (::rename(path_of(file).c_str(), catalog.path_of(file).c_str()) != 0) {
      return errno_error("cannot move the model to", catalog.path_of(file), errno);
    }
  }
  TRY(catalog.put(row));
  discard();
  return row;
}

void Staging::discard() {
  std::error_code code;
  fs::remove_all(folder_, code);
}

}  // namespace favilla

// The actions of the tool `files`, by purpose: looking (look.cc) and changing (change.cc).
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "tools/builtin/files/walk.h"
#include "tools/tool.h"

namespace favilla {

Result<Outcome> plan_files_find(const ToolContext&, const Json&);
Result<Outcome> plan_files_usage(const ToolContext&, const Json&);

Result<Outcome> plan_files_open(const ToolContext&, const Json&);
Result<Outcome> plan_files_copy(const ToolContext&, const Json&);
Result<Outcome> plan_files_move(const ToolContext&, const Json&);
Result<Outcome> plan_files_rename(const ToolContext&, const Json&);
Result<Outcome> plan_files_make_folder(const ToolContext&, const Json&);
Result<Outcome> plan_files_organise(const ToolContext&, const Json&);
Result<Outcome> plan_files_archive(const ToolContext&, const Json&);
Result<Outcome> plan_files_trash(const ToolContext&, const Json&);
Result<Outcome> plan_files_restore(const ToolContext&, const Json&);

// {"open": PATH}, {"archive": PATH, "folder": ..., "name": ...}, {"trash": PATH}
Result<Json> perform_files(const ToolContext&, const Json& request);

// The one file or folder that `words` mean: a place in the home folder, or the words of a name. A question when
// several fit; kNotFound.
struct PickedFile {
  std::filesystem::path path;
  std::optional<Outcome> question;
};
Result<PickedFile> pick_file(const ToolContext& context, const std::string& words, const std::string& argument);

std::string file_argument(const Json& arguments, const char* name);  // without blanks at the ends; "" when absent

inline Reference file_reference(const ToolContext& context, const std::filesystem::path& path) {
  return {"file", short_path(context.folders.home, path), path.filename().string()};
}

}  // namespace favilla

// A change that is ready to be applied: every name chosen, links resolved, nothing left to decide. The journal's intent
// holds the steps, so that another process can finish or take back what a killed one began.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "tools/change.h"

namespace favilla {

// As CopyFile; `fingerprint` (file_ops.h) is the original's, and so the copy's.
struct CopyStep {
  std::filesystem::path from;
  std::filesystem::path to;
  std::string fingerprint;
};

// Into a trash folder under names that were free. Empty fingerprint: whatever is there.
struct TrashStep {
  std::filesystem::path path;
  std::filesystem::path stored;  // .../files/NAME
  std::filesystem::path info;    // .../info/NAME.trashinfo
  std::string info_text;
  std::string fingerprint;
};

// Out of it again.
struct RestoreStep {
  std::filesystem::path path;
  std::filesystem::path stored;
  std::filesystem::path info;
  std::string info_text;
};

// `implied` folders were made for a file in them: they may be there already, and stay when something else is in them.
struct MakeFolderStep {
  std::filesystem::path path;
  bool implied = false;
};

struct RemoveFolderStep {
  std::filesystem::path path;
  bool implied = false;
};

using Step = std::variant<SetFile, MoveFile, CopyStep, TrashStep, RestoreStep, MakeFolderStep, RemoveFolderStep,
                          SetRecord, OutwardCall>;

// Neither a record nor a call.
bool is_file_step(const Step& step);

// Stores a file's content and returns its sha256; the reverse.
using PutBlob = std::function<Result<std::string>(std::string_view content)>;
using GetBlob = std::function<Result<std::string>(std::string_view sha256)>;

// {"change": "set_file", "path": ..., "before": SHA256 or null, "after": ...}. Paths that are not UTF-8 are written as
// {"hex": "..."}.
Result<Json> step_json(const Step& step, const PutBlob& put_blob);
Result<Step> step_from_json(const Json& json, const GetBlob& get_blob);

// What it touches, for messages and for finding later changes of the same thing: paths, or "COLLECTION/KEY".
std::vector<std::string> touched_by(const Step& step);

}  // namespace favilla

// One prepare for each kind of change, one inverse for each kind of step.
#include "tools/prepare.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "tools/file_ops.h"
#include "tools/trash.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

Result<void> require_absolute(const fs::path& path) {
  if (path.is_absolute() && path.has_filename()) return {};
  return Error{ErrorKind::kInvalidArgument, fmt::format("\"{}\" is not the full path of a file", path.string())};
}

class Preparation {
 public:
  explicit Preparation(const PrepareOptions& options) : options_(options) {}

  Result<void> add(const SetFile& change) {
    TRY(require_absolute(change.path));
    if (std::max(change.before.value_or("").size(), change.after.value_or("").size()) > kSetFileLimit_bytes) {
      return Error{ErrorKind::kExhausted, fmt::format("{} is too large to edit (over {} MiB)", change.path.string(),
                                                      kSetFileLimit_bytes >> 20)};
    }
    SetFile step = change;
    // An edit goes to the file that a link points to, and does not replace the link.
    std::error_code code;
    if (fs::is_symlink(step.path, code)) {
      const fs::path target = fs::weakly_canonical(step.path, code);
      if (!code) step.path = target;
    }
    if (merged_into_earlier(step)) return {};
    TRY(claim(step.path));
    if (step.after) TRY(add_parents(step.path));
    if (step.before != step.after) steps_.emplace_back(std::move(step));
    return {};
  }

  Result<void> add(const MoveFile& change) {
    TRY(require_source(change.from));
    TRY(require_free(change.to));
    TRY(claim(change.from));
    TRY(claim(change.to));
    TRY(add_parents(change.to));
    steps_.emplace_back(change);
    return {};
  }

  Result<void> add(const CopyFile& change) {
    TRY(require_source(change.from));
    TRY(require_free(change.to));
    TRY(claim(change.to));
    TRY(add_parents(change.to));
    steps_.emplace_back(CopyStep{change.from, change.to, TRY(fingerprint(change.from))});
    return {};
  }

  Result<void> add(const TrashFile& change) { return add_trash(change.path, ""); }

  Result<void> add(const MakeFolder& change) {
    TRY(require_free(change.path));
    TRY(claim(change.path));
    steps_.emplace_back(MakeFolderStep{change.path, false});
    return {};
  }

  Result<void> add(const SetRecord& change) {
    TRY(claim(change.collection + "/" + change.key));
    steps_.emplace_back(change);
    return {};
  }

  Result<void> add(const OutwardCall& change) {
    steps_.emplace_back(change);
    return {};
  }

  Result<void> add_trash(const fs::path& path, const std::string& expected_fingerprint) {
    TRY(require_source(path));
    TRY(claim(path));
    TrashStep step = TRY(choose_trash(path, options_.trash, options_.now));
    // Two files of one name in one action: neither is in the trash yet.
    for (int i = 2; claimed_.count(step.stored) != 0; ++i) {
      const std::string name = fmt::format("{}.{}.{}", path.filename().string(), format_iso(options_.now), i);
      step.stored = step.stored.parent_path() / name;
      step.info = step.info.parent_path() / (name + ".trashinfo");
    }
    TRY(claim(step.stored));
    step.fingerprint = expected_fingerprint;
    steps_.emplace_back(std::move(step));
    return {};
  }

  Result<void> add_step(Step step) {
    for (const std::string& name : touched_by(step)) TRY(claim(name));
    steps_.push_back(std::move(step));
    return {};
  }

  std::vector<Step> take() { return std::move(steps_); }

 private:
  // A path that two steps touch could not be judged after a crash.
  Result<void> claim(const fs::path& path) {
    if (claimed_.insert(path).second) return {};
    return Error{ErrorKind::kInvalidArgument, fmt::format("one action would change {} twice", path.string())};
  }

  Result<void> require_source(const fs::path& path) {
    TRY(require_absolute(path));
    if (is_there(path)) return {};
    return Error{ErrorKind::kNotFound, fmt::format("{} is not there", path.string())};
  }

  Result<void> require_free(const fs::path& path) {
    TRY(require_absolute(path));
    if (!is_there(path)) return {};
    return Error{ErrorKind::kBusy, fmt::format("there is already something at {}", path.string())};
  }

  bool merged_into_earlier(const SetFile& step) {
    for (Step& earlier : steps_) {
      auto* set = std::get_if<SetFile>(&earlier);
      if (set == nullptr || set->path != step.path || set->after != step.before) continue;
      set->after = step.after;
      return true;
    }
    return false;
  }

  // Folders that are missing above `path`, the highest first.
  Result<void> add_parents(const fs::path& path) {
    std::vector<fs::path> missing;
    for (fs::path at = path.parent_path(); !is_there(at) && at != at.parent_path(); at = at.parent_path()) {
      if (claimed_.count(at) != 0) break;  // this action makes it
      missing.push_back(at);
    }
    for (auto it = missing.rbegin(); it != missing.rend(); ++it) {
      TRY(claim(*it));
      steps_.emplace_back(MakeFolderStep{*it, true});
    }
    return {};
  }

  const PrepareOptions& options_;
  std::vector<Step> steps_;
  std::set<fs::path> claimed_;
};

// Adds the inverse of one step.
class Inversion {
 public:
  explicit Inversion(Preparation& preparation) : preparation_(preparation) {}

  Result<void> operator()(const SetFile& s) { return preparation_.add_step(SetFile{s.path, s.after, s.before}); }
  Result<void> operator()(const MoveFile& s) { return preparation_.add_step(MoveFile{s.to, s.from}); }
  Result<void> operator()(const CopyStep& s) { return preparation_.add_trash(s.to, s.fingerprint); }
  Result<void> operator()(const TrashStep& s) {
    return preparation_.add_step(RestoreStep{s.path, s.stored, s.info, s.info_text});
  }
  Result<void> operator()(const RestoreStep& s) { return preparation_.add_trash(s.path, ""); }
  Result<void> operator()(const MakeFolderStep& s) {
    return preparation_.add_step(RemoveFolderStep{s.path, s.implied});
  }
  Result<void> operator()(const RemoveFolderStep& s) {
    return preparation_.add_step(MakeFolderStep{s.path, s.implied});
  }
  Result<void> operator()(const SetRecord& s) {
    return preparation_.add_step(SetRecord{s.collection, s.key, s.after, s.before});
  }
  Result<void> operator()(const OutwardCall& s) {
    if (s.undo) return preparation_.add_step(OutwardCall{*s.undo, s.request});
    return Error{ErrorKind::kUnsupported, "nothing takes that back"};
  }

 private:
  Preparation& preparation_;
};

}  // namespace

Result<std::vector<Step>> prepare_changes(const std::vector<Change>& changes, const PrepareOptions& options) {
  Preparation preparation(options);
  for (const Change& change : changes) {
    TRY(std::visit([&](const auto& c) { return preparation.add(c); }, change));
  }
  return preparation.take();
}

Result<std::vector<Step>> prepare_undo(const std::vector<Step>& steps, const PrepareOptions& options) {
  Preparation preparation(options);
  for (auto it = steps.rbegin(); it != steps.rend(); ++it) TRY(std::visit(Inversion(preparation), *it));
  return preparation.take();
}

}  // namespace favilla

// One apply, take_back and applied for each kind of step.
#include "tools/apply.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "tools/file_ops.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kNewFileMode = 0600;
constexpr mode_t kNewFolderMode = 0700;

fs::path temporary(const StepPlace& place, const fs::path& beside) {
  return beside.parent_path() / fmt::format(".favilla-{}-{}.tmp", place.token, place.index);
}

Error changed(const fs::path& path) {
  return {ErrorKind::kBusy, fmt::format("{} has changed meanwhile", path.string())};
}

Error gone(const fs::path& path) {
  return {ErrorKind::kBusy, fmt::format("{} is no longer there", path.string())};
}

mode_t mode_of(const fs::path& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0 ? (info.st_mode & 07777) : kNewFileMode;
}

// ---- SetFile

// After a swap `old` holds what was replaced. If that is not what the step expects, somebody wrote in the last moment.
Result<void> require_old(const SetFile& step, const fs::path& old) {
  if (TRY(read_if_there(old)) == step.before) return {};
  return changed(step.path);
}

Result<void> replace_file(const SetFile& step, const fs::path& staged) {
  if (!TRY(exchange_files(staged, step.path))) return rename_replacing(staged, step.path);
  Result<void> same = require_old(step, staged);
  if (!same) TRY(exchange_files(staged, step.path));
  return same;
}

Result<void> withdraw_file(const SetFile& step, const fs::path& old) {
  TRY(rename_without_replacing(step.path, old));
  Result<void> same = require_old(step, old);
  if (!same) TRY(rename_without_replacing(old, step.path));
  return same;
}

Result<void> apply(const SetFile& step, const StepPlace& place) {
  const fs::path staged = temporary(place, step.path);
  if (TRY(read_if_there(step.path)) != step.before) return changed(step.path);
  if (step.after) TRY(write_new_file(staged, *step.after, mode_of(step.path), place.flush));
  if (!step.before && !step.after) return {};
  if (!step.before) TRY(rename_without_replacing(staged, step.path));
  if (step.before && step.after) TRY(replace_file(step, staged));
  if (!step.after) TRY(withdraw_file(step, staged));
  return flush_folder(step.path.parent_path(), place.flush);
}

Result<void> restore_content(const SetFile& step, const fs::path& kept, const StepPlace& place) {
  if (!step.before) return remove_file(step.path);
  Result<std::optional<std::string>> content = read_if_there(kept);
  if (!content || *content != step.before) {  // already cleaned, or torn by a power failure
    TRY(remove_file(kept));
    TRY(write_new_file(kept, *step.before, mode_of(step.path), place.flush));
  }
  return step.after ? rename_replacing(kept, step.path) : rename_without_replacing(kept, step.path);
}

Result<void> take_back(const SetFile& step, const StepPlace& place) {
  const fs::path kept = temporary(place, step.path);
  const std::optional<std::string> content = TRY(read_if_there(step.path));
  // A new file that still has its temporary name never got the other one: what is there is somebody else's.
  if (content == step.before || (!step.before && is_there(kept))) return remove_file(kept);
  if (content != step.after) return changed(step.path);
  TRY(restore_content(step, kept, place));
  return flush_folder(step.path.parent_path(), place.flush);
}

bool applied(const SetFile& step) {
  const Result<std::optional<std::string>> content = read_if_there(step.path);
  return content && *content == step.after;
}

// ---- MoveFile

Result<void> flush_both(const fs::path& from, const fs::path& to, Flush flush) {
  TRY(flush_folder(to.parent_path(), flush));
  return from.parent_path() == to.parent_path() ? Result<void>() : flush_folder(from.parent_path(), flush);
}

bool on_two_file_systems(const MoveFile& step) {
  const Result<dev_t> from = device_of(step.from.parent_path());
  const Result<dev_t> to = device_of(step.to.parent_path());
  return from && to && *from != *to;
}

// The original stays under a temporary name until the move is journaled.
Result<void> move_across(const MoveFile& step, const StepPlace& place) {
  const fs::path copy = temporary(place, step.to);
  TRY(copy_tree(step.from, copy, place.flush));
  TRY(rename_without_replacing(copy, step.to));
  return rename_without_replacing(step.from, temporary(place, step.from));
}

Result<void> apply(const MoveFile& step, const StepPlace& place) {
  if (!is_there(step.from)) return gone(step.from);
  Result<void> moved =
      on_two_file_systems(step) ? move_across(step, place) : rename_without_replacing(step.from, step.to);
  if (!moved) return moved;
  return flush_both(step.from, step.to, place.flush);
}

// The copy at `to` goes only while the original holds every byte of it. First under a temporary name: what is half
// removed must not look like the owner's.
Result<void> drop_copy(const fs::path& from, const fs::path& to, const StepPlace& place) {
  if (!TRY(same_content(from, to))) return changed(to);
  const fs::path copy = temporary(place, to);
  TRY(rename_without_replacing(to, copy));
  return remove_tree(copy);
}

Result<void> take_back(const MoveFile& step, const StepPlace& place) {
  const fs::path original = temporary(place, step.from);
  const bool across = on_two_file_systems(step);
  if (across && is_there(temporary(place, step.to))) return remove_tree(temporary(place, step.to));
  if (across && !is_there(step.from) && is_there(original)) TRY(rename_without_replacing(original, step.from));
  const bool from_there = is_there(step.from);
  const bool to_there = is_there(step.to);
  if (!from_there && !to_there) return gone(step.to);
  if (from_there && to_there && !across) return {};  // a rename that did not happen, because the name was taken
  if (from_there && to_there) TRY(drop_copy(step.from, step.to, place));
  if (!from_there) TRY(rename_without_replacing(step.to, step.from));
  return flush_both(step.from, step.to, place.flush);
}

bool applied(const MoveFile& step) {
  return is_there(step.to) && !is_there(step.from);
}

// ---- CopyStep

bool is_copy(const CopyStep& step, const fs::path& path) {
  const Result<std::string> found = fingerprint(path);
  return found && *found == step.fingerprint;
}

Result<void> apply(const CopyStep& step, const StepPlace& place) {
  const fs::path copy = temporary(place, step.to);
  TRY(copy_tree(step.from, copy, place.flush));
  if (!is_copy(step, copy)) return changed(step.from);
  TRY(rename_without_replacing(copy, step.to));
  return flush_folder(step.to.parent_path(), place.flush);
}

Result<void> take_back(const CopyStep& step, const StepPlace& place) {
  // A copy that still has its temporary name never got the other one: what is there is somebody else's.
  if (is_there(temporary(place, step.to))) return remove_tree(temporary(place, step.to));
  if (!is_there(step.to)) return {};
  TRY(drop_copy(step.from, step.to, place));
  return flush_folder(step.to.parent_path(), place.flush);
}

bool applied(const CopyStep& step) {
  return is_copy(step, step.to);
}

// ---- Trash

template <class Step>
Result<void> flush_trash(const Step& step, Flush flush) {
  TRY(flush_folder(step.info.parent_path(), flush));
  return flush_both(step.path, step.stored, flush);
}

Result<void> apply(const TrashStep& step, const StepPlace& place) {
  if (!is_there(step.path)) return gone(step.path);
  if (!step.fingerprint.empty() && TRY(fingerprint(step.path)) != step.fingerprint) return changed(step.path);
  TRY(make_private_folder(step.stored.parent_path()));
  TRY(make_private_folder(step.info.parent_path()));
  TRY(write_new_file(step.info, step.info_text, kNewFileMode, place.flush));
  TRY(rename_without_replacing(step.path, step.stored));
  return flush_trash(step, place.flush);
}

// Somebody else's entry under the same name is left alone.
template <class Step>
Result<void> remove_info(const Step& step) {
  if (TRY(read_if_there(step.info)) != step.info_text) return {};
  return remove_file(step.info);
}

Result<void> take_back(const TrashStep& step, const StepPlace& place) {
  const bool stored = is_there(step.stored);
  const bool there = is_there(step.path);
  if (!stored && !there) return gone(step.path);
  if (stored && there) return {};  // another program took the name in the trash first: nothing was done
  if (stored) TRY(rename_without_replacing(step.stored, step.path));
  TRY(remove_info(step));
  return stored ? flush_trash(step, place.flush) : Result<void>();
}

bool applied(const TrashStep& step) {
  return is_there(step.stored) && !is_there(step.path);
}

Result<void> apply(const RestoreStep& step, const StepPlace& place) {
  if (!is_there(step.stored)) {
    return Error{ErrorKind::kBusy, fmt::format("{} is no longer in the trash", step.path.string())};
  }
  TRY(rename_without_replacing(step.stored, step.path));
  return flush_both(step.path, step.stored, place.flush);
}

Result<void> take_back(const RestoreStep& step, const StepPlace& place) {
  if (is_there(step.stored)) return {};
  if (!is_there(step.path)) return gone(step.path);
  TRY(rename_without_replacing(step.path, step.stored));
  return flush_both(step.path, step.stored, place.flush);
}

bool applied(const RestoreStep& step) {
  return is_there(step.path) && !is_there(step.stored);
}

// ---- folders

Result<void> make_folder(const fs::path& path, bool may_exist, Flush flush) {
  std::error_code code;
  if (::mkdir(path.c_str(), kNewFolderMode) != 0) {
    if (errno != EEXIST) return errno_error("cannot create", path, errno);
    if (!may_exist || !fs::is_directory(path, code)) {
      return Error{ErrorKind::kBusy, fmt::format("there is already something at {}", path.string())};
    }
    return {};
  }
  return flush_folder(path.parent_path(), flush);
}

// What is in a folder besides the temporary names of this action.
bool holds_others(const fs::path& path, const StepPlace& place) {
  std::error_code code;
  for (const fs::directory_entry& entry : fs::directory_iterator(path, code)) {
    if (!entry.path().filename().string().starts_with(fmt::format(".favilla-{}-", place.token))) return true;
  }
  return false;
}

// What another program has put into it since stays.
Result<void> remove_if_empty(const fs::path& path, Flush flush) {
  if (::rmdir(path.c_str()) == 0) return flush_folder(path.parent_path(), flush);
  const int error = errno;
  if (error == ENOTEMPTY || error == EEXIST || !is_there(path)) return {};
  return errno_error("cannot remove", path, error);
}

Result<void> apply(const MakeFolderStep& step, const StepPlace& place) {
  return make_folder(step.path, step.implied, place.flush);
}

Result<void> take_back(const MakeFolderStep& step, const StepPlace& place) {
  return remove_if_empty(step.path, place.flush);
}

bool applied(const MakeFolderStep& step) {
  return is_there(step.path);
}

// Only a check: temporary names of the steps before may still be in it. clean_step() removes the folder.
Result<void> apply(const RemoveFolderStep& step, const StepPlace& place) {
  if (step.implied || !holds_others(step.path, place)) return {};
  return Error{ErrorKind::kBusy, fmt::format("{} is no longer empty", step.path.string())};
}

Result<void> take_back(const RemoveFolderStep&, const StepPlace&) {
  return {};
}

bool applied(const RemoveFolderStep&) {
  return true;
}

// ---- not files

template <class Step>
Result<void> not_a_file() {
  return Error{ErrorKind::kInternal, "records and calls are no steps for files"};
}
Result<void> apply(const SetRecord&, const StepPlace&) {
  return not_a_file<SetRecord>();
}
Result<void> take_back(const SetRecord&, const StepPlace&) {
  return {};
}
bool applied(const SetRecord&) {
  return false;
}
Result<void> apply(const OutwardCall&, const StepPlace&) {
  return not_a_file<OutwardCall>();
}
Result<void> take_back(const OutwardCall&, const StepPlace&) {
  return {};
}
bool applied(const OutwardCall&) {
  return false;
}

}  // namespace

Result<void> apply_step(const Step& step, const StepPlace& place) {
  return std::visit([&](const auto& s) { return apply(s, place); }, step);
}

Result<void> take_back_step(const Step& step, const StepPlace& place) {
  return std::visit([&](const auto& s) { return take_back(s, place); }, step);
}

bool is_applied(const Step& step) {
  return std::visit([](const auto& s) { return applied(s); }, step);
}

Result<void> clean_step(const Step& step, const StepPlace& place) {
  if (const auto* set = std::get_if<SetFile>(&step)) return remove_file(temporary(place, set->path));
  if (const auto* folder = std::get_if<RemoveFolderStep>(&step)) return remove_if_empty(folder->path, place.flush);
  if (const auto* restore = std::get_if<RestoreStep>(&step)) return remove_info(*restore);
  const auto* move = std::get_if<MoveFile>(&step);
  // The copy is there, or the original is not removed.
  if (move == nullptr || !on_two_file_systems(*move) || !is_there(move->to)) return {};
  return remove_tree(temporary(place, move->from));
}

bool needs_cleaning(const Step& step) {
  const auto* set = std::get_if<SetFile>(&step);
  const auto* move = std::get_if<MoveFile>(&step);
  return (set != nullptr && set->before) || (move != nullptr && on_two_file_systems(*move)) ||
         std::holds_alternative<RemoveFolderStep>(step) || std::holds_alternative<RestoreStep>(step);
}

}  // namespace favilla

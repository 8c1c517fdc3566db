// Moving, copying, packing and deleting: plans only; the runner carries them out and can take them back.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/file.h"
#include "base/subprocess.h"
#include "tools/apply.h"
#include "tools/builtin/files/actions.h"
#include "tools/builtin/files/zip.h"
#include "tools/choose.h"
#include "tools/match.h"
#include "tools/trash.h"
#include "tools/wording.h"

namespace favilla {

namespace fs = std::filesystem;

namespace {

constexpr size_t kMaxOrganised = 1'000;
constexpr size_t kMaxTrashed = 20'000;
constexpr size_t kMaxInfo_bytes = 64 << 10;

Error invalid(std::string message) {
  return {ErrorKind::kInvalidArgument, std::move(message)};
}

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(fs::symlink_status(path, error));
}

// A name for a file, not a path.
Result<std::string> checked_name(const std::string& name) {
  const bool bad = name.empty() || name == "." || name == ".." || name.size() > 255 ||
                   name.find('/') != std::string::npos || name.find('\0') != std::string::npos;
  if (bad) return invalid(fmt::format("\"{}\" cannot be the name of a file.", name));
  return name;
}

Outcome done(const ToolContext& context, std::string reply, const fs::path& path) {
  Outcome outcome;
  outcome.reply = std::move(reply);
  outcome.result = {{"path", path.string()}};
  outcome.references.push_back(file_reference(context, path));
  return outcome;
}

// Where a file goes: into `to` when that is a folder that is there (or ends with '/'), otherwise to that name.
Result<fs::path> target_of(const ToolContext& context, const fs::path& from, const std::string& to) {
  if (to.empty()) return invalid("Where to?");
  fs::path target = TRY(place_in_home(context.folders.home, to));
  std::error_code error;
  if (fs::is_directory(target, error) || to.ends_with('/')) target /= from.filename();
  if (is_there(target)) {
    return invalid(fmt::format("There is already {}.", short_path(context.folders.home, target)));
  }
  if (target.native().starts_with((from / "").native())) return invalid("A folder cannot go into itself.");
  return target;
}

// Home itself stays where it is.
Result<PickedFile> pick_movable(const ToolContext& context, const Json& arguments) {
  PickedFile picked = TRY(pick_file(context, file_argument(arguments, "file"), "file"));
  if (picked.path == context.folders.home) return invalid("That is your home folder.");
  return picked;
}

}  // namespace

Result<Outcome> plan_files_open(const ToolContext& context, const Json& arguments) {
  PickedFile picked = TRY(pick_file(context, file_argument(arguments, "file"), "file"));
  if (picked.question) return *std::move(picked.question);
  Outcome outcome =
      done(context, fmt::format("Opening {}.", short_path(context.folders.home, picked.path)), picked.path);
  outcome.changes.push_back(OutwardCall{Json{{"open", picked.path.string()}}, std::nullopt});
  return outcome;
}

Result<Outcome> plan_files_copy(const ToolContext& context, const Json& arguments) {
  PickedFile picked = TRY(pick_movable(context, arguments));
  if (picked.question) return *std::move(picked.question);
  const fs::path to = TRY(target_of(context, picked.path, file_argument(arguments, "to")));
  const fs::path& home = context.folders.home;
  Outcome outcome =
      done(context, fmt::format("Copied {} to {}.", short_path(home, picked.path), short_path(home, to)), to);
  outcome.changes.push_back(CopyFile{picked.path, to});
  return outcome;
}

Result<Outcome> plan_files_move(const ToolContext& context, const Json& arguments) {
  PickedFile picked = TRY(pick_movable(context, arguments));
  if (picked.question) return *std::move(picked.question);
  const fs::path to = TRY(target_of(context, picked.path, file_argument(arguments, "to")));
  const fs::path& home = context.folders.home;
  Outcome outcome =
      done(context, fmt::format("Moved {} to {}.", short_path(home, picked.path), short_path(home, to)), to);
  outcome.changes.push_back(MoveFile{picked.path, to});
  return outcome;
}

Result<Outcome> plan_files_rename(const ToolContext& context, const Json& arguments) {
  PickedFile picked = TRY(pick_movable(context, arguments));
  if (picked.question) return *std::move(picked.question);
  std::string name = TRY(checked_name(file_argument(arguments, "name")));
  std::error_code error;
  // "rename report.pdf to summary" keeps the ending.
  if (fs::path(name).extension().empty() && !fs::is_directory(picked.path, error))
    name += picked.path.extension().string();
  const fs::path to = picked.path.parent_path() / name;
  if (is_there(to)) return invalid(fmt::format("There is already {}.", short_path(context.folders.home, to)));
  Outcome outcome = done(context, fmt::format("Renamed {} to {}.", picked.path.filename().string(), name), to);
  outcome.changes.push_back(MoveFile{picked.path, to});
  return outcome;
}

Result<Outcome> plan_files_make_folder(const ToolContext& context, const Json& arguments) {
  const fs::path parent = TRY(place_in_home(context.folders.home, file_argument(arguments, "in")));
  const fs::path path = parent / TRY(checked_name(file_argument(arguments, "name")));
  const fs::path& home = context.folders.home;
  std::error_code error;
  if (!fs::is_directory(parent, error)) {
    return Error{ErrorKind::kNotFound, fmt::format("There is no folder {}.", short_path(home, parent))};
  }
  if (is_there(path)) return invalid(fmt::format("There is already {}.", short_path(home, path)));
  Outcome outcome = done(context, fmt::format("Made the folder {}.", short_path(home, path)), path);
  outcome.changes.push_back(MakeFolder{path});
  return outcome;
}

namespace {

// The folder, below the one that is organised, that a file belongs in: "Pictures", "2026/11".
std::string place_by(const std::string& rule, const FoundFile& file, const TimeZone& zone) {
  if (rule == "kind") {
    std::string kind(kind_of(file.path));
    if (kind == "other") return "";
    kind.front() = static_cast<char>(kind.front() - 'a' + 'A');
    return kind;
  }
  const std::string date = format_iso(zone.to_local(file.modified));
  return rule == "year" ? date.substr(0, 4) : date.substr(0, 4) + "/" + date.substr(5, 2);
}

}  // namespace

Result<Outcome> plan_files_organise(const ToolContext& context, const Json& arguments) {
  const fs::path& home = context.folders.home;
  const std::string in = file_argument(arguments, "in");
  const std::string rule = arguments.value("by", std::string("kind"));
  const fs::path root = TRY(place_in_home(home, in));
  Outcome outcome;
  std::map<std::string, size_t> counts;
  size_t taken = 0;
  std::vector<FoundFile> files;
  TRY(walk(root, context.cancel, [&](const FoundFile& file) {
    if (!file.folder && file.path.parent_path() == root) files.push_back(file);
  }));
  std::sort(files.begin(), files.end(), [](const FoundFile& a, const FoundFile& b) { return a.path < b.path; });
  for (const FoundFile& file : files) {
    const std::string place = place_by(rule, file, context.zone);
    if (place.empty()) continue;
    const fs::path to = root / place / file.path.filename();
    if (is_there(to)) {
      ++taken;
      continue;
    }
    if (outcome.changes.size() == kMaxOrganised) {
      return Error{ErrorKind::kExhausted,
                   fmt::format("There are more than {} files to move; begin with a smaller folder.", kMaxOrganised)};
    }
    outcome.changes.push_back(MoveFile{file.path, to});
    ++counts[place];
  }
  std::vector<std::string> said;
  outcome.result = {{"folder", root.string()}, {"moves", outcome.changes.size()}, {"folders", Json::object()}};
  for (const auto& [place, count] : counts) {
    outcome.result["folders"][place] = count;
    said.push_back(fmt::format("{} to {}", say_count(count, "file"), place));
  }
  outcome.reply = said.empty() ? fmt::format("There is nothing to organise in {}.", short_path(home, root))
                               : fmt::format("{}: {}.", short_path(home, root), say_list(said));
  if (taken > 0) outcome.reply += fmt::format(" {} stay: the names are taken there.", say_count(taken, "file"));
  return outcome;
}

Result<Outcome> plan_files_archive(const ToolContext& context, const Json& arguments) {
  PickedFile picked = TRY(pick_movable(context, arguments));
  if (picked.question) return *std::move(picked.question);
  const fs::path folder = picked.path.parent_path();
  const fs::path archive = folder / (picked.path.filename().string() + "." + arguments.value("format", "tar.gz"));
  const fs::path& home = context.folders.home;
  if (is_there(archive)) return invalid(fmt::format("There is already {}.", short_path(home, archive)));
  Outcome outcome = done(
      context, fmt::format("Packed {} into {}.", short_path(home, picked.path), short_path(home, archive)), archive);
  outcome.changes.push_back(OutwardCall{
      Json{{"archive", archive.string()}, {"folder", folder.string()}, {"name", picked.path.filename().string()}},
      Json{{"trash", archive.string()}}});
  return outcome;
}

Result<Outcome> plan_files_trash(const ToolContext& context, const Json& arguments) {
  PickedFile picked = TRY(pick_movable(context, arguments));
  if (picked.question) return *std::move(picked.question);
  Outcome outcome;
  outcome.changes.push_back(TrashFile{picked.path});
  outcome.result = {{"path", picked.path.string()}};
  outcome.reply = fmt::format("Moved {} to the Trash.", short_path(context.folders.home, picked.path));
  return outcome;
}

// ---- the Trash

namespace {

fs::path home_trash(const ToolContext& context) {
  const fs::path& trash = context.folders.trash;
  return trash.empty() ? context.folders.home / ".local/share/Trash" : trash;
}

struct Trashed {
  fs::path stored;
  fs::path info;
  std::string info_text;
  fs::path original;
  std::string deleted;  // "2026-11-23T18:00:00"
};

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
      decoded += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

std::string entry(const std::string& text, std::string_view key) {
  const std::string marked = fmt::format("\n{}=", key);
  const size_t at = text.find(marked);
  if (at == std::string::npos) return "";
  const size_t begin = at + marked.size();
  return text.substr(begin, text.find('\n', begin) - begin);
}

// What of the home folder is in the home Trash, the newest first.
Result<std::vector<Trashed>> read_trash(const ToolContext& context) {
  std::vector<Trashed> all;
  std::error_code error;
  const fs::path trash = home_trash(context);
  for (fs::directory_iterator at(trash / "info", error); !error && at != fs::directory_iterator();
       at.increment(error)) {
    if (context.cancel.requested()) return Error{ErrorKind::kCancelled, "stopped while reading the Trash"};
    if (at->path().extension() != ".trashinfo" || all.size() == kMaxTrashed) continue;
    Result<std::string> text = read_file(at->path(), kMaxInfo_bytes);
    if (!text) continue;
    const fs::path original = fs::path(percent_decoded(entry(*text, "Path"))).lexically_normal();
    const fs::path stored = trash / "files" / at->path().stem();
    // The Trash is anybody's to write: nothing outside of home is restored.
    if (!original.is_absolute() || !place_in_home(context.folders.home, original.string()) || !is_there(stored))
      continue;
    all.push_back({stored, at->path(), *text, original, entry(*text, "DeletionDate")});
  }
  std::sort(all.begin(), all.end(), [](const Trashed& a, const Trashed& b) { return a.deleted > b.deleted; });
  return all;
}

}  // namespace

Result<Outcome> plan_files_restore(const ToolContext& context, const Json& arguments) {
  std::vector<Trashed> all = TRY(read_trash(context));
  const std::string asked = file_argument(arguments, "file");
  if (!asked.empty()) {
    std::vector<std::string> names;
    for (const Trashed& one : all) names.push_back(one.original.filename().string());
    std::vector<Trashed> fitting;
    for (const size_t index : best_matches(asked, names)) fitting.push_back(all[index]);
    if (fitting.empty()) {
      std::vector<std::string> stems;
      for (const Trashed& one : all) stems.push_back(one.original.stem().string());
      for (const size_t index : best_matches(asked, stems)) fitting.push_back(all[index]);
    }
    all = std::move(fitting);
  }
  if (all.empty()) return Error{ErrorKind::kNotFound, "The Trash has no such file of your home folder."};
  const Trashed& one = all.front();  // the last one that was deleted
  const std::string name = short_path(context.folders.home, one.original);
  if (is_there(one.original)) return invalid(fmt::format("There is already {}.", name));
  Outcome outcome = done(context, fmt::format("Restored {}.", name), one.original);
  outcome.changes.push_back(MoveFile{one.stored, one.original});
  outcome.changes.push_back(SetFile{one.info, one.info_text, std::nullopt});
  return outcome;
}

// ---- what happens outside of the journal's own changes

namespace {

Result<void> make_tar(const ToolContext& context, const fs::path& archive, const fs::path& folder,
                      const std::string& name) {
  SubprocessOptions options;
  options.argv = {"tar", "--create", "--gzip", "--file", archive.string(), "--directory", folder.string(), "--", name};
  options.cancel = &context.cancel;
  const SubprocessResult packed = TRY(run_subprocess(options));
  if (packed.exit_code == 0) return {};
  return Error{ErrorKind::kIo, "packing failed: " + packed.standard_error.substr(0, 300)};
}

Result<Json> make_archive(const ToolContext& context, const Json& request) {
  const fs::path archive = request.value("archive", std::string());
  const fs::path unfinished = archive.parent_path() / fmt::format(".{}.{}.part", archive.filename().string(), getpid());
  const fs::path folder = request.value("folder", std::string());
  const std::string name = request.value("name", std::string());
  std::error_code error;
  Result<void> made = archive.extension() == ".zip" ? make_zip(unfinished, folder / name, context.cancel)
                                                    : make_tar(context, unfinished, folder, name);
  if (made && link(unfinished.c_str(), archive.c_str()) != 0) {  // unlike rename, it never replaces anything
    made = errno_error("making", archive, errno);
  }
  fs::remove(unfinished, error);
  TRY(std::move(made));
  return Json{{"path", archive.string()}, {"bytes", fs::file_size(archive, error)}};
}

Result<Json> trash_archive(const ToolContext& context, const Json& request) {
  const LocalSeconds now = context.zone.to_local(context.clock.now());
  const TrashStep step = TRY(choose_trash(request.value("trash", std::string()), home_trash(context), now));
  TRY(apply_step(step, StepPlace{fmt::format("archive{}", getpid()), 0, Flush::kYes}));
  return Json{{"trashed", step.stored.string()}};
}

Result<Json> open_file(const ToolContext& context, const Json& request) {
  SubprocessOptions options;
  options.argv = {"xdg-open", request.value("open", std::string())};
  options.cancel = &context.cancel;
  const Result<SubprocessResult> opened = run_subprocess(options);
  if (!opened && opened.error().kind == ErrorKind::kNotFound) {
    return Error{ErrorKind::kNotFound, "Nothing here opens files: xdg-open (package xdg-utils) is not installed."};
  }
  const int exit_code = TRY(Result<SubprocessResult>(opened)).exit_code;
  if (exit_code != 0) {
    return Error{ErrorKind::kIo, fmt::format("xdg-open could not open it (exit code {}).", exit_code)};
  }
  return Json::object();
}

}  // namespace

Result<Json> perform_files(const ToolContext& context, const Json& request) {
  if (request.contains("open")) return open_file(context, request);
  if (request.contains("archive")) return make_archive(context, request);
  return trash_archive(context, request);
}

}  // namespace favilla

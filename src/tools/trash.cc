// Trash specification 1.0: which folder, which name, what its .trashinfo says.
#include "tools/trash.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/file_ops.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxNames = 10000;

// RFC 2396: everything but unreserved characters and the slash.
std::string percent_encoded(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-_.!~*'()/").find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

// The highest folder above `path` on the same file system.
Result<fs::path> top_folder(const fs::path& path) {
  const dev_t device = TRY(device_of(path));
  fs::path top = path.parent_path();
  while (top != top.parent_path() && TRY(device_of(top.parent_path())) == device) top = top.parent_path();
  return top;
}

// An administrator's $topdir/.Trash counts only when it is a real folder with the sticky bit.
bool is_shared_trash(const fs::path& folder) {
  struct stat info {};
  return ::lstat(folder.c_str(), &info) == 0 && S_ISDIR(info.st_mode) && (info.st_mode & S_ISVTX) != 0;
}

// How many seconds or attempts until a name is free does not matter; that it ends does.
Result<std::string> free_name(const fs::path& trash, const std::string& wanted) {
  for (int attempt = 1; attempt <= kMaxNames; ++attempt) {
    const std::string name = attempt == 1 ? wanted : fmt::format("{}.{}", wanted, attempt);
    if (!is_there(trash / "files" / name) && !is_there(trash / "info" / (name + ".trashinfo"))) return name;
  }
  return Error{ErrorKind::kExhausted, fmt::format("{} holds too many files called {}", trash.string(), wanted)};
}

bool is_inside(const fs::path& path, const fs::path& folder) {
  const fs::path relative = path.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

}  // namespace

Result<TrashStep> choose_trash(const fs::path& path, const fs::path& home_trash, LocalSeconds now) {
  if (!is_there(path)) return Error{ErrorKind::kNotFound, fmt::format("{} is not there", path.string())};
  const bool in_home = TRY(device_of(path)) == TRY(device_of(home_trash));
  fs::path trash = home_trash;
  std::string origin = path.string();
  if (!in_home) {
    const fs::path top = TRY(top_folder(path));
    const bool shared = is_shared_trash(top / ".Trash");
    trash = shared ? top / ".Trash" / fmt::format("{}", ::getuid()) : top / fmt::format(".Trash-{}", ::getuid());
    origin = path.lexically_relative(top).string();  // the file system may be mounted elsewhere when it is restored
  }
  if (path == path.parent_path() || is_inside(trash, path) || is_inside(path, trash)) {
    return Error{ErrorKind::kPermission, fmt::format("{} cannot be moved to the trash", path.string())};
  }
  const std::string name = TRY(free_name(trash, path.filename().string()));
  TrashStep step;
  step.path = path;
  step.stored = trash / "files" / name;
  step.info = trash / "info" / (name + ".trashinfo");
  step.info_text = fmt::format("[Trash Info]\nPath={}\nDeletionDate={}\n", percent_encoded(origin), format_iso(now));
  return step;
}

}  // namespace favilla

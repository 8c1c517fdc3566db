// Walks the folders. Hidden files are other programs' temporaries; whatever is no plain file is passed over, so that a
// pipe in the folder cannot hold the program up.
#include "tools/ical/vdir.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "base/sha256.h"
#include "base/utf8.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxTitleBytes = 1000;
constexpr size_t kMaxBrokenNamed = 3;

bool is_hidden(const fs::path& path) {
  return path.filename().native().starts_with('.');
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

// The entries of a folder, sorted; an empty list when there is no such folder.
Result<std::vector<fs::directory_entry>> entries_of(const fs::path& folder) {
  std::vector<fs::directory_entry> entries;
  std::error_code error;
  fs::directory_iterator at(folder, error);
  if (error == std::errc::no_such_file_or_directory) return entries;
  while (!error && at != fs::directory_iterator()) {
    if (!is_hidden(at->path())) entries.push_back(*at);
    if (entries.size() > kMaxItemFiles) {
      return Error{ErrorKind::kExhausted, fmt::format("{} holds more than {} files", folder.string(), kMaxItemFiles)};
    }
    at.increment(error);
  }
  if (error) return Error{ErrorKind::kIo, fmt::format("cannot read {}: {}", folder.string(), error.message())};
  std::sort(entries.begin(), entries.end());
  return entries;
}

std::string title_of(const fs::path& folder) {
  const fs::path path = folder / "displayname";
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return folder.filename().string();
  const auto text = read_file(path, kMaxTitleBytes);
  if (!text) return folder.filename().string();
  std::string title = to_valid_utf8(*text);
  title.erase(title.find_last_not_of(" \t\r\n") + 1);
  return title.empty() ? folder.filename().string() : title;
}

void read_one(const fs::path& path, std::string_view calendar, ItemKind kind, const TimeZone& owner, Vdir& vdir) {
  const auto fail = [&](const Error& error) { vdir.broken.push_back({path, error.message}); };
  auto bytes = read_file(path, kMaxIcalBytes);
  if (!bytes) return fail(bytes.error());
  // Cheap, and most files are of the other kind; a file that is neither is told as broken.
  const std::string_view other = kind == ItemKind::kTask ? "BEGIN:VEVENT" : "BEGIN:VTODO";
  const std::string_view wanted = kind == ItemKind::kTask ? "BEGIN:VTODO" : "BEGIN:VEVENT";
  if (bytes->find(wanted) == std::string::npos &&
      (bytes->find(other) != std::string::npos || bytes->find("BEGIN:VJOURNAL") != std::string::npos))
    return;
  auto file = read_item_file(*bytes, owner);
  if (!file) return fail(file.error());
  if (file->main().kind != kind) return;
  vdir.items.push_back({path, std::string(calendar), *std::move(bytes), *std::move(file)});
}

}  // namespace

const Vdir::Calendar* Vdir::find_calendar(std::string_view name) const {
  for (const Calendar& calendar : calendars) {
    if (lower(calendar.name) == lower(name) || lower(calendar.title) == lower(name)) return &calendar;
  }
  return nullptr;
}

const StoredItem* Vdir::find_uid(std::string_view uid) const {
  const auto found =
      std::find_if(items.begin(), items.end(), [&](const StoredItem& stored) { return stored.file.main().uid == uid; });
  return found == items.end() ? nullptr : &*found;
}

std::string Vdir::broken_note() const {
  if (broken.empty()) return "";
  std::string note = broken.size() == 1 ? " (One file could not be read: "
                                        : fmt::format(" ({} files could not be read: ", broken.size());
  for (size_t i = 0; i < std::min(broken.size(), kMaxBrokenNamed); ++i) {
    if (i > 0) note += "; ";
    note += fmt::format("{}, {}", to_valid_utf8(broken[i].path.lexically_relative(root).string()), broken[i].why);
  }
  return note + (broken.size() > kMaxBrokenNamed ? "; ...)" : ")");
}

Result<Vdir> load_vdir(const fs::path& root, ItemKind kind, const TimeZone& owner, const CancelFlag& cancel) {
  Vdir vdir;
  vdir.root = root;
  size_t files = 0;
  for (const fs::directory_entry& folder : TRY(entries_of(root))) {
    std::error_code error;
    if (!folder.is_directory(error)) continue;
    const std::string name = folder.path().filename().string();
    vdir.calendars.push_back({name, title_of(folder.path()), folder.path()});
    for (const fs::directory_entry& entry : TRY(entries_of(folder.path()))) {
      if (cancel.requested()) return Error{ErrorKind::kCancelled, "stopped while reading the calendars"};
      if (entry.path().extension() != ".ics" || !entry.is_regular_file(error)) continue;
      if (++files > kMaxItemFiles) {
        return Error{ErrorKind::kExhausted, fmt::format("{} holds more than {} items", root.string(), kMaxItemFiles)};
      }
      read_one(entry.path(), name, kind, owner, vdir);
    }
  }
  return vdir;
}

Change create_file(const Vdir& vdir, std::string_view name, std::string_view uid, std::string content) {
  // A UID is anybody's text; a file name is not.
  const bool plain = uid.size() <= 100 && !uid.starts_with('.') && std::all_of(uid.begin(), uid.end(), [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                              std::string_view("-_.@+").find(c) != std::string_view::npos;
                     });
  std::string file_name(uid);
  if (!plain) {
    Sha256 hash;
    hash.update(std::as_bytes(std::span(uid.data(), uid.size())));
    file_name = hash.hex();
  }
  return SetFile{vdir.root / name / (file_name + ".ics"), std::nullopt, std::move(content)};
}

Change replace_file(const StoredItem& stored, std::optional<std::string> content) {
  return SetFile{stored.path, stored.bytes, std::move(content)};
}

bool is_calendar_name(std::string_view name) {
  return !name.empty() && name.size() <= 100 && name[0] != '.' && std::all_of(name.begin(), name.end(), [](char c) {
    return c != '/' && static_cast<unsigned char>(c) >= 0x20 && c != 0x7F;
  });
}

}  // namespace favilla

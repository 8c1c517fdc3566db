// Looking through the owner's home folder: never into hidden folders, never along symbolic links.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/result.h"

namespace favilla {

inline constexpr size_t kMaxWalkEntries = 2'000'000;

struct FoundFile {
  std::filesystem::path path;
  bool folder = false;
  uint64_t size_bytes = 0;
  Moment modified;
};

// Calls `visit` for each file and folder below `root`. Folders that cannot be read are passed over. kCancelled;
// kExhausted beyond kMaxWalkEntries; kIo when `root` itself cannot be read.
Result<void> walk(const std::filesystem::path& root, const CancelFlag& cancel,
                  const std::function<void(const FoundFile&)>& visit);

// "pictures", "documents", "music", "videos", "archives", or "other": by the name's extension, without one by the first
// bytes of the file.
std::string_view kind_of(const std::filesystem::path& path);

// What the owner's words for a place mean: "~/x", "/home/ana/x", "Documents/x", "downloads". The result need not exist.
// kPermission when it would leave `home`, also by "..", or through a symbolic link.
Result<std::filesystem::path> place_in_home(const std::filesystem::path& home, std::string_view words);

// "Documents/x" for people; "home" for the home folder itself.
std::string short_path(const std::filesystem::path& home, const std::filesystem::path& path);

// "1.5 GB", decimal units.
std::string say_bytes(uint64_t bytes);

}  // namespace favilla

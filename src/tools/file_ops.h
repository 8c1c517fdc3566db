// What applying changes needs of the file system, as single calls that either happen or do not. All paths are absolute;
// symbolic links are never followed in the last part of a path.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"

namespace favilla {

// Larger files are not edited: their contents before and after go into the journal.
inline constexpr size_t kSetFileLimit_bytes = size_t{16} << 20;

// Something is there, also a broken link. False when it cannot be known.
bool is_there(const std::filesystem::path& path);

// nullopt: there is no such file. kInvalidArgument for folders and devices.
Result<std::optional<std::string>> read_if_there(const std::filesystem::path& path);

// kBusy when something has that name. Removes its own half-written file when it fails.
Result<void> write_new_file(const std::filesystem::path& path, std::string_view content, mode_t mode, Flush flush);

// Swaps two files in one step. False where the file system cannot.
Result<bool> exchange_files(const std::filesystem::path& a, const std::filesystem::path& b);

// kBusy when something is at `to`, kUnsupported when it is on another file system.
Result<void> rename_without_replacing(const std::filesystem::path& from, const std::filesystem::path& to);

Result<void> rename_replacing(const std::filesystem::path& from, const std::filesystem::path& to);

// Absent is fine for both.
Result<void> remove_file(const std::filesystem::path& path);
Result<void> remove_tree(const std::filesystem::path& path);

// Names made, changed or removed in the folder are on the disk when this returns.
Result<void> flush_folder(const std::filesystem::path& folder, Flush flush);

// A file, a link or a folder with all that is in it, with times and modes. Nothing is left behind when it fails.
// kUnsupported for sockets and devices.
Result<void> copy_tree(const std::filesystem::path& from, const std::filesystem::path& to, Flush flush);

// 16 hex digits over names, kinds, sizes and times (to two seconds, which every file system keeps) of a file or a whole
// folder: the same after a copy or a move, another after an edit. Not a proof against forgery.
Result<std::string> fingerprint(const std::filesystem::path& path);

// Every byte of both, and every name when they are folders, is equal.
Result<bool> same_content(const std::filesystem::path& a, const std::filesystem::path& b);

// Which file system a path, or the nearest parent that is there, lives on.
Result<dev_t> device_of(const std::filesystem::path& path);

}  // namespace favilla

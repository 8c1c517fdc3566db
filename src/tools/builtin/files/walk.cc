#include "tools/builtin/files/walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "base/file.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

struct Kind {
  std::string_view name;
  std::string_view extensions;  // with blanks around each
};
constexpr Kind kKinds[] = {
    {"pictures", " jpg jpeg png gif webp heic heif avif bmp tif tiff svg raw cr2 nef arw dng psd xcf ico "},
    {"documents",
     " pdf doc docx odt rtf txt md tex epub mobi xls xlsx ods csv ppt pptx odp pages numbers key html htm org djvu "
     "ps "},
    {"music", " mp3 flac ogg oga opus m4a aac wav wma aif aiff mid midi mka "},
    {"videos", " mp4 mkv webm avi mov m4v mpg mpeg wmv flv ogv 3gp ts "},
    {"archives", " zip tar gz tgz bz2 tbz xz txz zst 7z rar iso cab lz lzma deb rpm "},
};

struct Magic {
  std::string_view bytes;
  size_t at;
  std::string_view kind;
};
constexpr Magic kMagic[] = {
    {"\x89PNG", 0, "pictures"},
    {"\xFF\xD8\xFF", 0, "pictures"},
    {"GIF8", 0, "pictures"},
    {"WEBP", 8, "pictures"},
    {"%PDF-", 0, "documents"},
    {"ID3", 0, "music"},
    {"fLaC", 0, "music"},
    {"OggS", 0, "music"},
    {"WAVE", 8, "music"},
    {"ftyp", 4, "videos"},
    {"\x1A\x45\xDF\xA3", 0, "videos"},
    {"PK\x03\x04", 0, "archives"},
    {"\x1F\x8B", 0, "archives"},
    {"7z\xBC\xAF", 0, "archives"},
    {"Rar!", 0, "archives"},
};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

bool is_below(const fs::path& root, const fs::path& path) {
  const fs::path relative = path.lexically_relative(root);
  return !relative.empty() && *relative.begin() != "..";
}

}  // namespace

Result<void> walk(const fs::path& root, const CancelFlag& cancel, const std::function<void(const FoundFile&)>& visit) {
  std::error_code error;
  fs::recursive_directory_iterator at(root, fs::directory_options::skip_permission_denied, error);
  if (error) return errno_error("reading", root, error.value());
  size_t count = 0;
  for (; at != fs::recursive_directory_iterator(); at.increment(error)) {
    if (error) break;  // the rest of a tree that changes while it is read
    if (cancel.requested()) return Error{ErrorKind::kCancelled, "stopped while looking through the files"};
    if (++count > kMaxWalkEntries) return Error{ErrorKind::kExhausted, "there are too many files to look through"};
    const fs::directory_entry& entry = *at;
    if (entry.path().filename().native().starts_with('.') || entry.is_symlink(error)) {
      at.disable_recursion_pending();
      continue;
    }
    const bool folder = entry.is_directory(error);
    if (!folder && !entry.is_regular_file(error)) continue;
    FoundFile found{entry.path(), folder, folder ? 0 : entry.file_size(error), Moment{}};
    if (error) continue;
    const auto written = entry.last_write_time(error);
    if (error) continue;
    found.modified = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::file_clock::to_sys(written));
    visit(found);
  }
  return {};
}

std::string_view kind_of(const fs::path& path) {
  const std::string extension = lower(path.extension().string());
  if (extension.size() > 1) {
    const std::string wanted = " " + extension.substr(1) + " ";
    for (const Kind& kind : kKinds) {
      if (kind.extensions.find(wanted) != std::string_view::npos) return kind.name;
    }
    return "other";
  }
  std::array<char, 16> first{};
  std::ifstream(path, std::ios::binary).read(first.data(), first.size());
  const std::string_view bytes(first.data(), first.size());
  for (const Magic& magic : kMagic) {
    if (bytes.substr(magic.at).starts_with(magic.bytes)) return magic.kind;
  }
  return "other";
}

Result<fs::path> place_in_home(const fs::path& home, std::string_view words) {
  const auto outside = [&] {
    return Error{ErrorKind::kPermission, fmt::format("\"{}\" is outside of your home folder.", words)};
  };
  std::string_view name = words;
  if (name == "~" || name == "home" || name.empty()) return home;
  if (name.starts_with("~/")) name.remove_prefix(2);
  if (name.find('\0') != std::string_view::npos) return outside();
  fs::path path = fs::path(name).is_absolute() ? fs::path(name) : home / name;
  path = path.lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  if (path != home && !is_below(home, path)) return outside();
  std::error_code error;
  // "downloads" is the folder Downloads.
  if (!fs::exists(fs::symlink_status(path, error)) && name.find('/') == std::string_view::npos) {
    for (fs::directory_iterator at(home, error); !error && at != fs::directory_iterator(); at.increment(error)) {
      if (lower(at->path().filename().string()) == lower(std::string(name))) path = at->path();
    }
  }
  const fs::path real_home = fs::weakly_canonical(home, error);
  const fs::path real_parent = fs::weakly_canonical(path == home ? home : path.parent_path(), error);
  if (error || (real_parent != real_home && !is_below(real_home, real_parent))) return outside();
  return path;
}

std::string short_path(const fs::path& home, const fs::path& path) {
  if (path == home) return "home";
  return is_below(home, path) ? path.lexically_relative(home).string() : path.string();
}

std::string say_bytes(uint64_t bytes) {
  constexpr std::string_view kUnits[] = {"bytes", "kB", "MB", "GB", "TB"};
  size_t unit = 0;
  double value = static_cast<double>(bytes);
  for (; value >= 999.5 && unit + 1 < std::size(kUnits); ++unit) value /= 1000;
  return unit == 0 || value >= 99.5 ? fmt::format("{:.0f} {}", value, kUnits[unit])
                                    : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

}  // namespace favilla

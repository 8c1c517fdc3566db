#include "tools/builtin/notes/vault.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "base/unicode.h"
#include "base/utf8.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxNotes = 20'000;
constexpr int kMaxDepth = 16;
constexpr size_t kMaxNote_bytes = size_t{4} << 20;
constexpr size_t kMaxNameBytes = 120;

Moment modified_at(const fs::directory_entry& entry) {
  std::error_code error;
  const auto written = entry.last_write_time(error);
  if (error) return Moment{};
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::file_clock::to_sys(written));
}

std::string_view trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

// Takes a line off `rest`, without its end.
std::string_view take_line(std::string_view& rest) {
  const size_t end = std::min(rest.find('\n'), rest.size());
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

void add_tag(std::vector<std::string>& tags, std::string_view written) {
  written = trim(written);
  while (!written.empty() && (written.front() == '#' || written.front() == '"' || written.front() == '\'')) {
    written.remove_prefix(1);
  }
  while (!written.empty() && (written.back() == '"' || written.back() == '\'' || written.back() == '/')) {
    written.remove_suffix(1);
  }
  std::string tag;
  while (!written.empty()) {
    const CodePoint point = decode_utf8(written);
    append_utf8(tag, to_lower(point.value));
    written.remove_prefix(static_cast<size_t>(point.length));
  }
  if (!tag.empty() && std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(std::move(tag));
}

// `tags: [a, b]`, `tags: a b`, or `tags:` with "- a" lines.
void add_front_matter_tags(std::string_view front, std::vector<std::string>& tags) {
  bool in_list = false;
  while (!front.empty()) {
    const std::string_view line = take_line(front);
    if (in_list && trim(line).starts_with("- ")) {
      add_tag(tags, trim(line).substr(1));
      continue;
    }
    in_list = false;
    if (!line.starts_with("tags:") && !line.starts_with("tag:")) continue;
    std::string_view values = trim(line.substr(line.find(':') + 1));
    in_list = values.empty();
    if (values.starts_with('[')) values.remove_prefix(1);
    if (values.ends_with(']')) values.remove_suffix(1);
    while (!values.empty()) {
      const size_t end = std::min(values.find_first_of(", "), values.size());
      add_tag(tags, values.substr(0, end));
      values.remove_prefix(std::min(end + 1, values.size()));
    }
  }
}

bool is_tag_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '/' || (static_cast<unsigned char>(c) & 0x80) != 0;
}

// "#garden", not "#1", "a#b" or "# heading".
void add_inline_tags(std::string_view line, std::vector<std::string>& tags) {
  bool in_code = false;
  for (size_t at = 0; at < line.size(); ++at) {
    if (line[at] == '`') in_code = !in_code;
    if (in_code || line[at] != '#' || (at > 0 && line[at - 1] != ' ' && line[at - 1] != '\t')) continue;
    size_t end = at + 1;
    bool letters = false;
    for (; end < line.size() && is_tag_char(line[end]); ++end) letters = letters || line[end] < '0' || line[end] > '9';
    if (letters) add_tag(tags, line.substr(at + 1, end - at - 1));
    at = end - 1;
  }
}

}  // namespace

Result<Vault> load_vault(const fs::path& root, const CancelFlag& cancel) {
  Vault vault{root, {}};
  std::error_code error;
  if (!fs::exists(root, error)) return vault;
  fs::recursive_directory_iterator at(root, fs::directory_options::skip_permission_denied, error);
  if (error) return errno_error("reading the notes in", root, error.value());
  for (; at != fs::recursive_directory_iterator(); at.increment(error)) {
    if (error) return errno_error("reading the notes in", root, error.value());
    if (cancel.requested()) return Error{ErrorKind::kCancelled, "stopped while reading the notes"};
    const fs::directory_entry& entry = *at;
    const std::string name = entry.path().filename().string();
    const bool hidden = name.starts_with('.');
    if (entry.is_symlink(error) || hidden || (entry.is_directory(error) && at.depth() >= kMaxDepth)) {
      at.disable_recursion_pending();
      continue;
    }
    if (entry.path().extension() != ".md" || !entry.is_regular_file(error)) continue;
    if (vault.notes.size() == kMaxNotes) {
      return Error{ErrorKind::kExhausted, fmt::format("{} holds more than {} notes", root.string(), kMaxNotes)};
    }
    vault.notes.push_back({entry.path(), entry.path().lexically_relative(root).generic_string(),
                           to_valid_utf8(entry.path().stem().string()), modified_at(entry)});
  }
  std::sort(vault.notes.begin(), vault.notes.end(), [](const Note& a, const Note& b) {
    return a.modified != b.modified ? a.modified > b.modified : a.id < b.id;
  });
  return vault;
}

Result<std::string> read_note(const Note& note) {
  return read_file(note.path, kMaxNote_bytes);
}

std::string_view body_of(std::string_view content) {
  std::string_view rest = content;
  if (take_line(rest) != "---") return content;
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    if (line == "---" || line == "...") return rest;
  }
  return content;
}

std::vector<std::string> tags_of(std::string_view content) {
  std::vector<std::string> tags;
  std::string_view body = body_of(content);
  add_front_matter_tags(content.substr(0, content.size() - body.size()), tags);
  bool in_fence = false;
  while (!body.empty()) {
    const std::string_view line = take_line(body);
    if (trim(line).starts_with("```") || trim(line).starts_with("~~~")) {
      in_fence = !in_fence;
    } else if (!in_fence) {
      add_inline_tags(line, tags);
    }
  }
  return tags;
}

std::optional<std::string> with_links_renamed(std::string_view content, std::string_view from, std::string_view to) {
  std::string renamed;
  size_t copied = 0;
  for (size_t at = content.find("[["); at != std::string_view::npos; at = content.find("[[", at + 2)) {
    const std::string_view rest = content.substr(at + 2);
    if (!rest.starts_with(from)) continue;
    const std::string_view end = rest.substr(from.size());
    if (!end.starts_with("]]") && !end.starts_with('|') && !end.starts_with('#')) continue;
    renamed += content.substr(copied, at + 2 - copied);
    renamed += to;
    copied = at + 2 + from.size();
  }
  if (copied == 0) return std::nullopt;
  renamed += content.substr(copied);
  return renamed;
}

std::string note_file_name(std::string_view title) {
  std::string name;
  title = trim(title);
  while (!title.empty()) {
    const CodePoint point = decode_utf8(title);
    const bool forbidden =
        !point.valid || point.value < 0x20 || point.value == 0x7F ||
        (point.value < 0x80 &&
         std::string_view("/\\:*?\"<>|#^[]").find(static_cast<char>(point.value)) != std::string_view::npos);
    std::string piece;
    append_utf8(piece, forbidden ? U' ' : point.value);
    if (name.size() + piece.size() > kMaxNameBytes) break;
    if (piece != " " || (!name.empty() && name.back() != ' ')) name += piece;
    title.remove_prefix(static_cast<size_t>(point.length));
  }
  while (!name.empty() && (name.back() == ' ' || name.back() == '.')) name.pop_back();
  name.erase(0, std::min(name.find_first_not_of(". "), name.size()));
  return name;
}

bool is_note_folder(std::string_view folder) {
  if (folder.empty() || folder.size() > kMaxNameBytes || folder.front() == '/') return false;
  if (folder.find("//") != std::string_view::npos) return false;
  const fs::path path(folder);
  return std::all_of(path.begin(), path.end(), [](const fs::path& part) {
    const std::string name = part.string();
    return !name.empty() && !name.starts_with('.') && note_file_name(name) == name;
  });
}

}  // namespace favilla

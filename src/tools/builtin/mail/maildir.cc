// https://cr.yp.to/proto/maildir.html, Maildir++ for folders with a dot, and mbsync's names (",U=7" is its own number).
#include "tools/builtin/mail/maildir.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "base/foreign_text.h"
#include "base/utf8.h"
#include "tools/builtin/mail/message.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxDepth = 5;
constexpr size_t kMaxName_bytes = 200;

struct SpecialName {
  FolderKind kind;
  std::string_view name;  // the first of a kind is what a new folder is called
};
constexpr std::array<SpecialName, 14> kSpecialNames{{{FolderKind::kInbox, "Inbox"},
                                                     {FolderKind::kDrafts, "Drafts"},
                                                     {FolderKind::kDrafts, "Draft"},
                                                     {FolderKind::kSent, "Sent"},
                                                     {FolderKind::kSent, "Sent Mail"},
                                                     {FolderKind::kSent, "Sent Items"},
                                                     {FolderKind::kSent, "Sent Messages"},
                                                     {FolderKind::kTrash, "Trash"},
                                                     {FolderKind::kTrash, "Deleted"},
                                                     {FolderKind::kTrash, "Deleted Items"},
                                                     {FolderKind::kTrash, "Deleted Messages"},
                                                     {FolderKind::kSpam, "Spam"},
                                                     {FolderKind::kSpam, "Junk"},
                                                     {FolderKind::kSpam, "Junk E-mail"}}};

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

FolderKind kind_of(std::string_view name) {
  const std::string_view last = name.substr(name.rfind('/') + 1);
  const auto* found = std::find_if(kSpecialNames.begin(), kSpecialNames.end(),
                                   [&](const SpecialName& each) { return same_name(each.name, last); });
  return found == kSpecialNames.end() ? FolderKind::kOther : found->kind;
}

// ".Lists.Garden" -> "Lists/Garden"; "work/INBOX" -> "work/Inbox"
std::string name_of(const fs::path& relative) {
  std::string text = relative.generic_string();
  if (text == ".") return "Inbox";
  const bool dotted = text.starts_with('.');
  if (dotted) {
    text.erase(0, 1);
    std::replace(text.begin(), text.end(), '.', '/');
  }
  if (text.ends_with("INBOX")) text.replace(text.size() - 5, 5, "Inbox");
  return shown_line(text, kMaxName_bytes);
}

bool is_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

Result<void> find_folders(Mailbox& box, const fs::path& folder, int depth) {
  if (is_folder(folder / "cur") || is_folder(folder / "new")) {
    if (box.folders.size() == kMaxMailFolders) {
      return Error{ErrorKind::kExhausted,
                   fmt::format("{} has more than {} folders", box.root.string(), kMaxMailFolders)};
    }
    const std::string name = name_of(folder.lexically_relative(box.root));
    box.folders.push_back({folder, name, kind_of(name)});
  }
  if (depth == kMaxDepth) return {};
  std::vector<fs::path> below;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    std::error_code unknown;
    const bool own = name == "cur" || name == "new" || name == "tmp";
    if (!own && entry.symlink_status(unknown).type() == fs::file_type::directory) below.push_back(entry.path());
  }
  std::sort(below.begin(), below.end());
  for (const fs::path& each : below) TRY(find_folders(box, each, depth + 1));
  return {};
}

Result<void> list_files(Mailbox& box, size_t index, const char* part) {
  const fs::path& folder = box.folders[index].path;
  const std::string below = folder.lexically_relative(box.root).generic_string();
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder / part, error)) {
    const std::string name = entry.path().filename().string();
    std::error_code unknown;
    if (name.starts_with('.') || entry.symlink_status(unknown).type() != fs::file_type::regular) continue;
    if (box.files.size() == kMaxMails) {
      return Error{ErrorKind::kExhausted, fmt::format("{} has more than {} mails", box.root.string(), kMaxMails)};
    }
    const size_t colon = name.rfind(":2,");
    MailFile file{index, entry.path(), "", name.substr(0, colon), "", std::string_view(part) == "new"};
    if (colon != std::string::npos) file.flags = name.substr(colon + 3);
    file.id = to_valid_utf8(below == "." ? file.unique : below + "/" + file.unique);
    box.files.push_back(std::move(file));
  }
  return {};
}

}  // namespace

Result<Mailbox> open_mailbox(const ToolContext& context) {
  TRY(check_mail_library());
  Mailbox box{context.folders.mail, {}, {}};
  TRY(find_folders(box, box.root, 0));
  for (size_t i = 0; i < box.folders.size(); ++i) {
    if (context.cancel.requested()) return Error{ErrorKind::kCancelled, "stopped"};
    for (const char* part : {"cur", "new"}) TRY(list_files(box, i, part));
  }
  std::sort(box.files.begin(), box.files.end(), [](const MailFile& a, const MailFile& b) { return a.path < b.path; });
  return box;
}

MailFolder folder_for(const Mailbox& box, FolderKind kind) {
  const auto there = std::find_if(box.folders.begin(), box.folders.end(),
                                  [&](const MailFolder& folder) { return folder.kind == kind; });
  if (there != box.folders.end()) return *there;
  const auto* special = std::find_if(kSpecialNames.begin(), kSpecialNames.end(),
                                     [&](const SpecialName& each) { return each.kind == kind; });
  const std::string name(special->name);
  // Beside a folder with a plain name goes another, below an inbox that is the root one with a dot.
  const bool plain =
      !box.folders.empty() && std::none_of(box.folders.begin(), box.folders.end(), [&](const auto& each) {
        return each.path == box.root || each.path.filename().string().starts_with('.');
      });
  return {plain ? box.folders.front().path.parent_path() / name : box.root / ("." + name), name, kind};
}

fs::path path_with_flags(const Mailbox& box, const MailFile& file, const MailFolder& folder, std::string flags) {
  std::sort(flags.begin(), flags.end());
  flags.erase(std::unique(flags.begin(), flags.end()), flags.end());
  std::string unique = file.unique;
  if (const size_t number = unique.find(",U=");
      number != std::string::npos && folder.path != box.folder_of(file).path) {
    unique.erase(number, unique.find(',', number + 1) - number);
  }
  return folder.path / "cur" / fmt::format("{}:2,{}", unique, flags);
}

std::vector<Change> add_to_folder(const MailFolder& folder, const std::string& unique, const std::string& flags,
                                  std::string bytes) {
  std::vector<Change> changes;
  changes.emplace_back(
      SetFile{folder.path / "cur" / fmt::format("{}:2,{}", unique, flags), std::nullopt, std::move(bytes)});
  for (const char* part : {"new", "tmp"}) {
    if (!is_folder(folder.path / part)) changes.emplace_back(MakeFolder{folder.path / part});
  }
  return changes;
}

std::string read_beginning(const fs::path& path, size_t limit_bytes, ReadTo to) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes;
  size_t piece_bytes = size_t{8} << 10;
  while (file && bytes.size() < limit_bytes) {
    const size_t before = bytes.size();
    bytes.resize(std::min(limit_bytes, before + piece_bytes));
    file.read(bytes.data() + before, static_cast<std::streamsize>(bytes.size() - before));
    bytes.resize(before + static_cast<size_t>(file.gcount()));
    const size_t from = before < 4 ? 0 : before - 4;
    const bool headers_end = bytes.find("\n\n", from) != bytes.npos || bytes.find("\n\r\n", from) != bytes.npos;
    if (to == ReadTo::kEndOfHeaders && headers_end) break;
    piece_bytes *= 2;
  }
  return bytes;
}

}  // namespace favilla

// The owner's mail: Maildir folders (new, cur, tmp) as mbsync, OfflineIMAP, Dovecot and mutt keep them, one in the
// other or with names such as ".Lists.Garden".
//
//   const Mailbox box = TRY(open_mailbox(context));
//   for (const MailFile& file : box.files) ...
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tools/builtin/mail/message.h"
#include "tools/tool.h"

namespace favilla {

inline constexpr size_t kMaxMailFolders = 500;
inline constexpr size_t kMaxMails = 100'000;

enum class FolderKind { kInbox, kOther, kDrafts, kSent, kTrash, kSpam };

struct MailFolder {
  std::filesystem::path path;  // holds new and cur
  std::string name;            // for people: "Inbox", "Lists/Garden"
  FolderKind kind;
};

struct MailFile {
  size_t folder;  // index into Mailbox::folders
  std::filesystem::path path;
  std::string id;      // stays the same when flags change: the folder below the root, and the name without flags
  std::string unique;  // the name without flags
  std::string flags;   // "FS"
  bool is_new;         // in new/, so not even listed by a mail program yet
};

struct Mailbox {
  std::filesystem::path root;
  std::vector<MailFolder> folders;
  std::vector<MailFile> files;

  bool is_unread(const MailFile& file) const { return file.flags.find('S') == std::string::npos; }
  const MailFolder& folder_of(const MailFile& file) const { return folders[file.folder]; }
};

// Reads names only. No folder at all is a mailbox without mails. kExhausted beyond the limits above.
Result<Mailbox> open_mailbox(const ToolContext& context);

// The folder of this kind, or a new one named for it: a place for Drafts, Sent or Trash that other programs find, too.
MailFolder folder_for(const Mailbox& box, FolderKind kind);

// The file's name in `folder` with these flags. In another folder than its own, what mbsync knows it by is left out.
std::filesystem::path path_with_flags(const Mailbox& box, const MailFile& file, const MailFolder& folder,
                                      std::string flags);

// The changes that write a new mail into a folder, and make the folder whole.
std::vector<Change> add_to_folder(const MailFolder& folder, const std::string& unique, const std::string& flags,
                                  std::string bytes);

enum class ReadTo { kLimit, kEndOfHeaders };

// The beginning of a file; empty when it cannot be read.
std::string read_beginning(const std::filesystem::path& path, size_t limit_bytes, ReadTo to);

}  // namespace favilla

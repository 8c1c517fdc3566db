// The actions that move mails or change their flags: renames only, so that other programs see them at once, and undo is
// the same backwards.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/foreign_text.h"
#include "tools/builtin/mail/actions.h"
#include "tools/builtin/mail/find.h"
#include "tools/wording.h"

namespace favilla {
namespace {

constexpr size_t kMaxChanged = 1'000;  // in one action
constexpr size_t kMaxChoices = 5;

struct Chosen {
  std::vector<Mail> mails;
  std::optional<Outcome> question;
};

Outcome ask_which_mail(const std::vector<Mail>& mails) {
  std::vector<std::string> subjects;
  for (const Mail& mail : mails) {
    if (!mail.message.subject.empty()) subjects.push_back(mail.message.subject);
  }
  const std::set<std::string> different(subjects.begin(), subjects.end());
  const bool telling = different.size() == mails.size() && mails.size() <= kMaxChoices;
  Outcome outcome;
  outcome.reply =
      telling ? "Which mail?"
              : fmt::format("{} mails fit; which one? Say \"the latest\", or words of its subject.", mails.size());
  outcome.question = Outcome::Question{outcome.reply, "subject", telling ? subjects : std::vector<std::string>()};
  return outcome;
}

// All that fit with `all`, the newest with `latest`, otherwise the only one. Those in `left_out` do not count.
Result<Chosen> choose(const ToolContext& context, const Mailbox& box, const Json& arguments,
                      const std::filesystem::path& left_out = {}) {
  MailQuery query = TRY(query_of(context, arguments));
  FoundMails found = TRY(find_mails(context, box, query));
  if (query.id.empty()) {
    std::erase_if(found.mails, [&](const Mail& mail) { return box.folder_of(mail.file).path == left_out; });
  }
  if (found.mails.empty()) {
    return Error{ErrorKind::kNotFound,
                 fmt::format("There is no {}mail{}.", query.unread ? "unread " : "", query.words())};
  }
  if (arguments.value("all", false)) {
    if (found.mails.size() <= kMaxChanged) return Chosen{std::move(found.mails), std::nullopt};
    return Error{ErrorKind::kExhausted,
                 fmt::format("{} mails at once are too many (limit {}).", found.mails.size(), kMaxChanged)};
  }
  if (arguments.value("latest", false)) found.mails.resize(1);
  if (found.mails.size() > 1) return Chosen{{}, ask_which_mail(found.mails)};
  return Chosen{std::move(found.mails), std::nullopt};
}

// "the mail from Lena Berg (Thursday)" or "3 mails"
std::string say_mails(const std::vector<Mail>& mails) {
  if (mails.size() != 1) return say_count(mails.size(), "mail");
  return fmt::format("the mail from {} ({})", sender_of(mails.front().message),
                     mails.front().message.subject.empty() ? "no subject" : mails.front().message.subject);
}

void add_move(const MailFile& file, std::filesystem::path to, Outcome& outcome) {
  if (file.path != to) outcome.changes.emplace_back(MoveFile{file.path, std::move(to)});
}

void tell(const std::vector<Mail>& mails, Outcome& outcome) {
  outcome.result = {{"count", mails.size()}};
  for (const Mail& mail : mails) outcome.references.push_back(reference_to(mail));
}

Result<Outcome> mark(const ToolContext& context, const Json& arguments, bool read) {
  const Mailbox box = TRY(open_mailbox(context));
  Json asked = arguments;
  if (read && arguments.value("all", false)) asked["unread"] = true;
  Chosen chosen = TRY(choose(context, box, asked));
  if (chosen.question) return std::move(*chosen.question);
  Outcome outcome;
  for (const Mail& mail : chosen.mails) {
    std::string flags = mail.file.flags;
    std::erase(flags, 'S');
    if (read) flags += 'S';
    if (box.is_unread(mail.file) != read) continue;
    add_move(mail.file, path_with_flags(box, mail.file, box.folder_of(mail.file), flags), outcome);
  }
  tell(chosen.mails, outcome);
  outcome.reply = fmt::format("Marked {} as {}.", say_mails(chosen.mails), read ? "read" : "unread");
  if (outcome.changes.empty()) outcome.reply = fmt::format("It is marked as {} already.", read ? "read" : "unread");
  return outcome;
}

// Into a folder that may be new. Its mails keep their flags.
Result<Outcome> move_to(const Mailbox& box, const MailFolder& folder, Chosen chosen) {
  if (chosen.question) return std::move(*chosen.question);
  Outcome outcome;
  for (const Mail& mail : chosen.mails) {
    if (box.folder_of(mail.file).path == folder.path) continue;
    add_move(mail.file, path_with_flags(box, mail.file, folder, mail.file.flags), outcome);
  }
  if (outcome.changes.empty()) {
    outcome.reply = fmt::format("It is in {} already.", folder.name);
    return outcome;
  }
  for (const char* part : {"new", "tmp"}) {
    std::error_code error;
    if (!std::filesystem::exists(folder.path / part, error))
      outcome.changes.emplace_back(MakeFolder{folder.path / part});
  }
  outcome.result = {{"count", chosen.mails.size()}, {"folder", folder.name}};
  outcome.reply = fmt::format("Moved {} to {}.", say_mails(chosen.mails), folder.name);
  return outcome;
}

}  // namespace

Result<Outcome> plan_mail_mark_read(const ToolContext& context, const Json& arguments) {
  return mark(context, arguments, true);
}

Result<Outcome> plan_mail_mark_unread(const ToolContext& context, const Json& arguments) {
  return mark(context, arguments, false);
}

Result<Outcome> plan_mail_move(const ToolContext& context, const Json& arguments) {
  const Mailbox box = TRY(open_mailbox(context));
  const MailFolder folder = TRY(find_folder(box, text_argument(arguments, "to_folder")));
  return move_to(box, folder, TRY(choose(context, box, arguments, folder.path)));
}

Result<Outcome> plan_mail_trash(const ToolContext& context, const Json& arguments) {
  const Mailbox box = TRY(open_mailbox(context));
  return move_to(box, folder_for(box, FolderKind::kTrash), TRY(choose(context, box, arguments)));
}

}  // namespace favilla

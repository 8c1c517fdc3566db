// Reads the headers of all mails that may count, and the text only where words of it are asked for.
#include "tools/builtin/mail/find.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/match.h"
#include "tools/wording.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxTextsSearched = 3'000;
constexpr size_t kSearchedText_bytes = size_t{64} << 10;
constexpr auto kClockTolerance = std::chrono::hours{24};

Moment modified(const fs::path& path) {
  std::error_code error;
  const auto time = fs::last_write_time(path, error);
  if (error) return Moment{};
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::file_clock::to_sys(time));
}

Mail read_headers(const ToolContext& context, const MailFile& file) {
  Mail mail{file, read_message(read_beginning(file.path, kMaxHeaders_bytes, ReadTo::kEndOfHeaders), MailPart::kHeaders),
            Moment{}};
  const std::optional<Moment> date = mail.message.date;
  mail.date = date && *date < context.clock.now() + kClockTolerance ? *date : modified(file.path);
  return mail;
}

Result<std::vector<Mail>> newest_first(const ToolContext& context, const std::vector<const MailFile*>& files) {
  std::vector<Mail> mails;
  for (const MailFile* file : files) {
    if (context.cancel.requested()) return Error{ErrorKind::kCancelled, "stopped while reading the mail"};
    mails.push_back(read_headers(context, *file));
  }
  std::stable_sort(mails.begin(), mails.end(), [](const Mail& a, const Mail& b) { return a.date > b.date; });
  return mails;
}

bool names(const std::string& asked, const std::vector<MailAddress>& addresses) {
  const Words words(asked);
  return std::any_of(addresses.begin(), addresses.end(), [&](const MailAddress& each) {
    return match(words, Words(each.name + " " + each.address)) >= Match::kWords;
  });
}

bool has_words(const std::string& asked, const std::string& text) {
  return match(Words(asked), Words(text)) >= Match::kWords;
}

bool headers_fit(const MailQuery& query, const Mail& mail) {
  const MailMessage& message = mail.message;
  if (!query.from.empty() && !names(query.from, message.from)) return false;
  if (!query.to.empty() && !names(query.to, message.to) && !names(query.to, message.cc)) return false;
  if (!query.subject.empty() && !has_words(query.subject, message.subject)) return false;
  if (query.start && mail.date < *query.start) return false;
  return !query.end || mail.date < *query.end;
}

bool folder_counts(const MailQuery& query, FolderKind kind) {
  if (kind == FolderKind::kSent) return query.sent || !query.to.empty();
  return kind == FolderKind::kInbox || kind == FolderKind::kOther;
}

Result<std::optional<Moment>> moment_of(const ToolContext& context, const Json& arguments, const char* name) {
  const std::string text = text_argument(arguments, name);
  if (text.empty()) return std::optional<Moment>();
  return std::optional(context.zone.to_moment(TRY(parse_iso_local(text))));
}

}  // namespace

std::string text_argument(const Json& arguments, const char* name) {
  const auto found = arguments.find(name);
  if (found == arguments.end() || !found->is_string()) return "";
  const std::string text = *found;
  const size_t begin = text.find_first_not_of(" \t\r\n");
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::string MailQuery::words() const {
  std::string text;
  if (!from.empty()) text += " from " + from;
  if (!to.empty()) text += " to " + to;
  if (!subject.empty()) text += fmt::format(" with \"{}\" in the subject", subject);
  if (!match.empty()) text += fmt::format(" about \"{}\"", match);
  if (attachments) text += " with attachments";
  if (start || end) text += " of that time";
  if (!folder.empty()) text += " in " + folder;
  return text;
}

Result<MailQuery> query_of(const ToolContext& context, const Json& arguments) {
  MailQuery query;
  query.id = text_argument(arguments, "id");
  query.from = text_argument(arguments, "from");
  query.to = text_argument(arguments, "to");
  query.subject = text_argument(arguments, "subject");
  query.match = text_argument(arguments, "match");
  query.folder = text_argument(arguments, "folder");
  query.start = TRY(moment_of(context, arguments, "start"));
  query.end = TRY(moment_of(context, arguments, "end"));
  query.unread = arguments.value("unread", false);
  query.attachments = arguments.value("attachments", false);
  return query;
}

Result<MailFolder> find_folder(const Mailbox& box, const std::string& asked) {
  const Words words(asked);
  std::vector<const MailFolder*> best;
  Match reached = Match::kWords;
  std::vector<std::string> all;
  for (const MailFolder& folder : box.folders) {
    all.push_back(folder.name);
    const Match fits = match(words, Words(folder.name));
    if (fits < reached) continue;
    if (fits > reached) best.clear();
    reached = fits;
    best.push_back(&folder);
  }
  if (best.size() == 1) return *best.front();
  if (best.size() > 1) {
    return Error{ErrorKind::kInvalidArgument,
                 fmt::format("Both {} and {} could be that folder.", best[0]->name, best[1]->name)};
  }
  constexpr size_t kNamed = 10;
  if (all.size() > kNamed) all.resize(kNamed);
  return Error{ErrorKind::kNotFound, fmt::format("There is no mail folder \"{}\"{}{}.", asked,
                                                 all.empty() ? "" : "; there are ", say_list(all))};
}

Result<std::vector<Mail>> mails_of(const ToolContext& context, const Mailbox& box, const MailFolder& folder) {
  std::vector<const MailFile*> files;
  for (const MailFile& file : box.files) {
    if (box.folder_of(file).path == folder.path) files.push_back(&file);
  }
  return newest_first(context, files);
}

Result<FoundMails> find_mails(const ToolContext& context, const Mailbox& box, const MailQuery& query) {
  std::optional<MailFolder> folder;
  if (!query.folder.empty()) folder = TRY(find_folder(box, query.folder));
  std::vector<const MailFile*> files;
  for (const MailFile& file : box.files) {
    const MailFolder& in = box.folder_of(file);
    const bool there = folder ? in.path == folder->path : folder_counts(query, in.kind);
    if (!query.id.empty() ? file.id == query.id : there && (!query.unread || box.is_unread(file))) {
      files.push_back(&file);
    }
  }
  if (!query.id.empty() && files.empty()) return Error{ErrorKind::kNotFound, "That mail is no longer there."};
  FoundMails found;
  size_t texts = 0;
  for (Mail& mail : TRY(newest_first(context, files))) {
    if (context.cancel.requested()) return Error{ErrorKind::kCancelled, "stopped while reading the mail"};
    if (!headers_fit(query, mail)) continue;
    const std::string head = mail.message.subject + " " + sender_of(mail.message);
    const bool in_head = query.match.empty() || has_words(query.match, head);
    if (!in_head || query.attachments) {
      found.all_read = texts < kMaxTextsSearched;
      if (texts++ >= kMaxTextsSearched) continue;
      const MailMessage whole = read_whole(mail.file);
      if (query.attachments && whole.attachments.empty()) continue;
      if (!in_head && !has_words(query.match, head + " " + whole.text.substr(0, kSearchedText_bytes))) continue;
    }
    found.mails.push_back(std::move(mail));
  }
  return found;
}

Result<Mail> newest_mail(const ToolContext& context, const Mailbox& box, const Json& arguments) {
  const MailQuery query = TRY(query_of(context, arguments));
  FoundMails found = TRY(find_mails(context, box, query));
  if (!found.mails.empty()) return std::move(found.mails.front());
  return Error{ErrorKind::kNotFound,
               fmt::format("There is no {}mail{}.", query.unread ? "unread " : "", query.words())};
}

MailMessage read_whole(const MailFile& file) {
  return read_message(read_beginning(file.path, kMaxMail_bytes, ReadTo::kLimit), MailPart::kAll);
}

std::string sender_of(const MailMessage& message) {
  if (message.from.empty()) return "(nobody)";
  const MailAddress& first = message.from.front();
  return first.name.empty() ? first.address : first.name;
}

std::string say_mail(const ToolContext& context, const Mail& mail) {
  const LocalSeconds now = context.zone.to_local(context.clock.now());
  const std::string subject = mail.message.subject.empty() ? "(no subject)" : mail.message.subject;
  return fmt::format("{}: {} ({})", sender_of(mail.message), subject,
                     say_time(context.zone.to_local(mail.date), now, Say::kWritten));
}

Json mail_json(const ToolContext& context, const Mailbox& box, const Mail& mail) {
  const auto all = [](const std::vector<MailAddress>& addresses) {
    Json list = Json::array();
    for (const MailAddress& each : addresses) list.push_back({{"name", each.name}, {"address", each.address}});
    return list;
  };
  return {{"id", mail.file.id},
          {"folder", box.folder_of(mail.file).name},
          {"unread", box.is_unread(mail.file)},
          {"from", all(mail.message.from)},
          {"to", all(mail.message.to)},
          {"subject", mail.message.subject},
          {"date", format_iso(context.zone.to_local(mail.date))}};
}

Reference reference_to(const Mail& mail) {
  return {"mail", mail.file.id, mail.message.subject};
}

}  // namespace favilla

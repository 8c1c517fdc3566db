// The actions that only read. Reading marks nothing: the owner's mail program decides what has been seen.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/foreign_text.h"
#include "tools/builtin/mail/actions.h"
#include "tools/builtin/mail/find.h"
#include "tools/wording.h"

namespace favilla {
namespace {

constexpr size_t kListed = 10;
constexpr size_t kMaxResults = 100;
constexpr size_t kShownText_bytes = size_t{16} << 10;
constexpr size_t kSpokenText_bytes = 1'000;
constexpr size_t kThreadText_bytes = 2'000;  // of each mail of a thread
constexpr size_t kMaxThread = 50;
constexpr size_t kMaxThreadRounds = 20;

std::string joined(const std::vector<MailAddress>& addresses) {
  std::string text;
  for (const MailAddress& each : addresses) text += (text.empty() ? "" : ", ") + say_address(each);
  return text;
}

std::string cut_note(const std::string& text, size_t limit_bytes) {
  return text.size() > limit_bytes ? "\n(the rest is left out)" : "";
}

void list_mails(const ToolContext& context, const Mailbox& box, const FoundMails& found, Outcome& outcome) {
  outcome.result = {{"count", found.mails.size()}, {"mails", Json::array()}};
  for (size_t i = 0; i < found.mails.size() && i < kMaxResults; ++i) {
    outcome.result["mails"].push_back(mail_json(context, box, found.mails[i]));
    if (i >= kListed) continue;
    outcome.reply += "\n- " + say_mail(context, found.mails[i]);
    outcome.references.push_back(reference_to(found.mails[i]));
  }
  if (found.mails.size() > kListed) outcome.reply += fmt::format("\nand {} more", found.mails.size() - kListed);
  if (!found.all_read) outcome.reply += "\n(not all mails were searched for these words, only the newest)";
}

// "Lena Berg wrote on Saturday at 6 p.m.: Thursday. Does it suit you?"
std::string spoken_mail(const ToolContext& context, const Mail& mail, const std::string& text) {
  const LocalSeconds now = context.zone.to_local(context.clock.now());
  return fmt::format("{} wrote {}: {} {}", sender_of(mail.message),
                     say_time(context.zone.to_local(mail.date), now, Say::kSpoken),
                     sentence(mail.message.subject.empty() ? "no subject" : mail.message.subject),
                     shown_line(text, kSpokenText_bytes));
}

// ---- threads

// Which mails answer which: groups of indices that message ids hold together.
class Threads {
 public:
  explicit Threads(const std::vector<Mail>& mails) : mails_(mails) {
    for (size_t i = 0; i < mails.size(); ++i) {
      if (!mails[i].message.message_id.empty()) users_[mails[i].message.message_id].push_back(i);
      for (const std::string& id : mails[i].message.references) users_[id].push_back(i);
    }
  }

  // Oldest first.
  std::vector<size_t> with(size_t start) const {
    std::set<size_t> thread{start};
    std::vector<size_t> latest{start};
    for (size_t round = 0; round < kMaxThreadRounds && !latest.empty(); ++round) {
      std::vector<size_t> next;
      for (const size_t index : latest) {
        for (const size_t other : users_of(index)) {
          if (thread.size() < kMaxThread && thread.insert(other).second) next.push_back(other);
        }
      }
      latest = std::move(next);
    }
    std::vector<size_t> sorted(thread.begin(), thread.end());
    std::stable_sort(sorted.begin(), sorted.end(), [&](size_t a, size_t b) { return mails_[a].date < mails_[b].date; });
    return sorted;
  }

 private:
  std::vector<size_t> users_of(size_t index) const {
    std::vector<std::string> ids = mails_[index].message.references;
    ids.push_back(mails_[index].message.message_id);
    std::vector<size_t> users;
    for (const std::string& id : ids) {
      const auto found = users_.find(id);
      if (found != users_.end()) users.insert(users.end(), found->second.begin(), found->second.end());
    }
    return users;
  }

  const std::vector<Mail>& mails_;
  std::map<std::string, std::vector<size_t>> users_;
};

// What somebody wrote, without what they quoted.
std::string without_quotes(const std::string& text) {
  std::string kept;
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    if (text[begin] != '>') kept += text.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  return shown_text(kept, kThreadText_bytes);
}

}  // namespace

Result<Outcome> plan_mail_search(const ToolContext& context, const Json& arguments) {
  const Mailbox box = TRY(open_mailbox(context));
  MailQuery query = TRY(query_of(context, arguments));
  query.sent = !query.match.empty() || !query.subject.empty();
  const FoundMails found = TRY(find_mails(context, box, query));
  Outcome outcome;
  const char* unread = query.unread ? "unread " : "";
  outcome.reply =
      found.mails.empty()
          ? fmt::format("There are no {}mails{}.", unread, query.words())
          : fmt::format("{}{}:", say_count(found.mails.size(), unread + std::string("mail")), query.words());
  list_mails(context, box, found, outcome);
  return outcome;
}

Result<Outcome> plan_mail_unread(const ToolContext& context, const Json& arguments) {
  const Mailbox box = TRY(open_mailbox(context));
  MailQuery query = TRY(query_of(context, arguments));
  query.unread = true;
  const FoundMails found = TRY(find_mails(context, box, query));
  Outcome outcome;
  outcome.reply = found.mails.empty() ? fmt::format("No unread mail{}.", query.words())
                                      : say_count(found.mails.size(), "unread mail") + ":";
  list_mails(context, box, found, outcome);
  return outcome;
}

Result<Outcome> plan_mail_read(const ToolContext& context, const Json& arguments) {
  const Mailbox box = TRY(open_mailbox(context));
  const Mail mail = TRY(newest_mail(context, box, arguments));
  const MailMessage whole = read_whole(mail.file);
  const LocalSeconds now = context.zone.to_local(context.clock.now());
  Outcome outcome;
  outcome.result = mail_json(context, box, mail);
  outcome.result["text"] = whole.text;
  outcome.result["attachments"] = whole.attachments;
  outcome.references.push_back(reference_to(mail));
  outcome.reply = fmt::format("From: {}\nTo: {}\nDate: {}\nSubject: {}\n\n{}{}", joined(whole.from), joined(whole.to),
                              say_time(context.zone.to_local(mail.date), now, Say::kWritten), whole.subject,
                              shown_text(whole.text, kShownText_bytes), cut_note(whole.text, kShownText_bytes));
  if (!whole.attachments.empty()) outcome.reply += fmt::format("\n\nAttached: {}", say_list(whole.attachments));
  outcome.spoken = spoken_mail(context, mail, whole.text);
  return outcome;
}

Result<Outcome> plan_mail_thread(const ToolContext& context, const Json& arguments) {
  const Mailbox box = TRY(open_mailbox(context));
  const Mail start = TRY(newest_mail(context, box, arguments));
  MailQuery everything;
  everything.sent = true;
  std::vector<Mail> mails = TRY(find_mails(context, box, everything)).mails;
  auto at = std::find_if(mails.begin(), mails.end(), [&](const Mail& each) { return each.file.id == start.file.id; });
  if (at == mails.end()) at = mails.insert(at, start);  // from drafts, trash or spam
  const std::vector<size_t> thread = Threads(mails).with(static_cast<size_t>(at - mails.begin()));
  const LocalSeconds now = context.zone.to_local(context.clock.now());
  Outcome outcome;
  outcome.result = {{"count", thread.size()}, {"mails", Json::array()}};
  outcome.reply = fmt::format("{}: {}", start.message.subject, say_count(thread.size(), "mail"));
  for (const size_t index : thread) {
    const Mail& mail = mails[index];
    const std::string text = without_quotes(read_whole(mail.file).text);
    outcome.result["mails"].push_back(mail_json(context, box, mail));
    outcome.result["mails"].back()["text"] = text;
    outcome.reply += fmt::format("\n\n{}, {}:\n{}", sender_of(mail.message),
                                 say_time(context.zone.to_local(mail.date), now, Say::kWritten), text);
  }
  const Mail& latest = mails[thread.back()];
  outcome.references.push_back(reference_to(latest));
  outcome.spoken = fmt::format("{} about {}. The last: {}", say_count(thread.size(), "mail"), start.message.subject,
                               spoken_mail(context, latest, without_quotes(read_whole(latest.file).text)));
  return outcome;
}

Result<Outcome> plan_mail_folders(const ToolContext& context, const Json&) {
  const Mailbox box = TRY(open_mailbox(context));
  Outcome outcome;
  outcome.result["folders"] = Json::array();
  outcome.reply = box.folders.empty() ? fmt::format("There is no mail in {}.", box.root.string()) : "Mail folders:";
  for (size_t i = 0; i < box.folders.size(); ++i) {
    size_t count = 0;
    size_t unread = 0;
    for (const MailFile& file : box.files) {
      count += file.folder == i;
      unread += file.folder == i && box.is_unread(file);
    }
    outcome.result["folders"].push_back({{"name", box.folders[i].name}, {"count", count}, {"unread", unread}});
    outcome.reply += fmt::format("\n- {}: {}", box.folders[i].name, say_count(count, "mail"));
    if (unread > 0) outcome.reply += fmt::format(", {} unread", unread);
  }
  return outcome;
}

}  // namespace favilla

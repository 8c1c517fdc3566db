// Drafts, replies as drafts, and sending.
#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/file.h"
#include "base/foreign_text.h"
#include "base/sha256.h"
#include "tools/builtin/files/walk.h"
#include "tools/builtin/mail/actions.h"
#include "tools/builtin/mail/compose.h"
#include "tools/builtin/mail/find.h"
#include "tools/builtin/mail/recipients.h"
#include "tools/match.h"
#include "tools/net/net.h"
#include "tools/wording.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

constexpr size_t kQuoted_bytes = size_t{16} << 10;
constexpr size_t kListed = 10;
constexpr size_t kPassword_bytes = 4096;
constexpr const char* kDraftFlags = "DS";

Outcome ask(const char* argument, const std::string& text) {
  Outcome outcome;
  outcome.reply = text;
  outcome.question = Outcome::Question{text, argument, {}};
  return outcome;
}

std::string subject_of(const std::string& subject) {
  return subject.empty() ? "(no subject)" : fmt::format("\"{}\"", shown_line(subject, 200));
}

std::string sha256_of(std::string_view bytes) {
  Sha256 hash;
  hash.update(std::as_bytes(std::span(bytes.data(), bytes.size())));
  return hash.hex();
}

Result<Outcome> save_draft(const ToolContext& context, const Mailbox& box, NewMail mail) {
  const MailFolder drafts = folder_for(box, FolderKind::kDrafts);
  Outcome outcome;
  outcome.reply =
      fmt::format("Draft to {}: {} is in {}.", say_addresses(mail.to), subject_of(mail.subject), drafts.name);
  const std::string subject = mail.subject;
  ComposedMail composed = TRY(compose_mail(context, box, std::move(mail)));
  const std::string below = drafts.path.lexically_relative(box.root).generic_string();
  const std::string id = below == "." ? composed.unique : below + "/" + composed.unique;
  outcome.result = {{"id", id}, {"subject", subject}};
  outcome.references.push_back({"draft", id, subject});
  outcome.changes = add_to_folder(drafts, composed.unique, kDraftFlags, std::move(composed.bytes));
  return outcome;
}

// The recipients of `to` and `cc` into the mail; a question when one is not clear.
Result<std::optional<Outcome>> address_mail(const ToolContext& context, const Json& arguments, NewMail& mail) {
  const std::pair<const char*, std::vector<MailAddress>*> fields[] = {{"to", &mail.to}, {"cc", &mail.cc}};
  for (const auto& [argument, addresses] : fields) {
    Recipients found = TRY(find_recipients(context, text_argument(arguments, argument), argument));
    if (found.question) return std::move(found.question);
    *addresses = std::move(found.addresses);
  }
  if (mail.to.empty()) return std::optional(ask("to", "Who is it to?"));
  return std::optional<Outcome>();
}

std::string quoted(const std::string& text) {
  std::string all;
  const std::string shown = shown_text(text, kQuoted_bytes);
  for (size_t begin = 0; begin < shown.size();) {
    const size_t end = std::min(shown.find('\n', begin), shown.size());
    all += fmt::format("> {}\n", shown.substr(begin, end - begin));
    begin = end + 1;
  }
  return all;
}

std::string reply_subject(const std::string& subject) {
  const bool reply = subject.size() >= 3 && (subject[0] == 'R' || subject[0] == 'r') &&
                     (subject[1] == 'e' || subject[1] == 'E') && subject[2] == ':';
  return reply ? subject : "Re: " + subject;
}

// ---- sending

struct Server {
  std::string url;
  std::string host;
};

Result<Server> smtp_server(const ToolContext& context) {
  const std::string url = mail_setting(context, "smtp");
  if (url.empty()) {
    return Error{
        ErrorKind::kUnsupported,
        "I cannot send mail: config.toml has no mail.smtp (smtp://HOST:587 or smtps://HOST). I can keep a draft."};
  }
  const bool known = url.starts_with("smtp://") || url.starts_with("smtps://");
  const size_t begin = url.find("://") + 3;
  const std::string host =
      known ? url.substr(begin, url.find_first_of(url[begin] == '[' ? "]" : ":/", begin) - begin) : "";
  if (!host.empty()) return Server{url, host};
  return Error{ErrorKind::kInvalidArgument,
               fmt::format("config.toml: mail.smtp: \"{}\" must begin with smtp:// or smtps://", url)};
}

// Only what never leaves this computer goes unencrypted.
bool is_local(const std::string& host) {
  return host == "localhost" || host == "127.0.0.1" || host == "[::1";
}

Result<std::string> smtp_password(const ToolContext& context) {
  const std::string name = mail_setting(context, "password_file");
  if (name.empty()) return std::string();
  const fs::path path = name.starts_with("~/") ? context.folders.home / name.substr(2) : fs::path(name);
  std::string password = TRY(read_file(path, kPassword_bytes).context("config.toml: mail.password_file"));
  while (!password.empty() && (password.back() == '\n' || password.back() == '\r')) password.pop_back();
  return password;
}

// Newest first; `asked` is an id, words of the draft, or empty for all.
Result<std::vector<Mail>> drafts_for(const ToolContext& context, const Mailbox& box, const std::string& asked) {
  std::vector<Mail> drafts = TRY(mails_of(context, box, folder_for(box, FolderKind::kDrafts)));
  if (asked.empty() || asked == "latest") return drafts;
  std::erase_if(drafts, [&](const Mail& draft) {
    const std::string text = say_addresses(draft.message.to) + " " + draft.message.subject;
    return draft.file.id != asked && match(Words(asked), Words(text)) < Match::kWords;
  });
  return drafts;
}

// A mail that is ready to go, wherever it came from.
struct Outgoing {
  std::string unique;
  std::string bytes;
  MailMessage message;
  std::vector<Change> changes;  // takes it out of the drafts
};

Result<Outgoing> outgoing_draft(const ToolContext& context, const Mailbox& box, const std::string& asked) {
  const std::vector<Mail> drafts = TRY(drafts_for(context, box, asked));
  if (drafts.empty()) return Error{ErrorKind::kNotFound, "There is no such draft."};
  if (drafts.size() > 1 && asked != "latest") {
    return Error{ErrorKind::kInvalidArgument, fmt::format("{} drafts fit; say more of its subject.", drafts.size())};
  }
  const MailFile& file = drafts.front().file;
  std::string bytes = TRY(read_file(file.path, kMaxMail_bytes));
  Outgoing outgoing{unique_name(context, box, bytes), bytes, read_message(bytes, MailPart::kAll), {}};
  outgoing.changes.emplace_back(SetFile{file.path, std::move(bytes), std::nullopt});
  return outgoing;
}

// One line end for all lines of a mail, as SMTP wants it.
std::string with_crlf(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    if (c == '\r') continue;
    text += c == '\n' ? "\r\n" : std::string(1, c);
  }
  return text;
}

// What goes out, with who it is from; kInvalidArgument where a mail cannot go out as it is.
Result<std::vector<std::string>> check_outgoing(const ToolContext& context, Outgoing& outgoing) {
  const std::optional<MailAddress> own = TRY(own_address(context));
  if (!own)
    return Error{ErrorKind::kUnsupported, "I cannot send mail: config.toml has no mail.from (your own address)."};
  const MailMessage& message = outgoing.message;
  if (!message.bcc.empty()) {
    return Error{ErrorKind::kUnsupported, "This draft has hidden recipients (Bcc): send it with your mail program."};
  }
  if (message.from.empty()) {
    outgoing.bytes = from_header(*own) + outgoing.bytes;
  } else if (message.from.size() != 1 || message.from.front().address != own->address) {
    return Error{ErrorKind::kInvalidArgument, fmt::format("The draft is from {}, and mail.from of config.toml is {}.",
                                                          say_addresses(message.from), own->address)};
  }
  std::vector<std::string> to;
  for (const auto* addresses : {&message.to, &message.cc}) {
    for (const MailAddress& each : *addresses) {
      if (!is_address(each.address)) {
        return Error{ErrorKind::kInvalidArgument, fmt::format("\"{}\" is not an address.", each.address)};
      }
      to.push_back(each.address);
    }
  }
  if (to.empty()) return Error{ErrorKind::kInvalidArgument, "The draft says nobody that it goes to."};
  return to;
}

Result<Outcome> send(const ToolContext& context, const Mailbox& box, Outgoing outgoing) {
  const Server server = TRY(smtp_server(context));
  const std::vector<std::string> to = TRY(check_outgoing(context, outgoing));
  const MailAddress from = *TRY(own_address(context));
  std::vector<MailAddress> all = outgoing.message.to;
  all.insert(all.end(), outgoing.message.cc.begin(), outgoing.message.cc.end());
  const MailFolder sent = folder_for(box, FolderKind::kSent);
  Outcome outcome;
  outcome.needs_approval =
      fmt::format("send to {}, subject {}, {}{}, from {}, by {}", say_addresses(all),
                  subject_of(outgoing.message.subject), say_bytes(outgoing.bytes.size()),
                  outgoing.message.attachments.empty() ? "" : ", attached: " + say_list(outgoing.message.attachments),
                  from.address, server.host);
  outcome.reply = fmt::format("Sent to {}: {}.", say_addresses(all), subject_of(outgoing.message.subject));
  outcome.result = {{"to", to}, {"subject", outgoing.message.subject}, {"size_bytes", outgoing.bytes.size()}};
  outcome.changes = std::move(outgoing.changes);
  const Json request{{"file", (sent.path / "cur" / (outgoing.unique + ":2,S")).string()},
                     {"sha256", sha256_of(outgoing.bytes)},
                     {"from", from.address},
                     {"to", to}};
  for (Change& change : add_to_folder(sent, outgoing.unique, "S", std::move(outgoing.bytes))) {
    outcome.changes.push_back(std::move(change));
  }
  outcome.changes.emplace_back(OutwardCall{request, std::nullopt});
  return outcome;
}

}  // namespace

Result<Outcome> plan_mail_draft(const ToolContext& context, const Json& arguments) {
  NewMail mail;
  if (std::optional<Outcome> question = TRY(address_mail(context, arguments, mail))) return std::move(*question);
  mail.subject = text_argument(arguments, "subject");
  mail.text = text_argument(arguments, "body");
  return save_draft(context, TRY(open_mailbox(context)), std::move(mail));
}

Result<Outcome> plan_mail_reply(const ToolContext& context, const Json& arguments) {
  const Mailbox box = TRY(open_mailbox(context));
  const Mail answered = TRY(newest_mail(context, box, arguments));
  const MailMessage whole = read_whole(answered.file);
  NewMail mail;
  mail.to = whole.reply_to.empty() ? whole.from : whole.reply_to;
  const bool good =
      std::all_of(mail.to.begin(), mail.to.end(), [](const auto& each) { return is_address(each.address); });
  if (mail.to.empty() || !good) return Error{ErrorKind::kInvalidArgument, "That mail has no address to answer to."};
  mail.subject = reply_subject(whole.subject);
  const LocalSeconds written = context.zone.to_local(answered.date);
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(written));
  mail.text = fmt::format("{}\n\nOn {} at {}, {} wrote:\n{}", text_argument(arguments, "body"), format_iso(day),
                          say_clock(written, Say::kWritten), sender_of(whole), quoted(whole.text));
  mail.references = whole.references;
  if (!whole.message_id.empty()) mail.references.push_back(whole.message_id);
  if (mail.references.size() > kMaxReferences) mail.references.erase(mail.references.begin() + 1);
  return save_draft(context, box, std::move(mail));
}

Result<Outcome> plan_mail_drafts(const ToolContext& context, const Json&) {
  const Mailbox box = TRY(open_mailbox(context));
  const std::vector<Mail> drafts = TRY(drafts_for(context, box, ""));
  Outcome outcome;
  outcome.result = {{"count", drafts.size()}, {"drafts", Json::array()}};
  outcome.reply = drafts.empty() ? "There are no drafts." : say_count(drafts.size(), "draft") + ":";
  for (size_t i = 0; i < drafts.size() && i < kListed; ++i) {
    outcome.result["drafts"].push_back(mail_json(context, box, drafts[i]));
    outcome.reply +=
        fmt::format("\n- to {}: {}", say_addresses(drafts[i].message.to), subject_of(drafts[i].message.subject));
    outcome.references.push_back({"draft", drafts[i].file.id, drafts[i].message.subject});
  }
  if (drafts.size() > kListed) outcome.reply += fmt::format("\nand {} more", drafts.size() - kListed);
  return outcome;
}

Result<Outcome> plan_mail_send(const ToolContext& context, const Json& arguments) {
  TRY(smtp_server(context));
  const Mailbox box = TRY(open_mailbox(context));
  const std::string draft = text_argument(arguments, "draft");
  if (!draft.empty()) return send(context, box, TRY(outgoing_draft(context, box, draft)));
  NewMail mail;
  if (std::optional<Outcome> question = TRY(address_mail(context, arguments, mail))) return std::move(*question);
  mail.subject = text_argument(arguments, "subject");
  mail.text = text_argument(arguments, "body");
  if (mail.text.empty()) return ask("body", "What should it say?");
  ComposedMail composed = TRY(compose_mail(context, box, std::move(mail)));
  MailMessage message = read_message(composed.bytes, MailPart::kAll);
  return send(context, box, {composed.unique, std::move(composed.bytes), std::move(message), {}});
}

Result<Json> perform_mail_send(const ToolContext& context, const Json& request) {
  const Server server = TRY(smtp_server(context));
  const std::string bytes = TRY(read_file(request["file"].get<std::string>(), kMaxMail_bytes));
  if (sha256_of(bytes) != request["sha256"]) {
    return Error{ErrorKind::kBusy, "the mail has changed since it was approved"};
  }
  Result<void> sent = send_mail({.server_url = server.url,
                                 .user = mail_setting(context, "user"),
                                 .password = TRY(smtp_password(context)),
                                 .from = request["from"],
                                 .to = request["to"].get<std::vector<std::string>>(),
                                 .message = with_crlf(bytes),
                                 .require_tls = !is_local(server.host)},
                                context.cancel);
  if (sent) return Json{{"accepted_by", server.host}};
  Error error = std::move(sent).error();
  if (error.kind == ErrorKind::kNetwork) {
    error.message += "; its copy is among the sent mails, and it is not tried again: ask the recipient before you do";
  }
  return error;
}

}  // namespace favilla

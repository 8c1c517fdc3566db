// Which mails are meant: what the arguments of search, read, reply and the others have in common.
//
//   const Mailbox box = TRY(open_mailbox(context));
//   const std::vector<Mail> mails = TRY(find_mails(context, box, TRY(query_of(context, arguments)))).mails;
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/builtin/mail/maildir.h"

namespace favilla {

struct MailQuery {
  std::string id;
  std::string from;
  std::string to;
  std::string subject;
  std::string match;  // words of the subject, of who wrote it, or of the text
  std::string folder;
  std::optional<Moment> start;
  std::optional<Moment> end;  // exclusive
  bool unread = false;
  bool attachments = false;
  bool sent = false;  // those that the owner wrote count, too; a `to` or a `folder` says so as well

  // "from Lena about \"the trip\"", for replies; empty for any mail.
  std::string words() const;
};

struct Mail {
  MailFile file;
  MailMessage message;  // its headers
  Moment date;          // of the header, or of the file where the header has none, or one in the future
};

struct FoundMails {
  std::vector<Mail> mails;  // newest first
  bool all_read = true;     // false: the oldest were not searched for words of the text
};

// kInvalidArgument when a time is none.
Result<MailQuery> query_of(const ToolContext& context, const Json& arguments);

// Without `folder`, what is in drafts, trash and spam does not count. kNotFound when there is no such folder or id.
Result<FoundMails> find_mails(const ToolContext& context, const Mailbox& box, const MailQuery& query);

// All mails of one folder, newest first.
Result<std::vector<Mail>> mails_of(const ToolContext& context, const Mailbox& box, const MailFolder& folder);

// The folder whose name these words are. kNotFound names those that there are.
Result<MailFolder> find_folder(const Mailbox& box, const std::string& asked);

// The newest that fits. kNotFound says what there is none of.
Result<Mail> newest_mail(const ToolContext& context, const Mailbox& box, const Json& arguments);

// The same with the text.
MailMessage read_whole(const MailFile& file);

// "Lena Berg", or the address.
std::string sender_of(const MailMessage& message);

// "Lena Berg: Thursday (Saturday at 18:00)"
std::string say_mail(const ToolContext& context, const Mail& mail);

Json mail_json(const ToolContext& context, const Mailbox& box, const Mail& mail);
Reference reference_to(const Mail& mail);

// An argument without white space around it; empty when it is not there.
std::string text_argument(const Json& arguments, const char* name);

}  // namespace favilla

// Fuzzes the reader of mails, and the writer with what was read.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/utf8.h"
#include "tools/builtin/mail/html_text.h"
#include "tools/builtin/mail/message.h"

namespace favilla {
namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

// A text that can stand in one line of a reply.
void require_line(std::string_view text) {
  require(is_valid_utf8(text));
  for (const char c : text) require(static_cast<unsigned char>(c) >= 0x20 && c != '\x7f');
}

void require_addresses(const std::vector<MailAddress>& addresses) {
  require(addresses.size() <= kMaxAddresses);
  for (const MailAddress& each : addresses) {
    require_line(each.name);
    require_line(each.address);
  }
}

// What others wrote ends in headers of an answer: it must not make more of them.
void try_answer(const MailMessage& mail) {
  NewMail answer{{}, {}, {}, "Re: " + mail.subject, mail.text, "1@favilla.invalid", mail.references, Moment{}, {}};
  for (const MailAddress& each : mail.from) {
    if (is_address(each.address)) answer.to.push_back(each);
  }
  const std::string bytes = write_message(answer);
  const MailMessage again = read_message(bytes, MailPart::kAll);
  require(again.to.size() == answer.to.size());
  require(again.bcc.empty() && again.cc.empty() && again.attachments.empty());
  require(again.message_id == answer.message_id);
}

void try_input(std::string_view input) {
  const MailMessage headers = read_message(input, MailPart::kHeaders);
  const MailMessage mail = read_message(input, MailPart::kAll);
  require_line(headers.subject);
  require_line(mail.subject);
  require_line(mail.message_id);
  require(mail.references.size() <= kMaxReferences);
  for (const std::string& id : mail.references) require_line(id);
  for (const auto* addresses : {&mail.from, &mail.to, &mail.cc, &mail.bcc, &mail.reply_to}) {
    require_addresses(*addresses);
  }
  for (const std::string& name : mail.attachments) require_line(name);
  require(mail.text.size() <= kMaxMailText_bytes && is_valid_utf8(mail.text));
  const std::string words = html_text(input, 1000);
  require(words.size() <= 1000 && is_valid_utf8(words));
  try_answer(mail);
}

}  // namespace
}  // namespace favilla

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
  favilla::try_input({static_cast<const char*>(static_cast<const void*>(data)), size_bytes});
  return 0;
}

// What draft, reply and send share: making a mail of the owner's words, and the settings of [mail].
#pragma once

#include <optional>
#include <string>

#include "tools/builtin/mail/maildir.h"

namespace favilla {

// `[mail] from` of config.toml; nullopt without it. kInvalidArgument when it is no address.
Result<std::optional<MailAddress>> own_address(const ToolContext& context);

// A text of `[mail]`; empty when it is not there.
std::string mail_setting(const ToolContext& context, const char* key);

struct ComposedMail {
  std::string unique;  // name of its file, without flags
  std::string bytes;
};

// With date, sender and message id.
Result<ComposedMail> compose_mail(const ToolContext& context, const Mailbox& box, NewMail mail);

// A name for a file that no other mail has.
std::string unique_name(const ToolContext& context, const Mailbox& box, std::string_view what);

// "Ana Costa <ana@costa.example> and rui@matos.example"
std::string say_addresses(const std::vector<MailAddress>& addresses);

}  // namespace favilla

// The tool `mail`: the owner's Maildir, read, sorted and answered; sending only after approval.
//
//   [data]
//   mail = "~/Mail"                       # default: ~/Mail where it exists, else ~/Maildir
//   [mail]
//   from = "Ana Costa <ana@costa.example>"
//   smtp = "smtp://mail.costa.example:587"  # STARTTLS; smtps://HOST for TLS; unencrypted only to localhost
//   user = "ana"
//   password_file = "~/.config/favilla/mail_password"
#pragma once

#include "tools/tool.h"

namespace favilla {

extern const Tool kMailTool;

}  // namespace favilla

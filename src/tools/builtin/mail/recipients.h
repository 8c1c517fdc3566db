// Who a mail goes to: addresses as they were said, or people of the owner's contacts. Nobody is guessed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/builtin/mail/message.h"
#include "tools/tool.h"

namespace favilla {

struct Recipients {
  std::vector<MailAddress> addresses;
  std::optional<Outcome> question;  // when a name fits several people, or nobody with an address
};

// "Ana", "Ana and rui@matos.example", "Ana; Dr. Mendes". `argument` is what an answer to the question fills.
Result<Recipients> find_recipients(const ToolContext& context, const std::string& to, const char* argument);

}  // namespace favilla

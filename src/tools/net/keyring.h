// The keyring of the desktop: whatever program answers as the Secret Service (org.freedesktop.secrets: GNOME Keyring,
// KWallet, KeePassXC).
//
//   secret-tool store --label "Favilla: llm" service favilla username llm     # the owner puts it there
//   const std::string key = TRY(read_keyring({.service = "favilla", .name = "llm"}));
#pragma once

#include <string>

#include "base/result.h"

namespace favilla {

// Of the attributes "service" and "username", by which Python's keyring stores its secrets, too.
struct KeyringItem {
  std::string service;
  std::string name;
};

// kNotFound without a desktop session, a keyring or such an item; kPermission when the keyring stays locked; kNetwork
// when it does not answer within five seconds. Opens no window: unlocking is the desktop's matter.
Result<std::string> read_keyring(const KeyringItem& item);

}  // namespace favilla

// Secrets that config.toml names and does not hold.
//
//   "secret-service:SERVICE/NAME"  of the desktop's keyring (keyring.h)
//   "credential:NAME"              of systemd: the file NAME of the folder $CREDENTIALS_DIRECTORY
//   "file:PATH"                    a file that only its owner may read; PATH begins with / or ~/
//
//   const std::string key = TRY(read_secret("file:~/.config/favilla/key", process_environment));
#pragma once

#include <string>
#include <string_view>

#include "base/paths.h"
#include "base/result.h"

namespace favilla {

// Whether `reference` has one of the forms above. What it names need not be there.
bool is_secret_reference(std::string_view reference);

// Without the white space around it. kNotFound; kPermission for a file that others may read and a keyring that stays
// locked; kNetwork for one that does not answer; kInvalidArgument for content that is no key: empty, long, or with
// other characters than visible ASCII. No error has the content in it.
Result<std::string> read_secret(std::string_view reference, const GetEnvironment& environment);

}  // namespace favilla

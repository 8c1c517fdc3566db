// The address of a server, as config.toml has it.
#pragma once

#include <string>

#include "base/result.h"

namespace favilla {

struct ServerAddress {
  std::string shown;  // "127.0.0.1:8080": what sentences name it by
  bool is_https = false;
  // No other machine can answer there.
  bool is_loopback = false;
};

// kInvalidArgument, as the end of a sentence, for text that is no http or https address, or has a user, a password, a
// query or a fragment in it.
Result<ServerAddress> parse_server_address(const std::string& url);

}  // namespace favilla

// Names out of untrusted files, made fit for error messages.
#pragma once

#include <string>
#include <string_view>

namespace favilla {

// The name in quotes, cut to 80 characters; whatever is not printable ASCII becomes "?", so that no file can send
// control sequences to a terminal.
std::string quoted_name(std::string_view name);

}  // namespace favilla

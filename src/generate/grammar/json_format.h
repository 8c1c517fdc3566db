// String formats of JSON Schema as regular expressions.
#pragma once

#include <string_view>

namespace favilla::grammar {

// The regex that a whole string of the format matches; empty for formats that say nothing to us, which the
// specification lets us ignore. It may be narrower than the format: years 1000 to 9999, http and https addresses, IPv6
// in full.
std::string_view format_regex(std::string_view name);

}  // namespace favilla::grammar

// Text out of untrusted files: seen in place, and made fit for error messages.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace favilla {

// The same bytes as text; nothing is checked or copied.
inline std::string_view text_of(std::span<const std::byte> bytes) {
  return {static_cast<const char*>(static_cast<const void*>(bytes.data())), bytes.size()};
}

// The name in quotes, cut to 80 characters; whatever is not printable ASCII becomes "?", so that no file can send
// control sequences to a terminal.
std::string quoted_name(std::string_view name);

}  // namespace favilla

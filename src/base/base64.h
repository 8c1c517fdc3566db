// Base 64 (RFC 4648, 4) of bytes.
//
//   base64("abc")  // "YWJj"
#pragma once

#include <string>
#include <string_view>

namespace favilla {

std::string base64(std::string_view bytes);

}  // namespace favilla

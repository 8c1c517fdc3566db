// Fingerprints of JSON values: the same for the same value, whatever the order of its keys was.
#pragma once

#include <string>

#include "base/json.h"
#include "base/sha256.h"

namespace favilla {

// SHA-256 of the value's canonical text (sorted keys, no white space), 64 lower-case digits.
inline std::string sha256_of(const SortedJson& value) {
  const std::string text = value.dump(-1, ' ', false, SortedJson::error_handler_t::replace);
  Sha256 hash;
  hash.update(std::as_bytes(std::span(text)));
  return hash.hex();
}

}  // namespace favilla

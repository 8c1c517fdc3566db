// Reading the JSON of model folders: untrusted text in, typed fields or an error that names the field out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace favilla {

// kCorrupt when the object lacks the key or holds another type there; also when `object` is not an object.
Result<uint64_t> require_uint(const SortedJson& object, const char* key, uint64_t maximum);
Result<double> require_number(const SortedJson& object, const char* key);
Result<std::string> require_string(const SortedJson& object, const char* key);
Result<const SortedJson*> require_object(const SortedJson& object, const char* key);
Result<const SortedJson*> require_array(const SortedJson& object, const char* key);

// nullptr when absent or null.
const SortedJson* find_field(const SortedJson& object, const char* key);
// `fallback` when absent, null or not a bool.
bool flag_or(const SortedJson& object, const char* key, bool fallback);

}  // namespace favilla

// The one JSON library of the project, and a parser that reports instead of throwing.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace favilla {

using Json = nlohmann::ordered_json;

// Parses one JSON text. Fails with kInvalidArgument and the byte offset; nesting is limited to 256 levels.
Result<Json> parse_json(std::string_view text);

// For texts that may be large or hostile. Objects are sorted: one that keeps the order of its keys is quadratic in
// their number, and a tokenizer's vocabulary has 30,000 of them. Of a key that occurs twice, the last value stays.
using SortedJson = nlohmann::json;

// kCorrupt for texts that are not JSON or nest deeper than 32 levels.
Result<SortedJson> parse_sorted_json(std::string_view text);

// One line of JSON. Strings that are not valid UTF-8 get U+FFFD in place of the bad bytes, so this never throws.
std::string to_json_text(const Json& value);

}  // namespace favilla

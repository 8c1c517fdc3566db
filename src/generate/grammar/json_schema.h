// JSON Schema 2020-12, as tools use it, into a network of the JSON texts that are valid under it, each written in one
// way: members in the order of the schema, ", " and ": " between them, no other blanks, strings with the shortest
// escape and all else as UTF-8, numbers without exponent.
//
//   Network network = TRY(compile_json_schema(R"({"type": "object", "properties": {"city": {"type": "string"}}})"));
//
// Every text of the network is valid; some valid texts are left out:
// - objects with `properties` get no other members, unless additionalProperties is a schema; without `type`, keywords
// of
//   a type mean that type; integers have at most 18 digits, other numbers 15;
// - formats: see json_format.h; those that it does not know, notes ($comment, title, description, default, examples,
//   deprecated, readOnly, writeOnly, contentEncoding, ...) and unknown keywords are ignored, as the specification says.
// Refused by name, with the place: not, if, dependentSchemas, dependentRequired, patternProperties, propertyNames,
// contains, unevaluatedProperties, unevaluatedItems, $dynamicRef; references outside the schema; uniqueItems beyond a
// few enumerated values; minProperties and maxProperties that are not met anyway; oneOf whose choices may overlap; a
// multipleOf other than whole numbers up to 100 and 0.1, 0.01, ...; a pattern together with lengths, unless one part of
// it can be limited.
#pragma once

#include <string_view>

#include "base/result.h"
#include "generate/grammar/network.h"

namespace favilla::grammar {

// Limits that hold before the work is done.
inline constexpr size_t kMaxSchemaBytes = 256 * 1024;
inline constexpr size_t kMaxSchemaMembers = 512;  // of one object
inline constexpr int kMaxSchemaDepth = 64;        // schemas within schemas
inline constexpr int kMaxSchemaWork = 10'000;     // schemas that are looked at, merged ones included

// kInvalidArgument: not JSON, a schema that breaks the specification, or one that nothing finite matches.
// kUnsupported: see above. kExhausted: a limit.
Result<Network> compile_json_schema(std::string_view text);

}  // namespace favilla::grammar

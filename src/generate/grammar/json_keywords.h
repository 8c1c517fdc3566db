// What JSON Schema's keywords mean to the compiler, and schemas joined by allOf, $ref and their like.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace favilla::grammar {

// Names a place of the schema in errors: "the schema at #/properties/city: ...".
Error schema_error(ErrorKind kind, std::string_view place, std::string_view what);

// kUnsupported for a keyword that changes what is valid in a way that we do not follow; kInvalidArgument for one whose
// value has the wrong type.
Result<void> check_keywords(const Json& schema, std::string_view place);

// Does the keyword only tell people something (or do we not know it)?
bool is_note(std::string_view keyword);

// The member, or nullptr.
const Json* find_member(const Json& object, std::string_view name);

// What is valid under both of two schemas without $ref, allOf, anyOf, oneOf. Where members meet, the result holds an
// allOf of them. kUnsupported: two patterns, and the like.
Result<Json> merge_schemas(const Json& a, const Json& b, std::string_view place);

// The names of the types that the schema allows: "integer" is not listed beside "number". Without `type` they follow
// from const, enum and the keywords; otherwise all.
std::vector<std::string> types_of(const Json& schema);
bool has_type(const Json& value, std::string_view type);

}  // namespace favilla::grammar

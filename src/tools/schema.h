// The part of JSON Schema in which tools describe their arguments: type, properties, required, additionalProperties,
// enum, const, minimum, maximum, minLength, maxLength, items, minItems, maxItems, format (date, time, date-time, or
// date-or-time, which is any of the three), description, default, question (what to ask the
// owner when a required argument is missing). A keyword outside of this list is an error of the
// schema, never ignored.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace favilla {

// kInvalidArgument names the argument: "count must be at least 1". `schema` is one of ours; kInternal when it is not
// what the list above allows.
Result<void> check_arguments(const Json& schema, const Json& arguments);

// Whether the schema itself keeps to the list, for the test of the tool table.
Result<void> check_schema(const Json& schema);

// A value from a command line: "3" is a number where the schema of the argument `name` asks for one, JSON where it asks
// for an array or an object, text otherwise. Does not check more than that.
Result<Json> typed_argument(const Json& schema, const std::string& name, const std::string& text);

}  // namespace favilla

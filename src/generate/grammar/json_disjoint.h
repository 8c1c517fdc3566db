// References inside a schema, and whether two schemas can both be met.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace favilla::grammar {

// What "#/..." points to, inside the document. kInvalidArgument: nothing; kUnsupported: another kind of reference.
Result<const Json*> resolve(const Json& document, const std::string& reference, std::string_view place);

// True only where no text that the compiler writes for one of them is valid under the other.
bool are_disjoint(const Json& document, const Json& a, const Json& b);

}  // namespace favilla::grammar

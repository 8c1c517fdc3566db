// From 2026-07-28 on, HTTP requests repeat parts of themselves in headers, so that whoever routes them need not parse
// them: the method, a tool's name, and those arguments that the tool's schema marks with "x-mcp-header".
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "tools/net/net.h"

namespace favilla {

// The value as a header can carry it: printable ASCII as it is, everything else as "=?base64?...?=".
std::string header_value(std::string_view value);

// "Mcp-Param-..." for the marked arguments that are there. kUnsupported for marks that the protocol forbids: such a
// tool cannot be called over HTTP.
Result<Headers> param_headers(const SortedJson& schema, const SortedJson& arguments);

}  // namespace favilla

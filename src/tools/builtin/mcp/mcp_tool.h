// The tool `mcp`: servers that speak the Model Context Protocol, what they offer, and calls.
//
//   kMcpTool.actions: servers, tools, approve, revoke, call
//
// A server's tool can be called once the owner approved it as the server describes it; when the description, the
// arguments or the server's start differ from what he approved, it is blocked until he approves it again.
#pragma once

#include "tools/tool.h"

namespace favilla {

extern const Tool kMcpTool;

}  // namespace favilla

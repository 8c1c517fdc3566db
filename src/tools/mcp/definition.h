// What a server says about one of its tools: foreign text, shown to the owner and, once he approved it, to a model.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace favilla {

inline constexpr size_t kMaxTools = 512;
inline constexpr size_t kMaxDefinition_bytes = size_t{32} << 10;
inline constexpr size_t kMaxDescription_bytes = 4000;

struct McpTool {
  std::string name;         // the server's; letters, digits and _ - . /
  std::string description;  // as it may be shown, at most kMaxDescription_bytes: the same for the owner and a model
  std::string schema;       // JSON Schema of the arguments, without control and invisible characters; at most
                            // kMaxDefinition_bytes
  std::string hash;         // over all that the server said: description, schemas, annotations
};

// kInvalidArgument for what is no definition, is too long, or has a name that cannot be called.
Result<McpTool> parse_definition(const SortedJson& tool);

// "notes__search", at most 64 letters, digits, _ and -: what a model calls.
std::string offered_name(std::string_view server, std::string_view tool);

Json to_json(const McpTool& tool);

// nullopt for a record that is none.
std::optional<McpTool> tool_from_json(const Json& json);

}  // namespace favilla

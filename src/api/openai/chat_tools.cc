// The tools of a chat request.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "api/openai/chat_request.h"

namespace favilla {
namespace {

constexpr size_t kMaxTools = 128;
constexpr size_t kMaxName_bytes = 128;

RequestTool parse_tool(const Json& json, const std::string& path, std::optional<ApiError>& error) {
  RequestTool tool;
  Members members(json, path, error);
  members.allow_only({"type", "function"});
  if (members.find("type") == nullptr) members.fail("type", "is missing", "missing_required_parameter");
  members.one_of("type", {"function"});
  const Json* object = members.object("function");
  if (object == nullptr) {
    members.fail("function", "is missing", "missing_required_parameter");
    return tool;
  }
  Members function(*object, members.path_of("function"), error);
  function.allow_only({"name", "description", "parameters", "strict"});
  ToolDefinition& definition = tool.definition;
  definition.name = function.require_text("name");
  if (!function.failed() && !is_function_name(definition.name)) {
    function.fail("name", "must be letters, digits, \"_\", \"-\" and \".\", at most 128");
  }
  definition.description = function.text("description").value_or("");
  if (const Json* parameters = function.object("parameters")) definition.parameters = *parameters;
  tool.strict = function.boolean("strict").value_or(false);
  definition.whole = json;
  return tool;
}

}  // namespace

bool is_function_name(std::string_view name) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  };
  return !name.empty() && name.size() <= kMaxName_bytes && std::all_of(name.begin(), name.end(), is_allowed);
}

std::vector<RequestTool> parse_tools(const Json& tools, std::optional<ApiError>& error) {
  std::vector<RequestTool> result;
  if (tools.size() > kMaxTools) fail_at(error, "tools", fmt::format("must have at most {} functions", kMaxTools));
  std::set<std::string> names;
  for (size_t i = 0; i < tools.size() && !error; ++i) {
    const std::string path = element_path("tools", i);
    result.push_back(parse_tool(tools[i], path, error));
    if (!names.insert(result.back().definition.name).second) {
      fail_at(error, path + ".function.name", "is the name of another function already");
    }
  }
  return result;
}

}  // namespace favilla

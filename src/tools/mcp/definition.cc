// Names are checked, words are neutralised, and everything is hashed as it came.
#include "tools/mcp/definition.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/foreign_text.h"
#include "tools/mcp/hash.h"

namespace favilla {
namespace {

constexpr size_t kMaxName_bytes = 128;
constexpr size_t kMaxOfferedName_bytes = 64;

bool is_tool_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxName_bytes && std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.' || c == '/';
  });
}

// All keys and texts without what a reader cannot see: hidden words must not reach a model that no owner has read.
SortedJson neutral(const SortedJson& value) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    return shown_text(text, text.size());
  }
  SortedJson copy = value;
  if (value.is_array()) {
    for (SortedJson& each : copy) each = neutral(each);
  } else if (value.is_object()) {
    copy = SortedJson::object();
    for (const auto& [key, each] : value.items()) copy[shown_text(key, key.size())] = neutral(each);
  }
  return copy;
}

std::string text_member(const SortedJson& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

Result<McpTool> parse_definition(const SortedJson& tool) {
  const auto wrong = [](std::string what) { return Error{ErrorKind::kInvalidArgument, std::move(what)}; };
  if (!tool.is_object()) return wrong("a tool that is no object");
  McpTool parsed;
  parsed.name = text_member(tool, "name");
  if (!is_tool_name(parsed.name)) {
    return wrong(fmt::format("a tool with the name \"{}\"", shown_line(parsed.name, 100)));
  }
  const auto schema = tool.find("inputSchema");
  if (schema == tool.end() || !schema->is_object()) return wrong(fmt::format("{} without a schema", parsed.name));
  parsed.schema = neutral(*schema).dump(-1, ' ', false, SortedJson::error_handler_t::replace);
  // What changes no meaning: pictures, and what a transport adds.
  SortedJson hashed = tool;
  for (const char* key : {"icons", "_meta"}) hashed.erase(key);
  const std::string whole = hashed.dump(-1, ' ', false, SortedJson::error_handler_t::replace);
  if (std::max(whole.size(), parsed.schema.size()) > kMaxDefinition_bytes) {
    return wrong(fmt::format("{} with a definition over 32 KiB", parsed.name));
  }
  const std::string description = text_member(tool, "description");
  parsed.description = shown_text(description, kMaxDescription_bytes);
  parsed.hash = sha256_of(hashed);
  return parsed;
}

std::string offered_name(std::string_view server, std::string_view tool) {
  std::string name = fmt::format("{}__{}", server, tool).substr(0, kMaxOfferedName_bytes);
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '.' || c == '/'; }, '_');
  return name;
}

Json to_json(const McpTool& tool) {
  return {{"name", tool.name}, {"description", tool.description}, {"schema", tool.schema}, {"hash", tool.hash}};
}

std::optional<McpTool> tool_from_json(const Json& json) {
  if (!json.is_object()) return std::nullopt;
  McpTool tool;
  const std::pair<const char*, std::string*> members[] = {
      {"name", &tool.name}, {"description", &tool.description}, {"schema", &tool.schema}, {"hash", &tool.hash}};
  for (const auto& [key, member] : members) {
    const auto found = json.find(key);
    if (found == json.end() || !found->is_string()) return std::nullopt;
    *member = found->get<std::string>();
  }
  return is_tool_name(tool.name) ? std::optional(std::move(tool)) : std::nullopt;
}

}  // namespace favilla

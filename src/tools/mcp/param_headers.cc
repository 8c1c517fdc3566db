// Only properties of properties can be marked: what lies behind items, $ref or a choice has no one place.
#include "tools/mcp/param_headers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "base/base64.h"

namespace favilla {
namespace {

constexpr const char* kMark = "x-mcp-header";
constexpr std::string_view kBegin = "=?base64?";
constexpr std::string_view kEnd = "?=";

// RFC 9110, 5.6.2: what a header's name may be.
bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

Error unfit(std::string_view property) {
  return {ErrorKind::kUnsupported,
          fmt::format("its schema marks \"{}\" for a header in a way that is not allowed", property)};
}

std::string scalar_text(const SortedJson& value) {
  return value.is_string() ? value.get<std::string>()
                           : value.dump(-1, ' ', false, SortedJson::error_handler_t::replace);
}

Result<void> collect(const SortedJson& schema, const SortedJson& arguments, std::set<std::string>& used,
                     Headers& headers) {
  const auto properties = schema.find("properties");
  if (properties == schema.end() || !properties->is_object()) return {};
  for (const auto& [name, property] : properties->items()) {
    if (!property.is_object()) continue;
    const SortedJson value = arguments.is_object() ? arguments.value(name, SortedJson()) : SortedJson();
    TRY(collect(property, value, used, headers));
    const auto mark = property.find(kMark);
    if (mark == property.end()) continue;
    const SortedJson type = property.value("type", SortedJson());
    std::string token = mark->is_string() ? mark->get<std::string>() : "";
    std::string low = token;
    std::transform(low.begin(), low.end(), low.begin(), [](unsigned char c) { return std::tolower(c); });
    const bool scalar = type == "string" || type == "integer" || type == "boolean";
    if (!scalar || !is_token(token) || !used.insert(low).second) return unfit(name);
    if (value.is_string() || value.is_number() || value.is_boolean()) {
      headers.emplace_back("Mcp-Param-" + token, header_value(scalar_text(value)));
    }
  }
  return {};
}

}  // namespace

std::string header_value(std::string_view value) {
  const bool plain = std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~'; });
  const bool trimmed = value.empty() || (value.front() != ' ' && value.back() != ' ');
  if (plain && trimmed && !(value.starts_with(kBegin) && value.ends_with(kEnd))) return std::string(value);
  return fmt::format("{}{}{}", kBegin, base64(value), kEnd);
}

Result<Headers> param_headers(const SortedJson& schema, const SortedJson& arguments) {
  Headers headers;
  std::set<std::string> used;
  TRY(collect(schema, arguments, used, headers));
  return headers;
}

}  // namespace favilla

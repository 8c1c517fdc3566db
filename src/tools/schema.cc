// A recursive walk over schema and value together.
#include "tools/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/time_zone.h"
#include "base/utf8.h"

namespace favilla {
namespace {

constexpr std::string_view kKeywords[] = {"type",      "properties", "required",    "additionalProperties",
                                          "enum",      "const",      "minimum",     "maximum",
                                          "minLength", "maxLength",  "items",       "minItems",
                                          "maxItems",  "format",     "description", "default",
                                          "question"};
constexpr std::string_view kTypes[] = {"object", "array", "string", "number", "integer", "boolean", "null"};
constexpr std::string_view kFormats[] = {"date", "time", "date-time", "date-or-time"};

template <size_t N>
bool is_one_of(std::string_view word, const std::string_view (&words)[N]) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

Error wrong(const std::string& name, std::string_view must) {
  return {ErrorKind::kInvalidArgument, fmt::format("{} must {}", name.empty() ? "the arguments" : name, must)};
}

// A double such as 3.0 is an integer, as JSON Schema has it.
bool is_integer(const Json& value) {
  if (value.is_number_integer()) return true;
  return value.is_number_float() && std::trunc(value.get<double>()) == value.get<double>();
}

bool has_type(const Json& value, std::string_view type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "number") return value.is_number();
  if (type == "integer") return is_integer(value);
  if (type == "boolean") return value.is_boolean();
  return value.is_null();
}

std::string_view with_article(std::string_view type) {
  if (type == "object") return "be an object";
  if (type == "array") return "be a list";
  if (type == "string") return "be text";
  if (type == "number") return "be a number";
  if (type == "integer") return "be a whole number";
  if (type == "boolean") return "be true or false";
  return "be null";
}

// "HH:MM" or "HH:MM:SS".
bool is_time(const std::string& text) {
  return (text.size() == 5 || text.size() == 8) && parse_iso_local("2000-01-01T" + text).has_value();
}

Result<void> check_format(const std::string& name, const std::string& format, const std::string& text) {
  if (format == "date" && (text.size() != 10 || !parse_iso_local(text)))
    return wrong(name, "be a date such as 2026-11-23");
  if (format == "date-time" && (text.size() == 10 || !parse_iso_local(text))) {
    return wrong(name, "be a date and time such as 2026-11-23T18:00:00");
  }
  if (format == "time" && !is_time(text)) return wrong(name, "be a time such as 18:00");
  if (format == "date-or-time" && !is_time(text) && !parse_iso_local(text)) {
    return wrong(name, "be a date or a time such as 2026-11-23, 18:00 or 2026-11-23T18:00:00");
  }
  return {};
}

size_t count_code_points(std::string_view text) {
  size_t count = 0;
  for (; !text.empty(); text.remove_prefix(static_cast<size_t>(decode_utf8(text).length))) ++count;
  return count;
}

Result<void> check_text(const Json& schema, const std::string& text, const std::string& name) {
  const size_t length = count_code_points(text);
  if (const auto limit = schema.find("minLength"); limit != schema.end() && length < limit->get<size_t>()) {
    return limit->get<size_t>() == 1 ? wrong(name, "not be empty")
                                     : wrong(name, fmt::format("have at least {} characters", limit->get<size_t>()));
  }
  if (const auto limit = schema.find("maxLength"); limit != schema.end() && length > limit->get<size_t>()) {
    return wrong(name, fmt::format("have at most {} characters", limit->get<size_t>()));
  }
  if (const auto format = schema.find("format"); format != schema.end()) {
    return check_format(name, format->get<std::string>(), text);
  }
  return {};
}

Result<void> check_number(const Json& schema, const Json& value, const std::string& name) {
  if (const auto limit = schema.find("minimum"); limit != schema.end() && value < *limit) {
    return wrong(name, fmt::format("be at least {}", to_json_text(*limit)));
  }
  if (const auto limit = schema.find("maximum"); limit != schema.end() && value > *limit) {
    return wrong(name, fmt::format("be at most {}", to_json_text(*limit)));
  }
  return {};
}

Result<void> check_value(const Json& schema, const Json& value, const std::string& name);

Result<void> check_array(const Json& schema, const Json& value, const std::string& name) {
  if (const auto limit = schema.find("minItems"); limit != schema.end() && value.size() < limit->get<size_t>()) {
    return wrong(name, fmt::format("have at least {} entries", limit->get<size_t>()));
  }
  if (const auto limit = schema.find("maxItems"); limit != schema.end() && value.size() > limit->get<size_t>()) {
    return wrong(name, fmt::format("have at most {} entries", limit->get<size_t>()));
  }
  const auto items = schema.find("items");
  if (items == schema.end()) return {};
  for (size_t i = 0; i < value.size(); ++i) TRY(check_value(*items, value[i], fmt::format("{}[{}]", name, i)));
  return {};
}

Result<void> check_object(const Json& schema, const Json& value, const std::string& name) {
  const std::string prefix = name.empty() ? "" : name + ".";
  if (const auto required = schema.find("required"); required != schema.end()) {
    for (const Json& key : *required) {
      if (value.contains(key.get<std::string>())) continue;
      return Error{ErrorKind::kInvalidArgument, fmt::format("{}{} is missing", prefix, key.get<std::string>())};
    }
  }
  const auto properties = schema.find("properties");
  const bool closed = schema.value("additionalProperties", Json(true)) == Json(false);
  for (const auto& [key, entry] : value.items()) {
    if (properties != schema.end() && properties->contains(key)) {
      TRY(check_value((*properties)[key], entry, prefix + key));
    } else if (closed) {
      return Error{ErrorKind::kInvalidArgument, fmt::format("there is no argument {}{}", prefix, key)};
    }
  }
  return {};
}

Result<void> check_choice(const Json& schema, const Json& value, const std::string& name) {
  if (const auto wanted = schema.find("const"); wanted != schema.end() && value != *wanted) {
    return wrong(name, fmt::format("be {}", to_json_text(*wanted)));
  }
  const auto choices = schema.find("enum");
  if (choices == schema.end() || std::find(choices->begin(), choices->end(), value) != choices->end()) return {};
  std::string listed;
  for (const Json& choice : *choices) {
    if (!listed.empty()) listed += ", ";
    listed += choice.is_string() ? choice.get<std::string>() : to_json_text(choice);
  }
  return wrong(name, fmt::format("be one of {}", listed));
}

Result<void> check_value(const Json& schema, const Json& value, const std::string& name) {
  if (const auto type = schema.find("type"); type != schema.end() && !has_type(value, type->get<std::string>())) {
    return wrong(name, with_article(type->get<std::string>()));
  }
  TRY(check_choice(schema, value, name));
  if (value.is_string()) return check_text(schema, value.get_ref<const std::string&>(), name);
  if (value.is_number()) return check_number(schema, value, name);
  if (value.is_array()) return check_array(schema, value, name);
  if (value.is_object()) return check_object(schema, value, name);
  return {};
}

Error bad_schema(std::string_view keyword) {
  return {ErrorKind::kInternal, fmt::format("a tool's schema has no valid \"{}\"", keyword)};
}

Result<void> check_keyword(const std::string& keyword, const Json& value) {
  if (!is_one_of(keyword, kKeywords)) return bad_schema(keyword);
  const bool is_count = keyword.starts_with("min") || keyword.starts_with("max");
  if (is_count && !(keyword.ends_with("imum") ? value.is_number() : value.is_number_unsigned()))
    return bad_schema(keyword);
  if (keyword == "type" && !(value.is_string() && is_one_of(value.get<std::string>(), kTypes)))
    return bad_schema(keyword);
  if (keyword == "format" && !(value.is_string() && is_one_of(value.get<std::string>(), kFormats))) {
    return bad_schema(keyword);
  }
  if (keyword == "additionalProperties" && !value.is_boolean()) return bad_schema(keyword);
  if (keyword == "enum" && (!value.is_array() || value.empty())) return bad_schema(keyword);
  if (keyword == "required" && !value.is_array()) return bad_schema(keyword);
  if (keyword == "items") return check_schema(value);
  if (keyword != "properties") return {};
  if (!value.is_object()) return bad_schema(keyword);
  for (const Json& property : value) TRY(check_schema(property));
  return {};
}

}  // namespace

Result<void> check_arguments(const Json& schema, const Json& arguments) {
  return check_value(schema, arguments, "");
}

Result<void> check_schema(const Json& schema) {
  if (!schema.is_object()) return bad_schema("type");
  for (const auto& [keyword, value] : schema.items()) TRY(check_keyword(keyword, value));
  const Json properties = schema.value("properties", Json::object());
  for (const Json& name : schema.value("required", Json::array())) {
    if (!name.is_string() || !properties.contains(name.get<std::string>())) return bad_schema("required");
  }
  return {};
}

Result<Json> typed_argument(const Json& schema, const std::string& name, const std::string& text) {
  const Json properties = schema.value("properties", Json::object());
  const auto property = properties.find(name);
  if (property == properties.end()) {
    return Error{ErrorKind::kInvalidArgument, fmt::format("there is no argument {}", name)};
  }
  const std::string type = property->value("type", "string");
  if (type == "string") return Json(text);
  const Result<Json> value = parse_json(text);
  if (!value || !has_type(*value, type)) return wrong(name, with_article(type));
  return *value;
}

}  // namespace favilla

// See json_keywords.h.
#include "generate/grammar/json_keywords.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "generate/grammar/json_number.h"

namespace favilla::grammar {
namespace {

enum class Use : uint8_t { kFollowed, kRefused };
enum class Shape : uint8_t { kAny, kSchema, kSchemas, kSchemaMap, kCount, kNumber, kString, kStrings, kBool, kArray };

struct Keyword {
  std::string_view name;
  std::string_view type;  // of the values it is about; empty: any
  Shape shape;
  Use use = Use::kFollowed;
};

// All that may change what is valid. What is not here is a note.
constexpr std::array kKeywords = {
    Keyword{"type", "", Shape::kAny},
    Keyword{"const", "", Shape::kAny},
    Keyword{"enum", "", Shape::kArray},
    Keyword{"$ref", "", Shape::kString},
    Keyword{"allOf", "", Shape::kSchemas},
    Keyword{"anyOf", "", Shape::kSchemas},
    Keyword{"oneOf", "", Shape::kSchemas},
    Keyword{"properties", "object", Shape::kSchemaMap},
    Keyword{"required", "object", Shape::kStrings},
    Keyword{"additionalProperties", "object", Shape::kSchema},
    Keyword{"minProperties", "object", Shape::kCount},
    Keyword{"maxProperties", "object", Shape::kCount},
    Keyword{"items", "array", Shape::kSchema},
    Keyword{"prefixItems", "array", Shape::kSchemas},
    Keyword{"minItems", "array", Shape::kCount},
    Keyword{"maxItems", "array", Shape::kCount},
    Keyword{"uniqueItems", "array", Shape::kBool},
    Keyword{"minLength", "string", Shape::kCount},
    Keyword{"maxLength", "string", Shape::kCount},
    Keyword{"pattern", "string", Shape::kString},
    Keyword{"format", "string", Shape::kString},
    Keyword{"minimum", "number", Shape::kNumber},
    Keyword{"maximum", "number", Shape::kNumber},
    Keyword{"exclusiveMinimum", "number", Shape::kNumber},
    Keyword{"exclusiveMaximum", "number", Shape::kNumber},
    Keyword{"multipleOf", "number", Shape::kNumber},
    Keyword{"not", "", Shape::kAny, Use::kRefused},
    Keyword{"if", "", Shape::kAny, Use::kRefused},
    Keyword{"dependentSchemas", "", Shape::kAny, Use::kRefused},
    Keyword{"dependentRequired", "", Shape::kAny, Use::kRefused},
    Keyword{"dependencies", "", Shape::kAny, Use::kRefused},
    Keyword{"patternProperties", "", Shape::kAny, Use::kRefused},
    Keyword{"propertyNames", "", Shape::kAny, Use::kRefused},
    Keyword{"contains", "", Shape::kAny, Use::kRefused},
    Keyword{"unevaluatedProperties", "", Shape::kAny, Use::kRefused},
    Keyword{"unevaluatedItems", "", Shape::kAny, Use::kRefused},
    Keyword{"additionalItems", "", Shape::kAny, Use::kRefused},
    Keyword{"$dynamicRef", "", Shape::kAny, Use::kRefused},
    Keyword{"$recursiveRef", "", Shape::kAny, Use::kRefused},
};

constexpr std::array<std::string_view, 6> kTypes = {"object", "array", "string", "number", "boolean", "null"};

const Keyword* find_keyword(std::string_view name) {
  const auto* found =
      std::find_if(kKeywords.begin(), kKeywords.end(), [&](const Keyword& k) { return k.name == name; });
  return found == kKeywords.end() ? nullptr : found;
}

bool is_schema(const Json& value) {
  return value.is_object() || value.is_boolean();
}

// Counts and lengths may be written 3.0.
bool is_count(const Json& value) {
  if (!value.is_number()) return false;
  const std::optional<Decimal> decimal = to_decimal(value);
  return decimal && !decimal->negative && decimal->fraction.empty();
}

bool has_shape(const Json& value, Shape shape) {
  const auto all = [&](const auto& test) { return std::all_of(value.begin(), value.end(), test); };
  switch (shape) {
    case Shape::kAny:
      return true;
    case Shape::kSchema:
      return is_schema(value);
    case Shape::kSchemas:
      return value.is_array() && !value.empty() && all(is_schema);
    case Shape::kSchemaMap:
      return value.is_object() && all(is_schema);
    case Shape::kCount:
      return is_count(value);
    case Shape::kNumber:
      return value.is_number();
    case Shape::kString:
      return value.is_string();
    case Shape::kStrings:
      return value.is_array() && all([](const Json& item) { return item.is_string(); });
    case Shape::kBool:
      return value.is_boolean();
    case Shape::kArray:
      return value.is_array();
  }
  return false;
}

bool is_known_type(const Json& name) {
  return name.is_string() && (name == "integer" || std::find(kTypes.begin(), kTypes.end(), name) != kTypes.end());
}

bool is_type(const Json& value) {
  if (value.is_string()) return is_known_type(value);
  return value.is_array() && !value.empty() && std::all_of(value.begin(), value.end(), is_known_type);
}

Json intersect_types(const Json& a, const Json& b) {
  Json both = Json::array();
  for (const std::string& one : types_of({{"type", a}})) {
    for (const std::string& other : types_of({{"type", b}})) {
      if (one == other) both.push_back(one);
      if ((one == "integer" && other == "number") || (one == "number" && other == "integer")) both.push_back("integer");
    }
  }
  return both;
}

// Members that the other schema's additionalProperties speaks about get it as a condition.
void limit_by_additional(Json& properties, const Json& other) {
  const Json* additional = find_member(other, "additionalProperties");
  if (additional == nullptr) return;
  const Json* known = find_member(other, "properties");
  for (auto& [name, schema] : properties.items()) {
    if (known == nullptr || !known->contains(name)) schema = Json{{"allOf", Json::array({schema, *additional})}};
  }
}

Json merge_properties(const Json& a, const Json& b) {
  const auto properties_of = [](const Json& schema) {
    const Json* found = find_member(schema, "properties");
    return found == nullptr ? Json::object() : *found;
  };
  const Json of_a = properties_of(a);
  const Json of_b = properties_of(b);
  Json merged = of_a;
  Json added = of_b;
  limit_by_additional(merged, b);
  limit_by_additional(added, a);
  for (const auto& [name, schema] : added.items()) {
    const bool in_both = of_a.contains(name);
    merged[name] = in_both ? Json{{"allOf", Json::array({of_a[name], of_b[name]})}} : schema;
  }
  return merged;
}

bool keeps_larger(std::string_view keyword) {
  return keyword.starts_with("min") || keyword == "exclusiveMinimum";
}

// The value of a keyword that both have.
Result<Json> merge_values(std::string_view keyword, const Json& a, const Json& b, std::string_view place) {
  if (a == b) return a;
  if (keyword == "type") return intersect_types(a, b);
  if (keyword == "items" || keyword == "additionalProperties") return Json{{"allOf", Json::array({a, b})}};
  if (keyword == "uniqueItems") return Json(true);
  if (keyword == "required") {
    Json all = a;
    for (const Json& name : b) {
      if (std::find(a.begin(), a.end(), name) == a.end()) all.push_back(name);
    }
    return all;
  }
  if (keyword == "enum") {
    Json both = Json::array();
    std::copy_if(a.begin(), a.end(), std::back_inserter(both),
                 [&](const Json& value) { return std::find(b.begin(), b.end(), value) != b.end(); });
    return both;
  }
  const bool bound = a.is_number() && keyword != "const" && keyword != "multipleOf";
  if (bound) return (a < b) == keeps_larger(keyword) ? b : a;
  return schema_error(ErrorKind::kUnsupported, place, fmt::format("two different {} cannot be joined", keyword));
}

}  // namespace

Error schema_error(ErrorKind kind, std::string_view place, std::string_view what) {
  return {kind, fmt::format("the schema at #{}: {}", place, what)};
}

const Json* find_member(const Json& object, std::string_view name) {
  const auto found = object.find(std::string(name));
  return found == object.end() ? nullptr : &*found;
}

bool is_note(std::string_view keyword) {
  return find_keyword(keyword) == nullptr;
}

Result<void> check_keywords(const Json& schema, std::string_view place) {
  for (const auto& [name, value] : schema.items()) {
    const Keyword* keyword = find_keyword(name);
    if (keyword == nullptr) continue;
    if (keyword->use == Use::kRefused) {
      return schema_error(ErrorKind::kUnsupported, place, fmt::format("{} is not supported", name));
    }
    const bool good = name == "type" ? is_type(value) : has_shape(value, keyword->shape);
    if (!good) return schema_error(ErrorKind::kInvalidArgument, place, fmt::format("{} has the wrong type", name));
  }
  return {};
}

std::vector<std::string> types_of(const Json& schema) {
  std::vector<std::string> types;
  const auto add = [&](const std::string& name) {
    if (std::find(types.begin(), types.end(), name) == types.end()) types.push_back(name);
  };
  if (const Json* type = find_member(schema, "type")) {
    if (type->is_string()) return {type->get<std::string>()};
    for (const Json& name : *type) add(name.get<std::string>());
    const bool both = std::find(types.begin(), types.end(), "number") != types.end();
    if (both) std::erase(types, "integer");
    return types;
  }
  for (const auto& [name, value] : schema.items()) {
    const Keyword* keyword = find_keyword(name);
    if (keyword != nullptr && !keyword->type.empty()) add(std::string(keyword->type));
  }
  if (types.empty()) types.assign(kTypes.begin(), kTypes.end());
  return types;
}

bool has_type(const Json& value, std::string_view type) {
  if (type == "integer") {
    if (!value.is_number()) return false;
    const std::optional<Decimal> decimal = to_decimal(value);
    return decimal && decimal->fraction.empty();
  }
  return (type == "object" && value.is_object()) || (type == "array" && value.is_array()) ||
         (type == "string" && value.is_string()) || (type == "number" && value.is_number()) ||
         (type == "boolean" && value.is_boolean()) || (type == "null" && value.is_null());
}

Result<Json> merge_schemas(const Json& a, const Json& b, std::string_view place) {
  const bool array_parts = (a.contains("prefixItems") && (b.contains("items") || b.contains("prefixItems"))) ||
                           (b.contains("prefixItems") && a.contains("items"));
  if (array_parts) return schema_error(ErrorKind::kUnsupported, place, "prefixItems cannot be joined with other items");
  Json merged = Json::object();
  for (const auto& [name, value] : a.items()) {
    if (!is_note(name)) merged[name] = value;
  }
  for (const auto& [name, value] : b.items()) {
    if (is_note(name) || name == "properties") continue;
    const Json* same = find_member(merged, name);
    merged[name] = same == nullptr ? value : TRY(merge_values(name, *same, value, place));
  }
  if (a.contains("properties") || b.contains("properties")) merged["properties"] = merge_properties(a, b);
  return merged;
}

}  // namespace favilla::grammar

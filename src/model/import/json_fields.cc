// Typed access to untrusted JSON without exceptions: nlohmann's get<T>() throws on another type, so each type is asked
// first.
#include "model/import/json_fields.h"

#include <fmt/format.h>

namespace favilla {
namespace {

Error wrong_field(const char* key, const char* wanted) {
  return {ErrorKind::kCorrupt, fmt::format("the field \"{}\" is not {}", key, wanted)};
}

}  // namespace

const SortedJson* find_field(const SortedJson& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto field = object.find(key);
  return field != object.end() && !field->is_null() ? &*field : nullptr;
}

bool flag_or(const SortedJson& object, const char* key, bool fallback) {
  const SortedJson* field = find_field(object, key);
  return field != nullptr && field->is_boolean() ? field->get<bool>() : fallback;
}

Result<uint64_t> require_uint(const SortedJson& object, const char* key, uint64_t maximum) {
  const SortedJson* field = find_field(object, key);
  if (field == nullptr || !field->is_number_unsigned()) return wrong_field(key, "a whole number");
  const auto value = field->get<uint64_t>();
  if (value > maximum) {
    return Error{ErrorKind::kCorrupt, fmt::format("the field \"{}\" is {}, more than {}", key, value, maximum)};
  }
  return value;
}

Result<double> require_number(const SortedJson& object, const char* key) {
  const SortedJson* field = find_field(object, key);
  if (field == nullptr || !field->is_number()) return wrong_field(key, "a number");
  return field->get<double>();
}

Result<std::string> require_string(const SortedJson& object, const char* key) {
  const SortedJson* field = find_field(object, key);
  if (field == nullptr || !field->is_string()) return wrong_field(key, "a string");
  return field->get<std::string>();
}

Result<const SortedJson*> require_object(const SortedJson& object, const char* key) {
  const SortedJson* field = find_field(object, key);
  if (field == nullptr || !field->is_object()) return wrong_field(key, "an object");
  return field;
}

Result<const SortedJson*> require_array(const SortedJson& object, const char* key) {
  const SortedJson* field = find_field(object, key);
  if (field == nullptr || !field->is_array()) return wrong_field(key, "an array");
  return field;
}

}  // namespace favilla

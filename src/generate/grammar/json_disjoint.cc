// See json_disjoint.h.
#include "generate/grammar/json_disjoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "generate/grammar/json_keywords.h"

namespace favilla::grammar {
namespace {

constexpr int kMaxReferences = 8;     // one behind the other
constexpr int kMaxDisjointDepth = 4;  // members of members

// "~1" is a slash, "~0" a tilde, "%20" a blank.
std::string unescape(std::string_view token) {
  std::string text;
  for (size_t i = 0; i < token.size(); ++i) {
    const std::string_view rest = token.substr(i);
    uint8_t byte = 0;
    if (rest.starts_with("~1") || rest.starts_with("~0")) {
      text += rest[1] == '1' ? '/' : '~';
      ++i;
    } else if (rest.size() > 2 && rest[0] == '%' &&
               std::from_chars(rest.data() + 1, rest.data() + 3, byte, 16).ptr == rest.data() + 3) {
      text += static_cast<char>(byte);
      i += 2;
    } else {
      text += token[i];
    }
  }
  return text;
}

const Json* child(const Json& value, const std::string& token) {
  if (value.is_object()) return find_member(value, token);
  size_t index = 0;
  const char* end = token.data() + token.size();
  if (!value.is_array() || token.empty() || std::from_chars(token.data(), end, index).ptr != end) return nullptr;
  return index < value.size() ? &value[index] : nullptr;
}

// Follows references that stand alone. nullptr when it is no object in the end.
const Json* follow(const Json& document, const Json& schema) {
  const Json* at = &schema;
  for (int i = 0; i < kMaxReferences; ++i) {
    if (!at->is_object()) return nullptr;
    const Json* reference = find_member(*at, "$ref");
    if (reference == nullptr) return at;
    if (!reference->is_string()) return nullptr;
    const Result<const Json*> target = resolve(document, reference->get<std::string>(), "");
    if (!target) return nullptr;
    at = *target;
  }
  return nullptr;
}

std::optional<std::vector<Json>> values_of(const Json& schema) {
  if (const Json* value = find_member(schema, "const")) return std::vector<Json>{*value};
  const Json* values = find_member(schema, "enum");
  if (values == nullptr || !values->is_array()) return std::nullopt;
  return std::vector<Json>(values->begin(), values->end());
}

// The types of the texts that are written for a schema.
std::vector<std::string> written_types(const Json& schema) {
  for (const char* joining : {"allOf", "anyOf", "oneOf"}) {
    if (find_member(schema, joining) != nullptr) return types_of(Json::object());
  }
  const std::optional<std::vector<Json>> values = values_of(schema);
  if (!values) return types_of(schema);
  std::vector<std::string> names;
  for (const std::string& name : types_of(Json::object())) {
    const bool used = std::any_of(values->begin(), values->end(), [&](const Json& v) { return has_type(v, name); });
    if (used) names.push_back(name);
  }
  return names;
}

// Those that can be valid under it: without `type`, keywords of other types say nothing.
std::vector<std::string> valid_types(const Json& schema) {
  const bool tells = values_of(schema) || find_member(schema, "type") != nullptr;
  return tells ? written_types(schema) : types_of(Json::object());
}

bool share_a_type(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  const auto kind = [](const std::string& name) { return name == "integer" ? std::string("number") : name; };
  return std::any_of(a.begin(), a.end(), [&](const std::string& one) {
    return std::any_of(b.begin(), b.end(), [&](const std::string& other) { return kind(one) == kind(other); });
  });
}

bool requires_member(const Json& schema, const std::string& name) {
  const Json* required = find_member(schema, "required");
  return required != nullptr && std::find(required->begin(), required->end(), name) != required->end();
}

const Json* property(const Json& schema, const std::string& name) {
  const Json* properties = find_member(schema, "properties");
  return properties == nullptr ? nullptr : find_member(*properties, name);
}

bool disjoint(const Json& document, const Json& a, const Json& b, int depth);

// No object that the compiler writes for `a` is valid under `b`.
bool never_valid(const Json& document, const Json& a, const Json& b, int depth) {
  const Json* additional = find_member(a, "additionalProperties");
  const bool fixed = find_member(a, "properties") != nullptr && (additional == nullptr || additional->is_boolean());
  const Json* required = find_member(b, "required");
  for (const Json& name : required != nullptr ? *required : Json::array()) {
    const auto member = name.get<std::string>();
    if (fixed && property(a, member) == nullptr && !requires_member(a, member)) return true;
  }
  const Json* others = find_member(b, "additionalProperties");
  const Json* always = find_member(a, "required");
  for (const Json& name : always != nullptr ? *always : Json::array()) {
    const auto member = name.get<std::string>();
    const Json* mine = property(a, member);
    const Json* theirs = property(b, member);
    if (theirs == nullptr && others != nullptr && *others == false) return true;
    if (mine != nullptr && theirs != nullptr && disjoint(document, *mine, *theirs, depth + 1)) return true;
  }
  return false;
}

bool disjoint(const Json& document, const Json& first, const Json& second, int depth) {
  if (first == false || second == false) return true;
  const Json* a = follow(document, first);
  const Json* b = follow(document, second);
  if (a == nullptr || b == nullptr || depth > kMaxDisjointDepth) return false;
  if (!check_keywords(*a, "") || !check_keywords(*b, "")) return false;  // an error elsewhere
  const std::vector<std::string> types = written_types(*a);
  const std::vector<std::string> other_types = written_types(*b);
  if (!share_a_type(types, valid_types(*b)) && !share_a_type(other_types, valid_types(*a))) return true;
  const std::optional<std::vector<Json>> some = values_of(*a);
  const std::optional<std::vector<Json>> others = values_of(*b);
  if (some && others) {
    return std::none_of(some->begin(), some->end(), [&](const Json& value) {
      return std::find(others->begin(), others->end(), value) != others->end();
    });
  }
  const bool objects = types == std::vector<std::string>{"object"} && other_types == types;
  return objects && never_valid(document, *a, *b, depth) && never_valid(document, *b, *a, depth);
}

}  // namespace

Result<const Json*> resolve(const Json& document, const std::string& reference, std::string_view place) {
  if (!reference.starts_with("#") || (reference.size() > 1 && reference[1] != '/')) {
    return schema_error(ErrorKind::kUnsupported, place, "only references of the form #/... are supported");
  }
  const Json* at = &document;
  for (size_t begin = 1; begin < reference.size();) {
    const size_t end = std::min(reference.find('/', begin + 1), reference.size());
    at = child(*at, unescape(std::string_view(reference).substr(begin + 1, end - begin - 1)));
    if (at == nullptr) {
      return schema_error(ErrorKind::kInvalidArgument, place,
                          fmt::format("nothing is at {}", reference.substr(0, 100)));
    }
    begin = end;
  }
  return at;
}

bool are_disjoint(const Json& document, const Json& a, const Json& b) {
  return disjoint(document, a, b, 0);
}

}  // namespace favilla::grammar

// See members.h.
#include "api/openai/members.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace favilla {
namespace {

constexpr size_t kMaxBody_bytes = size_t{16} << 20;
constexpr size_t kMaxDepth = 200;
// Of one object: ours keep the order of their members, so making one is quadratic in their number.
constexpr uint32_t kMaxMembers = 4096;
constexpr size_t kShownText = 40;

// Does an object of this text have more than kMaxMembers members, or nest deeper than kMaxDepth?
bool is_excessive(std::string_view text) {
  std::array<uint32_t, kMaxDepth> commas{};
  size_t depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth == kMaxDepth) return true;
      commas[depth] = 0;
    } else if (c == '}' || c == ']') {
      if (depth > 0) --depth;
    } else if (c == ':') {
      if (++commas[depth] > kMaxMembers) return true;
    }
  }
  return false;
}

std::string shown(const std::string& text) {
  return to_json_text(text.size() <= kShownText ? text : text.substr(0, kShownText) + "...");
}

}  // namespace

std::string element_path(const std::string& path, size_t index) {
  return fmt::format("{}[{}]", path, index);
}

void fail_at(std::optional<ApiError>& error, const std::string& path, std::string_view sentence,
             std::optional<std::string> code) {
  if (error) return;
  const std::string where = path.empty() ? "the body" : path;
  error = ApiError{.message = fmt::format("{}: {}", where, sentence),
                   .param = path.empty() ? std::nullopt : std::optional(path),
                   .code = std::move(code)};
}

ApiResult<Json> parse_object(std::string_view text, std::string_view what) {
  if (text.size() > kMaxBody_bytes) {
    return ApiError{.status = 413, .message = fmt::format("{}: is larger than {} MiB", what, kMaxBody_bytes >> 20)};
  }
  if (is_excessive(text)) {
    return ApiError{.message = fmt::format("{}: has an object of more than {} members, or nests deeper than {}", what,
                                           kMaxMembers, kMaxDepth - 1)};
  }
  Result<Json> json = parse_json(text);
  if (!json) return ApiError{.message = fmt::format("{}: {}", what, json.error().message)};
  if (!json->is_object()) return ApiError{.message = fmt::format("{}: must be a JSON object", what)};
  return std::move(*json);
}

Members::Members(const Json& object, std::string path, std::optional<ApiError>& error)
    : json_(object), path_(std::move(path)), error_(error) {
  if (!object.is_object()) fail_at(error_, path_, "must be an object");
}

std::string Members::path_of(std::string_view name) const {
  return path_.empty() ? std::string(name) : fmt::format("{}.{}", path_, name);
}

void Members::fail(std::string_view name, std::string_view sentence, std::optional<std::string> code) {
  fail_at(error_, path_of(name), sentence, std::move(code));
}

void Members::allow_only(std::initializer_list<std::string_view> names) {
  if (!json_.is_object()) return;
  for (const auto& [name, value] : json_.items()) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    const std::string known = name.size() <= kShownText ? name : name.substr(0, kShownText) + "...";
    return fail_at(error_, path_of(known), "is not known here", "unknown_parameter");
  }
}

const Json* Members::find(std::string_view name) const {
  if (error_ || !json_.is_object()) return nullptr;
  const auto member = json_.find(name);
  return member == json_.end() || member->is_null() ? nullptr : &*member;
}

std::optional<std::string> Members::text(std::string_view name) {
  const Json* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) return value->get<std::string>();
  fail(name, "must be a string");
  return std::nullopt;
}

std::string Members::require_text(std::string_view name) {
  if (find(name) == nullptr) fail(name, "is missing", "missing_required_parameter");
  std::string value = text(name).value_or("");
  if (value.empty()) fail(name, "must not be empty");
  return value;
}

std::optional<bool> Members::boolean(std::string_view name) {
  const Json* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>();
  fail(name, "must be true or false");
  return std::nullopt;
}

std::optional<double> Members::number(std::string_view name, NumberRange range) {
  const Json* value = find(name);
  if (value == nullptr) return std::nullopt;
  const double read = value->is_number() ? value->get<double>() : NAN;
  if (read >= range.low && read <= range.high) return read;
  fail(name, fmt::format("must be a number from {} to {}", range.low, range.high));
  return std::nullopt;
}

std::optional<int64_t> Members::integer(std::string_view name, IntegerRange range) {
  const Json* value = find(name);
  if (value == nullptr) return std::nullopt;
  const bool fits = value->is_number_unsigned() ? value->get<uint64_t>() <= static_cast<uint64_t>(INT64_MAX)
                                                : value->is_number_integer();
  const int64_t read = fits ? value->get<int64_t>() : 0;
  if (fits && read >= range.low && read <= range.high) return read;
  fail(name, fmt::format("must be a whole number from {} to {}", range.low, range.high));
  return std::nullopt;
}

std::optional<std::string> Members::one_of(std::string_view name, std::initializer_list<std::string_view> words) {
  std::optional<std::string> value = text(name);
  if (!value || std::find(words.begin(), words.end(), *value) != words.end()) return value;
  fail(name, fmt::format("must be one of \"{}\", not {}", fmt::join(words, "\", \""), shown(*value)));
  return std::nullopt;
}

const Json* Members::array(std::string_view name) {
  const Json* value = find(name);
  if (value == nullptr || value->is_array()) return value;
  fail(name, "must be an array");
  return nullptr;
}

const Json* Members::object(std::string_view name) {
  const Json* value = find(name);
  if (value == nullptr || value->is_object()) return value;
  fail(name, "must be an object");
  return nullptr;
}

}  // namespace favilla

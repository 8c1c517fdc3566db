// JSON text in and out without exceptions.
#include "base/json.h"

#include <fmt/format.h>

namespace favilla {
namespace {

constexpr int kMaxDepth = 256;
constexpr int kMaxSortedDepth = 32;

// nlohmann's parser recurses per level in its destructor too, so hostile nesting is counted before it is parsed.
bool nests_too_deeply(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxDepth) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

}  // namespace

Result<Json> parse_json(std::string_view text) {
  if (nests_too_deeply(text)) {
    return Error{ErrorKind::kInvalidArgument, fmt::format("JSON nests deeper than {} levels", kMaxDepth)};
  }
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    return Error{ErrorKind::kInvalidArgument, fmt::format("not valid JSON at byte {}", error.byte)};
  } catch (const Json::exception&) {  // a number out of range
    return Error{ErrorKind::kInvalidArgument, "not valid JSON: a number is out of range"};
  }
}

Result<SortedJson> parse_sorted_json(std::string_view text) {
  bool too_deep = false;
  const auto watch_depth = [&](int depth, SortedJson::parse_event_t, SortedJson&) {
    too_deep = too_deep || depth > kMaxSortedDepth;
    return !too_deep;  // false drops the value, so that hostile nesting builds nothing
  };
  SortedJson value = SortedJson::parse(text, watch_depth, /*allow_exceptions=*/false);
  if (too_deep) return Error{ErrorKind::kCorrupt, fmt::format("the JSON nests deeper than {} levels", kMaxSortedDepth)};
  if (value.is_discarded()) return Error{ErrorKind::kCorrupt, "this is not valid JSON"};
  return value;
}

std::string to_json_text(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace favilla

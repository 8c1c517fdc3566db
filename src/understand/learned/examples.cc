#include "understand/learned/examples.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/json.h"
#include "base/utf8.h"

namespace favilla {
namespace {

Error bad_line(std::string message) {
  return {ErrorKind::kInvalidArgument, std::move(message)};
}

// The byte at which a code point begins; nullopt beyond the end.
std::optional<size_t> byte_of(std::string_view text, uint64_t code_point) {
  size_t at = 0;
  for (; code_point > 0; --code_point) {
    if (at >= text.size()) return std::nullopt;
    at += static_cast<size_t>(decode_utf8(text.substr(at)).length);
  }
  return at;
}

Result<std::string> member_text(const Json& row, const char* name) {
  const auto found = row.find(name);
  if (found == row.end() || !found->is_string()) return bad_line(fmt::format("\"{}\" must be a text", name));
  return found->get<std::string>();
}

Result<MarkedEntity> parse_entity(const Json& entity, const std::string& text) {
  if (!entity.is_object()) return bad_line("an entity must be an object");
  MarkedEntity result;
  result.kind = TRY(member_text(entity, "entity"));
  if (result.kind.empty()) return bad_line("\"entity\" must not be empty");
  const auto start = entity.find("start");
  const auto end = entity.find("end");
  if (start == entity.end() || end == entity.end() || !start->is_number_unsigned() || !end->is_number_unsigned()) {
    return bad_line("an entity's \"start\" and \"end\" must be numbers from 0");
  }
  const auto first = start->get<uint64_t>();
  const auto last = end->get<uint64_t>();
  const std::optional<size_t> begin_byte = byte_of(text, first);
  const std::optional<size_t> end_byte = byte_of(text, last);
  const auto value = entity.find("value");
  const bool has_value = value != entity.end() && value->is_string();
  const auto fits = [&](size_t begin, size_t stop) {
    return !has_value || std::string_view(text).substr(begin, stop - begin) == value->get_ref<const std::string&>();
  };
  const bool bytes_fit = has_value && first < last && last <= text.size() && fits(first, last);
  if (first >= last || ((!begin_byte || !end_byte) && !bytes_fit)) {
    return bad_line(fmt::format("the entity \"{}\" at {} to {} is not inside the text", result.kind, first, last));
  }
  const bool count_bytes = !begin_byte || !end_byte || (bytes_fit && !fits(*begin_byte, *end_byte));
  result.begin = count_bytes ? first : *begin_byte;
  result.end = count_bytes ? last : *end_byte;
  return result;
}

Result<std::string> parse_text(const Json& row) {
  if (!row.is_object()) return bad_line("not an object");
  std::string text = TRY(member_text(row, "text"));
  if (text.size() > ExampleLimits::kLongestText) {
    return Error{ErrorKind::kExhausted, fmt::format("the text is longer than {} bytes", ExampleLimits::kLongestText)};
  }
  return text;
}

Result<Example> parse_example(std::string_view line) {
  const Json row = TRY(parse_json(line));
  Example example;
  example.text = TRY(parse_text(row));
  const auto intent = row.find("intent");
  if (intent == row.end() || !(intent->is_string() || intent->is_null())) {
    return bad_line("\"intent\" must be a text, or null for a sentence out of scope");
  }
  if (intent->is_string()) example.intent = intent->get<std::string>();
  if (example.intent == "oos" || example.intent == "out_of_scope") example.intent.clear();
  const auto entities = row.find("entities");
  if (entities == row.end() || entities->is_null()) return example;
  if (!entities->is_array()) return bad_line("\"entities\" must be a list");
  for (const Json& entity : *entities) {
    MarkedEntity marked = TRY(parse_entity(entity, example.text));
    const bool overlaps = std::any_of(example.entities.begin(), example.entities.end(), [&](const MarkedEntity& other) {
      return marked.begin < other.end && other.begin < marked.end;
    });
    if (!overlaps) example.entities.push_back(std::move(marked));
  }
  return example;
}

}  // namespace

Result<std::vector<Example>> parse_examples(std::string_view lines) {
  std::vector<Example> examples;
  size_t number = 0;
  for (size_t begin = 0; begin < lines.size();) {
    const size_t end = std::min(lines.find('\n', begin), lines.size());
    const std::string_view line = lines.substr(begin, end - begin);
    begin = end + 1;
    ++number;
    if (line.find_first_not_of(" \t\r") == line.npos) continue;
    examples.push_back(TRY(parse_example(line).context(fmt::format("line {}", number))));
    if (examples.size() > ExampleLimits::kMostExamples) {
      return Error{ErrorKind::kExhausted, fmt::format("more than {} sentences", ExampleLimits::kMostExamples)};
    }
  }
  return examples;
}

Result<std::string> parse_sentence(std::string_view line) {
  return parse_text(TRY(parse_json(line)));
}

}  // namespace favilla

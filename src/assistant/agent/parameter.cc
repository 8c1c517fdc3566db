// See parameter.h.
#include "assistant/agent/parameter.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "assistant/agent/words.h"

namespace favilla {
namespace {

constexpr std::array<std::string_view, 8> kEmptyNameWords = {"arg",  "id",    "input", "key",
                                                             "name", "param", "value", "type"};
constexpr size_t kMaxExampleBytes = 60;
constexpr size_t kMaxParameters = 64;

std::string text_member(const Json& json, const char* member) {
  if (!json.is_object()) return {};
  const auto found = json.find(member);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string type_of(const Json& schema) {
  if (!schema.is_object()) return {};
  const auto type = schema.find("type");
  if (type != schema.end() && type->is_array()) {
    for (const Json& one : *type) {
      if (one.is_string() && one != "null") return one.get<std::string>();
    }
  }
  return text_member(schema, "type");
}

std::string choice_text(const Json& choice) {
  return choice.is_string() ? choice.get<std::string>() : choice.dump();
}

bool is_digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

// "2020-01-31", "2020-01-31 10:00:00": the format that such an example shows.
std::string format_of_example(std::string_view text) {
  for (size_t at = 0; at + 10 <= text.size(); ++at) {
    const std::string_view date = text.substr(at, 10);
    bool fits = true;
    for (size_t i = 0; i < 10; ++i) fits = fits && (i == 4 || i == 7 ? date[i] == '-' : is_digit(date[i]));
    if (!fits) continue;
    const std::string_view rest = text.substr(at + 10);
    if (rest.size() >= 6 && (rest[0] == ' ' || rest[0] == 'T') && is_digit(rest[1]) && is_digit(rest[2]) &&
        rest[3] == ':') {
      const bool seconds = rest.size() >= 9 && rest[6] == ':';
      return std::string("%Y-%m-%d") + rest[0] + (seconds ? "%H:%M:%S" : "%H:%M");
    }
    return "%Y-%m-%d";
  }
  return {};
}

// One field of a letter pattern: yyyy, mm, dd, hh, ss. 'm' is minutes behind a colon or an hour.
std::string field_of(std::string_view run, bool after_hour) {
  const char c = static_cast<char>(std::tolower(static_cast<unsigned char>(run.front())));
  if (c == 'y' && run.size() == 4) return "%Y";
  if (c == 'y' && run.size() == 2) return "%y";
  if (c == 'm' && run.size() == 2) return after_hour ? "%M" : "%m";
  if (c == 'd' && run.size() == 2) return "%d";
  if (c == 'h' && run.size() == 2) return "%H";
  if (c == 's' && run.size() == 2) return "%S";
  return {};
}

// "yyyy-mm-dd", "MM/DD/YYYY", "HH:MM". At least two fields.
std::string format_of_letters(std::string_view text) {
  for (size_t at = 0; at < text.size(); ++at) {
    if (at > 0 && std::isalnum(static_cast<unsigned char>(text[at - 1])) != 0) continue;
    std::string format;
    size_t fields = 0;
    bool after_hour = false;
    size_t i = at;
    while (i < text.size()) {
      size_t end = i;
      while (end < text.size() && std::tolower(text[end]) == std::tolower(text[i])) ++end;
      const std::string field = field_of(text.substr(i, end - i), after_hour);
      if (field.empty()) break;
      after_hour = field == "%H" || field == "%M";
      format += field;
      ++fields;
      i = end;
      const bool goes_on = i + 1 < text.size() && std::string_view("-/.: T").find(text[i]) != std::string_view::npos &&
                           std::isalpha(static_cast<unsigned char>(text[i + 1])) != 0;
      if (!goes_on) break;
      format += text[i++];
    }
    while (!format.empty() && (format.back() == ' ' || format.back() == 'T')) format.pop_back();
    if (fields >= 2) return format;
  }
  return {};
}

// "%Y-%m-%d %H:%M:%S"
std::string format_of_percents(std::string_view text) {
  const size_t begin = text.find('%');
  if (begin == std::string_view::npos || begin + 1 >= text.size()) return {};
  if (std::string_view("YmdHMSyBbIp").find(text[begin + 1]) == std::string_view::npos) return {};
  size_t end = begin;
  size_t last = begin;
  while (end < text.size()) {
    if (text[end] == '%' && end + 1 < text.size()) {
      end += 2;
      last = end;
    } else if (std::string_view("-/.: T,").find(text[end]) != std::string_view::npos) {
      ++end;
    } else {
      break;
    }
  }
  return std::string(text.substr(begin, last - begin));
}

std::string_view trim(std::string_view text) {
  const auto loose = [](char c) { return std::string_view(" \t\n\"'`()[].,;:").find(c) != std::string_view::npos; };
  while (!text.empty() && loose(text.front())) text.remove_prefix(1);
  while (!text.empty() && loose(text.back())) text.remove_suffix(1);
  return text;
}

void add_examples(std::string_view list, std::vector<std::string>& examples) {
  for (size_t at = 0; at <= list.size();) {
    size_t end = list.find_first_of(",;|/", at);
    if (end == std::string_view::npos) end = list.size();
    std::string_view one = trim(list.substr(at, end - at));
    for (const std::string_view joint : {"or ", "and ", "etc", "like "}) {
      if (one.starts_with(joint)) one = trim(one.substr(joint.size()));
    }
    // "red or blue" at the end of a list without a comma before.
    size_t middle = one.find(" or ");
    if (middle == std::string_view::npos) middle = one.find(" and ");
    const std::string_view head = trim(one.substr(0, middle));
    if (!head.empty() && head.size() <= kMaxExampleBytes) examples.emplace_back(head);
    if (middle != std::string_view::npos) {
      const std::string_view tail = trim(one.substr(middle + 4));
      if (!tail.empty() && tail.size() <= kMaxExampleBytes) examples.emplace_back(tail);
    }
    at = end + 1;
  }
}

bool asks_for_time(const Parameter& parameter) {
  const std::string format = text_member(parameter.schema, "format");
  if (format == "date" || format == "time" || format == "date-time" || format == "date-or-time") return true;
  return !parameter.time_format.empty();
}

Parameter::Kind kind_of(const Parameter& parameter) {
  using Kind = Parameter::Kind;
  if (!parameter.choices.empty()) return Kind::kChoice;
  const std::string type = type_of(parameter.schema);
  if (type == "integer") return Kind::kInteger;
  if (type == "number") return Kind::kNumber;
  if (type == "boolean") return Kind::kBoolean;
  if (type == "array") return Kind::kList;
  if (type == "object") return Kind::kObject;
  if (text_member(parameter.schema, "format") == kByRulesFormat) return Kind::kByRules;
  return asks_for_time(parameter) ? Kind::kTime : Kind::kText;
}

}  // namespace

bool Parameter::has_word(std::string_view word) const {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool Parameter::mentions(std::string_view word) const {
  return has_word(word) || note_stems.contains(word_stem(word));
}

std::string time_format_in(std::string_view description) {
  if (std::string format = format_of_percents(description); !format.empty()) return format;
  if (std::string format = format_of_example(description); !format.empty()) return format;
  return format_of_letters(description);
}

std::vector<std::string> examples_in(std::string_view description) {
  static constexpr std::string_view kCues[] = {
      "e.g.,",  "e.g.",   "eg.",      "such as",          "for example", "for instance",
      "one of", "either", "options:", "possible values:", "i.e.,"};
  const std::string folded = fold_case(description);
  std::vector<std::string> examples;
  for (const std::string_view cue : kCues) {
    const size_t found = folded.find(cue);
    if (found == std::string::npos) continue;
    const size_t begin = found + cue.size();
    size_t end = description.find_first_of(")]\n", begin);
    if (const size_t stop = description.find(". ", begin); stop < end) end = stop;
    add_examples(description.substr(begin, end == std::string_view::npos ? end : end - begin), examples);
    break;
  }
  return examples;
}

Parameter make_parameter(const std::string& name, const Json& schema, bool required) {
  Parameter parameter;
  parameter.name = name;
  parameter.schema = schema;
  parameter.required = required;
  parameter.description = text_member(schema, "description");
  parameter.words = identifier_words(name);
  for (const std::string& word : parameter.words) {
    const bool empty = std::find(kEmptyNameWords.begin(), kEmptyNameWords.end(), word) != kEmptyNameWords.end();
    if (!empty && !is_stop_word(word)) parameter.name_stems.insert(word_stem(word));
  }
  parameter.note_stems = content_stems(parameter.description);
  parameter.examples = examples_in(parameter.description);
  parameter.time_format = time_format_in(parameter.description);
  if (schema.is_object()) {
    if (const auto choices = schema.find("enum"); choices != schema.end() && choices->is_array()) {
      for (const Json& choice : *choices) parameter.choices.push_back(choice_text(choice));
    } else if (const auto constant = schema.find("const"); constant != schema.end()) {
      parameter.choices.push_back(choice_text(*constant));
    }
  }
  parameter.kind = kind_of(parameter);
  return parameter;
}

std::vector<Parameter> parameters_of(const Json& schema) {
  std::vector<Parameter> parameters;
  if (!schema.is_object()) return parameters;
  const auto properties = schema.find("properties");
  if (properties == schema.end() || !properties->is_object()) return parameters;
  const auto required = schema.find("required");
  for (const auto& [name, property] : properties->items()) {
    if (parameters.size() == kMaxParameters) break;
    const bool needed = required != schema.end() && required->is_array() &&
                        std::find(required->begin(), required->end(), Json(name)) != required->end();
    parameters.push_back(make_parameter(name, property, needed));
  }
  return parameters;
}

}  // namespace favilla

// One parameter of a function, read out of its schema: what kind of value it takes and which words speak of it.
//
//   for (const Parameter& parameter : parameters_of(tool.parameters)) ...
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace favilla {

struct Parameter {
  enum class Kind {
    kText,
    kNumber,
    kInteger,
    kBoolean,
    kChoice,
    kTime,
    kList,
    kObject,
    kByRules,  // written in a language of its own, so that only what rules read (FoundSlot) is a value
  };

  std::string name;
  Json schema;
  Kind kind = Kind::kText;
  bool required = false;
  std::string description;
  std::vector<std::string> words;     // of the name
  std::set<std::string> name_stems;   // of the name, without those that say nothing ("id", "name", "value")
  std::set<std::string> note_stems;   // of the description
  std::vector<std::string> choices;   // kChoice: in the schema, as text
  std::vector<std::string> examples;  // that the description gives ("e.g., red, blue")
  std::string time_format;            // kTime: as strftime would write it; empty: ISO 8601 by what was said

  bool has_word(std::string_view word) const;  // in the name
  bool mentions(std::string_view word) const;  // in name or description
};

// The format of texts that are RRULE values.
inline constexpr std::string_view kByRulesFormat = "rrule";

std::vector<Parameter> parameters_of(const Json& schema);

// A single one, for the items of a list.
Parameter make_parameter(const std::string& name, const Json& schema, bool required);

// How a description says that times are written: "%Y-%m-%d", "yyyy-mm-dd HH:MM", or an example such as 2020-01-31.
// Empty: it does not say.
std::string time_format_in(std::string_view description);

// Values that a description gives as examples: behind "e.g.", "such as", "for example", "one of", "either", "or".
std::vector<std::string> examples_in(std::string_view description);

}  // namespace favilla

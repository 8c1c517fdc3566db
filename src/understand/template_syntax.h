// The text of templates, taken apart. Used by templates.cc only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace favilla {

// One element of a template: a word, a slot, or a group of alternatives.
struct TemplatePart {
  enum class Kind { kWord, kSlot, kGroup };
  using Sequence = std::vector<TemplatePart>;

  Kind kind = Kind::kWord;
  std::string word;                    // kWord; kSlot: the slot's kind
  std::string arguments[2];            // kSlot: which arguments it fills; empty: none
  std::vector<Sequence> alternatives;  // kGroup
  bool optional = false;               // kGroup: may also be nothing
};

struct ParsedTemplate {
  std::string action;
  TemplatePart::Sequence sequence;
  Json fixed = Json::object();
  bool excluding = false;  // the line began with !
};

// All templates of one file. kCorrupt with the line and the reason.
Result<std::vector<ParsedTemplate>> parse_templates(std::string_view text);

}  // namespace favilla

// The text of templates, taken apart. Used by templates.cc only.
#pragma once

#include <functional>
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
  std::vector<std::string> arguments;  // kSlot: which arguments it fills, at most two
  std::vector<Sequence> alternatives;  // kGroup
  bool optional = false;               // kGroup: may also be nothing
};

struct ParsedTemplate {
  std::string action;
  TemplatePart::Sequence sequence;
  Json fixed = Json::object();
  bool excluding = false;  // the line began with !
};

// Gives each template of one file to `take`, one after the other: all of them at once would be megabytes. kCorrupt with
// the line and the reason; an error of `take` ends it.
Result<void> parse_templates(std::string_view text, const std::function<Result<void>(ParsedTemplate)>& take);

}  // namespace favilla

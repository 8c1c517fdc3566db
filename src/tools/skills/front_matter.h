// The front matter of a Markdown file: the part of YAML that skills use. Keys with plain or quoted texts, block texts
// (| and >), and one level of nested keys, which are passed over.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace favilla {

struct FrontMatter {
  std::map<std::string, std::string> values;  // by key
  std::string_view body;                      // what follows, a part of the text
};

// kInvalidArgument with the line for everything else, anchors, lists and tags included.
Result<FrontMatter> parse_front_matter(std::string_view text);

}  // namespace favilla

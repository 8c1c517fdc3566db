// JSON texts in the one way that constrained generation writes them.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "generate/grammar/network.h"

namespace favilla::grammar {

// One line with ", " and ": ", members as they stand.
std::string to_canonical_json(const Json& value);

// Rules that many schemas share, made when they are first asked for. Belongs to one builder.
class JsonRules {
 public:
  explicit JsonRules(NetworkBuilder& builder) : builder_(builder) {}

  RuleId any_value();
  RuleId any_string();
  RuleId any_number();
  RuleId any_integer();
  RuleId character();  // one character of a string, as it is written there

  // A string of so many characters.
  StateId string(StateId from, uint32_t least, uint32_t most);

 private:
  struct Known {
    bool made = false;
    RuleId rule = 0;
  };
  // Is it to be made now?
  bool begin(Known& known);

  NetworkBuilder& builder_;
  Known value_, string_, number_, integer_, character_;
};

// OPEN (item (", " item)*)? CLOSE with so many items.
StateId write_list(NetworkBuilder& builder, StateId from, std::string_view open, std::string_view close, RuleId item,
                   uint32_t least, uint32_t most);

}  // namespace favilla::grammar

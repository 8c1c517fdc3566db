// Regular expressions as RE2 and JSON Schema have them: literals, . [] | () (?:) (?i) * + ? {m,n}, the classes \d \w \s
// (ASCII) and their opposites, escapes, and ^ $ at the ends of alternatives. Lazy suffixes mean nothing here. What
// looks around or back is refused by name.
//
//   Expression date = TRY(parse_regex("\\d{4}-\\d{2}", RegexMatch::kWhole, "the regex"));
#pragma once

#include <string_view>

#include "base/result.h"
#include "generate/grammar/expression.h"

namespace favilla::grammar {

enum class RegexMatch : uint8_t {
  kWhole,   // the whole text is one match
  kSearch,  // the text contains a match; ^ and $ tie it to the ends
};

// kInvalidArgument: the syntax. kUnsupported: a feature that no automaton has. kExhausted: a limit.
Result<Expression> parse_regex(std::string_view pattern, RegexMatch match, std::string_view what);

}  // namespace favilla::grammar

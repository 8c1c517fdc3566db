// Grammars in GBNF, the notation of llama.cpp: `name ::= ...` with literals, classes, names, groups, |, * + ? {m,n},
// comments; the text is what `root` matches.
//
//   Network network = TRY(compile_gbnf("root ::= \"yes\" | \"no\""));
#pragma once

#include <string_view>

#include "base/result.h"
#include "generate/grammar/network.h"

namespace favilla::grammar {

// kInvalidArgument: the syntax, with its byte; a rule that is missing, defined twice, or left-recursive. kExhausted.
Result<Network> compile_gbnf(std::string_view text);

}  // namespace favilla::grammar

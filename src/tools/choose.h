// Which of the owner's things are meant by words: those that fit best.
//
//   best_matches("the garden note", titles)  // {3}
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/tool.h"

namespace favilla {

// Indices into `names`, in their order; all of the best Match that any reaches. Empty: nothing fits.
std::vector<size_t> best_matches(std::string_view asked, const std::vector<std::string>& names);

// "Which note?" with at most five choices, filling `argument`.
Outcome ask_which(std::string_view kind, std::string argument, std::vector<std::string> choices);

}  // namespace favilla

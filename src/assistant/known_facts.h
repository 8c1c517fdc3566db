// What memory adds to a question for the model.
//
//   const std::vector<Fact> facts = facts_about(store, "a birthday greeting for my sister", clock.now(), &embedder);
//   const LabelledText known = known_text(facts, count_tokens);  // "Known: my sister's name is Ana."
//   conversation.send(text, on_event, cancel, known);
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "memory/memory.h"
#include "policy/policy.h"

namespace favilla {

inline constexpr size_t kMaxKnownTokens = 40;

// Facts that have words of `text` in them or mean something alike, best first; without an embedder (nullptr) by words
// alone. None where memory cannot be read: an answer without it is better than none.
std::vector<Fact> facts_about(const Store& store, std::string_view text, Moment now, Embedder* embedder);

// As many of them as kMaxKnownTokens hold; empty for none. What the owner let be remembered is personal.
LabelledText known_text(const std::vector<Fact>& facts, const std::function<size_t(std::string_view)>& count_tokens);

}  // namespace favilla

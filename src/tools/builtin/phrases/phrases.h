// The tool `phrases`: the owner's own words for something that is said in full otherwise.
//
//   kPhrasesTool.actions: teach, forget, list
//
//   TRY(runner.run("phrases", "teach", {{"phrase", "movie time"}, {"sentence", "dim the lights; play music"}}));
//   TRY(sentences_of_phrase(records, "Movie time!"));   // {"dim the lights", "play music"}
//
// A phrase is a record of the collection "phrase": {"phrase": as it was taught, "sentences": [...]}.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/tool.h"

namespace favilla {

// A sentence of a phrase may be a phrase itself; so many may follow from one another.
inline constexpr size_t kMaxPhraseDepth = 4;
inline constexpr size_t kMaxPhraseSentences = 8;

extern const Tool kPhrasesTool;

// What the phrase stands for, compared by words, without case and accents. nullopt: no such phrase was taught.
Result<std::optional<std::vector<std::string>>> sentences_of_phrase(const Records& records, std::string_view phrase);

}  // namespace favilla

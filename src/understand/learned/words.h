// A sentence as words, for the learned models: where each begins and ends, in small letters.
//
//   for (const LearnedWord& word : split_words("Today's weather")) ...   // "today's" [0, 7), "weather" [8, 15)
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace favilla {

struct LearnedWord {
  std::string lower;     // letters of Latin, Greek and Cyrillic in small; typographic apostrophes as '
  size_t begin = 0;      // bytes of the sentence
  size_t end = 0;        // exclusive
  bool is_mark = false;  // punctuation, always one code point

  // Without a final 's, and that 's, if there is one.
  std::string_view stem() const { return std::string_view(lower).substr(0, lower.size() - ending().size()); }
  std::string_view ending() const { return lower.size() > 2 && lower.ends_with("'s") ? "'s" : ""; }
};

// Cuts at blanks and around punctuation. Points, commas and colons between digits stay inside
// (7:30, 3.5), apostrophes and underscores between letters too. Any bytes are accepted; ill-formed ones are letters.
std::vector<LearnedWord> split_words(std::string_view sentence);

}  // namespace favilla

// A sentence as the words that templates are compared with.
//
//   const Sentence sentence = read_sentence("Hey Favilla, what's the time?");
//   sentence.words;  // hey favilla what is the time
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace favilla {

// Longer input is not a command: it is read up to here.
inline constexpr size_t kMaxSentenceBytes = 4096;

struct Word {
  std::string text;  // lower case, without punctuation at its ends
  size_t from;       // bytes of the sentence; the two halves of a contraction share them
  size_t to;
};

struct Sentence {
  std::string text;  // as it was said, valid UTF-8
  std::vector<Word> words;

  // What was said from word `begin` until word `end` (exclusive, > begin), without punctuation at the ends, but with
  // what closes a bracket or a quotation of these words.
  std::string_view part(size_t begin, size_t end) const;
};

// Words are what stands between spaces. Contractions become two words ("what's": what is), typographic apostrophes
// plain ones.
Sentence read_sentence(std::string_view text);

}  // namespace favilla

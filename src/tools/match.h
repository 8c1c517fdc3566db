// Whether words of the owner name a thing of the owner: "the dentist" names "Dentist, Dr. Silva".
//
//   const Words asked("my appointment with jose");
//   match(asked, Words("Dentist appointment (Jos\u00e9)"))  // Match::kWords
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace favilla {

// A text's words for comparing: lower case, without accents, apostrophes and punctuation.
class Words {
 public:
  explicit Words(std::string_view text);

  const std::vector<std::string>& all() const { return all_; }
  // Without words that name nothing ("my", "the", "with"), unless nothing else is there.
  const std::vector<std::string>& telling() const { return telling_; }

 private:
  std::vector<std::string> all_;
  std::vector<std::string> telling_;
};

// How well `asked` names a thing, best last.
enum class Match {
  kNone,
  kBeginnings,  // each telling word asked for begins a word of the thing: "dent" of "Dentist"
  kWords,       // each one is a word of the thing (or its plural)
  kSame,        // and the thing has no others
};

// Asking for nothing matches nothing.
Match match(const Words& asked, const Words& thing);

}  // namespace favilla

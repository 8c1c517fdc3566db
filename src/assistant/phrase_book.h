// What a sentence means once the owner's own phrases in it are replaced by what they stand for.
//
//   const PhraseBook phrases(records, understanding);
//   TRY(phrases.meaning("movie time please"));   // {"dim the lights and play music"}
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tools/tools.h"
#include "understand/understand.h"

namespace favilla {

class PhraseBook {
 public:
  // Both must outlive the book.
  PhraseBook(const Records& records, const Understanding& understanding)
      : records_(records), understanding_(understanding) {}

  // The sentences that `text` stands for, as a whole or without the courtesy at its ends. Just `text` when it is no
  // phrase. kInvalidArgument for phrases that follow from one another without end (an undo can make such).
  Result<std::vector<std::string>> meaning(std::string_view text) const;

 private:
  Result<void> add(std::string_view text, size_t depth, std::vector<std::string>& sentences) const;

  const Records& records_;
  const Understanding& understanding_;
};

}  // namespace favilla

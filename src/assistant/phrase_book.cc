// See phrase_book.h.
#include "assistant/phrase_book.h"

namespace favilla {

Result<std::vector<std::string>> PhraseBook::meaning(std::string_view text) const {
  std::vector<std::string> sentences;
  TRY(add(text, 0, sentences));
  return sentences;
}

Result<void> PhraseBook::add(std::string_view text, size_t depth, std::vector<std::string>& sentences) const {
  std::optional<std::vector<std::string>> found = TRY(sentences_of_phrase(records_, text));
  if (!found) found = TRY(sentences_of_phrase(records_, understanding_.without_courtesy(text)));
  if (!found) {
    sentences.emplace_back(text);
    return {};
  }
  if (depth == kMaxPhraseDepth || sentences.size() > kMaxActions) {
    return Error{ErrorKind::kInvalidArgument,
                 "\"" + std::string(text) + "\" leads from phrase to phrase for too long: teach it anew."};
  }
  for (const std::string& sentence : *found) TRY(add(sentence, depth + 1, sentences));
  return {};
}

}  // namespace favilla

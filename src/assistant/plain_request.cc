// See plain_request.h. The words are those of sentences of eval/everyday (its dev side) that ask for nothing, or for
// what no single action can do rightly.
#include "assistant/plain_request.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "assistant/agent/words.h"

namespace favilla {
namespace {

constexpr std::string_view kDenying[] = {"not",    "never",  "no",     "nobody", "nothing", "without",
                                         "except", "unless", "avoid",  "instead"};
constexpr std::string_view kDoubtful[] = {
    "but",  "if",   "whether",   "would", "should", "might", "maybe",   "perhaps", "had",   "did",      "was",   "were",
    "said", "says", "told",      "asked", "wish",   "ago",   "wonder",  "whose",   "while", "whenever", "until", "only",
    "he",   "she",  "yesterday", "they",  "every",  "all",   "because", "then",    "their", "his",      "her",   "you",
};
// At the beginning they ask about something.
constexpr std::string_view kAsking[] = {"how",   "why", "what", "who", "which", "when",
                                        "where", "is",  "are",  "do",  "does"};

template <class Words>
bool is_one_of(std::string_view word, const Words& words) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

}  // namespace

bool denies(std::string_view text) {
  const std::vector<TextWord> words = words_of(text);
  return std::any_of(words.begin(), words.end(), [](const TextWord& word) {
    return word.folded.ends_with("n't") || is_one_of(word.folded, kDenying);
  });
}

bool is_plain_request(std::string_view text) {
  if (denies(text)) return false;
  if (text.find_first_of("?\"") != std::string_view::npos) return false;
  const std::vector<TextWord> words = words_of(text);
  if (words.empty() || is_one_of(words.front().folded, kAsking)) return false;
  return std::none_of(words.begin(), words.end(),
                      [](const TextWord& word) { return is_one_of(word.folded, kDoubtful); });
}

}  // namespace favilla

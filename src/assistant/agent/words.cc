// See words.h.
#include "assistant/agent/words.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace favilla {
namespace {

// Sorted.
constexpr std::array<std::string_view, 150> kStopWords = {
    "a",       "about",  "above", "after",  "again",   "all",       "also",    "am",     "an",    "and",     "any",
    "are",     "around", "as",    "at",     "be",      "because",   "been",    "before", "below", "between", "both",
    "but",     "by",     "can",   "could",  "did",     "do",        "does",    "done",   "down",  "during",  "each",
    "for",     "from",   "get",   "give",   "go",      "going",     "gonna",   "got",    "had",   "has",     "have",
    "he",      "hello",  "help",  "her",    "here",    "hey",       "hi",      "him",    "his",   "how",     "i",
    "i'd",     "i'll",   "i'm",   "i've",   "if",      "in",        "into",    "is",     "it",    "it's",    "its",
    "just",    "kindly", "know",  "let",    "let's",   "like",      "looking", "make",   "may",   "me",      "might",
    "mine",    "my",     "need",  "no",     "not",     "now",       "of",      "off",    "okay",  "on",      "or",
    "our",     "out",    "over",  "please", "provide", "regarding", "s",       "shall",  "she",   "should",  "show",
    "so",      "some",   "sure",  "tell",   "than",    "thank",     "thanks",  "that",   "the",   "their",   "them",
    "then",    "there",  "these", "they",   "this",    "those",     "through", "to",     "too",   "under",   "until",
    "up",      "us",     "use",   "using",  "very",    "via",       "want",    "was",    "we",    "were",    "what",
    "what's",  "when",   "where", "which",  "while",   "who",       "whose",   "why",    "will",  "with",    "within",
    "without", "would",  "yes",   "you",    "you'd",   "your",      "yours"};

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

// Punctuation that belongs to the sentence when it stands before or after a word.
bool opens(char c) {
  return std::string_view("\"'`([{<*#").find(c) != std::string_view::npos;
}
bool closes(char c) {
  return std::string_view("\"'`)]}>*.,;:!?").find(c) != std::string_view::npos;
}

bool ends_sentence(std::string_view gap) {
  return gap.find_first_of(".!?\n") != std::string_view::npos;
}

std::string_view without(std::string_view text, std::string_view ending) {
  return text.substr(0, text.size() - ending.size());
}

}  // namespace

std::string fold_case(std::string_view text) {
  std::string folded(text);
  for (char& c : folded) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return folded;
}

bool is_stop_word(std::string_view folded) {
  return std::binary_search(kStopWords.begin(), kStopWords.end(), folded);
}

std::string word_stem(std::string_view word) {
  struct Ending {
    std::string_view text, instead;
    size_t least;  // letters that stay
  };
  static constexpr Ending kEndings[] = {
      {"ications", "", 4}, {"ication", "", 4}, {"ations", "", 4}, {"ation", "", 4}, {"ings", "", 3}, {"ies", "y", 2},
      {"ing", "", 3},      {"ions", "", 4},    {"ion", "", 4},    {"ers", "", 4},   {"ors", "", 4},  {"er", "", 4},
      {"or", "", 4},       {"ed", "", 3},      {"es", "", 3},     {"ly", "", 3},    {"s", "", 3},    {"e", "", 3}};
  if (word.ends_with("ss")) return std::string(word);
  for (const Ending& ending : kEndings) {
    if (!word.ends_with(ending.text) || word.size() < ending.text.size() + ending.least) continue;
    std::string stem = std::string(without(word, ending.text)) + std::string(ending.instead);
    // "planned", "planning": as "plan".
    const size_t size = stem.size();
    const bool doubled = size > 3 && stem[size - 1] == stem[size - 2] && stem[size - 1] != 'l' && stem[size - 1] != 's';
    if (doubled && (ending.text == "ed" || ending.text == "ing" || ending.text == "er")) stem.pop_back();
    if (ending.text == "s" && stem.size() > 3 && stem.ends_with('e')) stem.pop_back();
    return stem;
  }
  return std::string(word);
}

std::vector<TextWord> words_of(std::string_view text) {
  std::vector<TextWord> words;
  size_t end_of_last = 0;
  for (size_t at = 0; at < text.size();) {
    if (is_space(text[at])) {
      ++at;
      continue;
    }
    size_t end = at;
    while (end < text.size() && !is_space(text[end])) ++end;
    TextWord word;
    word.from = at;
    word.to = end;
    at = end;
    while (word.from < word.to && opens(text[word.from])) ++word.from;
    while (word.to > word.from && closes(text[word.to - 1])) --word.to;
    if (word.to - word.from > 2 && text.substr(word.from, word.to - word.from).ends_with("'s")) word.to -= 2;
    if (word.from == word.to) continue;
    const std::string_view gap = text.substr(end_of_last, word.from - end_of_last);
    const std::string_view own = text.substr(word.from, word.to - word.from);
    word.folded = fold_case(own);
    word.stem = word_stem(word.folded);
    word.is_stop = is_stop_word(word.folded);
    word.capital = std::isupper(static_cast<unsigned char>(own.front())) != 0;
    word.has_digit = std::any_of(own.begin(), own.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
    word.begins_sentence = words.empty() || ends_sentence(gap);
    word.joined = !words.empty() && gap == " ";
    end_of_last = word.to;
    words.push_back(std::move(word));
  }
  return words;
}

std::vector<std::string> identifier_words(std::string_view name) {
  std::vector<std::string> words;
  std::string word;
  const auto finish = [&] {
    if (!word.empty()) words.push_back(fold_case(word));
    word.clear();
  };
  for (size_t i = 0; i < name.size(); ++i) {
    const auto c = static_cast<unsigned char>(name[i]);
    if (c < 128 && std::isalnum(c) == 0) {
      finish();
      continue;
    }
    const bool upper = std::isupper(c) != 0;
    const bool after_lower = !word.empty() && std::isupper(static_cast<unsigned char>(word.back())) == 0;
    const bool before_lower = i + 1 < name.size() && std::islower(static_cast<unsigned char>(name[i + 1])) != 0;
    if (upper && (after_lower || (!word.empty() && before_lower))) finish();
    word += static_cast<char>(c);
  }
  finish();
  return words;
}

std::set<std::string> content_stems(std::string_view text) {
  std::set<std::string> stems;
  for (const TextWord& word : words_of(text)) {
    if (word.is_stop) continue;
    stems.insert(word.stem);
    // "check-in", "left/right": the parts count too.
    const std::vector<std::string> parts = identifier_words(word.folded);
    if (parts.size() < 2) continue;
    for (const std::string& part : parts) {
      if (!is_stop_word(part)) stems.insert(word_stem(part));
    }
  }
  return stems;
}

std::set<std::string> identifier_stems(std::string_view name) {
  std::set<std::string> stems;
  for (const std::string& word : identifier_words(name)) {
    if (!is_stop_word(word)) stems.insert(word_stem(word));
  }
  return stems;
}

}  // namespace favilla

// Words of requests and of identifiers, made comparable.
//
//   identifier_words("getUserToken_v2");     // {"get", "user", "token", "v", "2"}
//   word_stem("reservations");               // "reservat", as of "reserve"
//   Sentence-like texts: words_of("play 'Yellow' by Coldplay")[1].quoted
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace favilla {

// One word of a text, without the punctuation around it.
struct TextWord {
  size_t from = 0;  // byte offsets; `to` is exclusive
  size_t to = 0;
  std::string folded;    // lower case
  std::string stem;      // of `folded`
  bool is_stop = false;  // "the", "please", "with": says little alone
  bool capital = false;  // begins with an upper-case letter
  bool has_digit = false;
  bool begins_sentence = false;
  bool joined = false;  // nothing but a space between the word before and this one
};

std::vector<TextWord> words_of(std::string_view text);

std::string fold_case(std::string_view text);  // ASCII letters; others stay

// A word without the endings that grammar gives it. Crude: it only serves to compare.
std::string word_stem(std::string_view folded);

bool is_stop_word(std::string_view folded);

// Lower-case parts of a name in any style: camelCase, snake_case, kebab-case, dots.
std::vector<std::string> identifier_words(std::string_view name);

// Stems of all words that are no stop words; of a text, and of a name.
std::set<std::string> content_stems(std::string_view text);
std::set<std::string> identifier_stems(std::string_view name);

}  // namespace favilla

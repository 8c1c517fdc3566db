// Cuts a text into the tokens that patterns are made of: words, runs of digits, and single signs.
//
//   tokenize("Oct2 at 3:30pm")  ->  oct 2 at 3 : 30 pm
//
// Letters and digits are cut apart, "'s" is a token of its own, typographic quotes and dashes count as the plain ones.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace favilla {

struct Token {
  size_t from = 0;  // bytes of the text; `to` is exclusive
  size_t to = 0;
  std::string text;  // lower case (ASCII letters only)
  bool is_number = false;
  bool space_before = false;
  int64_t value = 0;  // of a number of at most 18 digits, else -1
  int word = -1;      // its number in the vocabulary of a grammar; -1: no pattern has it
};

// Bytes that are not UTF-8 count as signs. Never fails.
std::vector<Token> tokenize(std::string_view text);

}  // namespace favilla

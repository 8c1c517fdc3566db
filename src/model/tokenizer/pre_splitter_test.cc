// Where each pattern cuts. The golden files hold the many; these hold what the patterns disagree on.
#include "model/tokenizer/pre_splitter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace favilla {
namespace {

using testing::ElementsAre;

std::vector<std::string> split(PreSplitter splitter, std::string_view text) {
  std::vector<std::string> pieces;
  while (!text.empty()) {
    pieces.emplace_back(text.substr(0, first_piece_length(splitter, text)));
    text.remove_prefix(pieces.back().size());
  }
  return pieces;
}

TEST(pre_splitter, is_found_by_name_and_aliases_only) {
  EXPECT_EQ(find_pre_splitter("smollm"), PreSplitter::kSmolLm);
  EXPECT_EQ(find_pre_splitter("llama-v3"), PreSplitter::kLlamaBpe);
  EXPECT_EQ(find_pre_splitter("deepseek-r1-qwen"), PreSplitter::kQwen2);
  EXPECT_EQ(find_pre_splitter("gpt-2"), PreSplitter::kGpt2);
  EXPECT_EQ(find_pre_splitter("default"), std::nullopt);
  EXPECT_EQ(find_pre_splitter(""), std::nullopt);
}

TEST(pre_splitter, groups_digits_as_each_model_was_trained) {
  EXPECT_THAT(split(PreSplitter::kGpt2, "in 12345"), ElementsAre("in", " 12345"));
  EXPECT_THAT(split(PreSplitter::kSmolLm, "in 123"), ElementsAre("in", " ", "1", "2", "3"));
  EXPECT_THAT(split(PreSplitter::kQwen2, "in 123"), ElementsAre("in", " ", "1", "2", "3"));
  EXPECT_THAT(split(PreSplitter::kLlamaBpe, "in 12345"), ElementsAre("in", " ", "123", "45"));
}

TEST(pre_splitter, knows_capital_contractions_only_in_the_modern_patterns) {
  EXPECT_THAT(split(PreSplitter::kGpt2, "I'LL we'll"), ElementsAre("I", "'", "LL", " we", "'ll"));
  EXPECT_THAT(split(PreSplitter::kQwen2, "I'LL we'll"), ElementsAre("I", "'LL", " we", "'ll"));
}

TEST(pre_splitter, leaves_the_last_blank_of_a_run_to_the_next_word) {
  EXPECT_THAT(split(PreSplitter::kGpt2, "a   b"), ElementsAre("a", "  ", " b"));
  EXPECT_THAT(split(PreSplitter::kGpt2, "a   "), ElementsAre("a", "   "));
  EXPECT_THAT(split(PreSplitter::kSmolLm, "a  1"), ElementsAre("a", "  ", "1"));
  EXPECT_THAT(split(PreSplitter::kLlamaBpe, "a \n\n  b"), ElementsAre("a", " \n\n", " ", " b"));
}

TEST(pre_splitter, takes_line_breaks_along_with_punctuation_in_the_modern_patterns) {
  EXPECT_THAT(split(PreSplitter::kQwen2, "f();\n\nx"), ElementsAre("f", "();\n\n", "x"));
  EXPECT_THAT(split(PreSplitter::kGpt2, "f();\n\nx"), ElementsAre("f", "();", "\n", "\n", "x"));
}

TEST(pre_splitter, treats_a_bad_byte_as_one_character_that_is_neither_letter_nor_number_nor_blank) {
  EXPECT_THAT(split(PreSplitter::kGpt2, "a\xFF\xC3!b"), ElementsAre("a", "\xFF\xC3!", "b"));
  EXPECT_THAT(split(PreSplitter::kQwen2, "a\xFF\x62"), ElementsAre("a", "\xFF\x62"));
}

}  // namespace
}  // namespace favilla

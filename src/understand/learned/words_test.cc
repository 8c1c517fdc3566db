#include "understand/learned/words.h"

#include <gtest/gtest.h>

namespace favilla {
namespace {

std::vector<std::string> texts(std::string_view sentence) {
  std::vector<std::string> result;
  for (const LearnedWord& word : split_words(sentence)) result.push_back(word.lower);
  return result;
}

using Texts = std::vector<std::string>;

TEST(Words, AreInSmallLettersAndWithoutBlanks) {
  EXPECT_EQ(texts("  Turn\tON  the Light "), (Texts{"turn", "on", "the", "light"}));
  EXPECT_EQ(texts("\xC3\x89"
                  "COUTE"),
            (Texts{"\xC3\xA9"
                   "coute"}));
  EXPECT_TRUE(texts(" \n ").empty());
}

TEST(Words, KeepTheirApostrophes) {
  EXPECT_EQ(texts("Tomorrow's weather, don't 'x'"), (Texts{"tomorrow's", "weather", ",", "don't", "'", "x", "'"}));
  EXPECT_EQ(texts("it\xE2\x80\x99s"), (Texts{"it's"}));
}

TEST(Words, HaveAStemAndAnEnding) {
  const std::vector<LearnedWord> words = split_words("Ana's bus 's");
  EXPECT_EQ(words[0].stem(), "ana");
  EXPECT_EQ(words[0].ending(), "'s");
  EXPECT_EQ(words[1].stem(), "bus");
  EXPECT_EQ(words[1].ending(), "");
}

TEST(Words, KeepTimesAndDecimalsWhole) {
  EXPECT_EQ(texts("at 7:30, 3.5 km."), (Texts{"at", "7:30", ",", "3.5", "km", "."}));
}

TEST(Words, KnowTheirBytes) {
  const std::string_view sentence = "a caf\xC3\xA9, b";
  const std::vector<LearnedWord> words = split_words(sentence);
  ASSERT_EQ(words.size(), 4U);
  EXPECT_EQ(sentence.substr(words[1].begin, words[1].end - words[1].begin), "caf\xC3\xA9");
  EXPECT_TRUE(words[2].is_mark);
  EXPECT_EQ(words[3].begin, sentence.size() - 1);
}

TEST(Words, CoverAnyBytes) {
  const std::string_view hostile = "\xFF\xC3(\xE2\x82 \x00x";
  size_t last = 0;
  for (const LearnedWord& word : split_words(hostile)) {
    EXPECT_LE(last, word.begin);
    EXPECT_LT(word.begin, word.end);
    last = word.end;
  }
  EXPECT_LE(last, hostile.size());
}

}  // namespace
}  // namespace favilla

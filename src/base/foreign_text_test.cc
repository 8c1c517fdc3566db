// What replies show of text by others.
#include "base/foreign_text.h"

#include <gtest/gtest.h>

#include "base/utf8.h"

namespace favilla {
namespace {

TEST(ForeignText, WhatATerminalObeysIsLeftOut) {
  EXPECT_EQ(shown_text("a\x1b[2Jb\a\r\nc\td\x7f\xC2\x9B", 100), "a[2Jb\nc\td");
}

TEST(ForeignText, WhatTurnsTheDirectionOrHasNoWidthIsLeftOut) {
  EXPECT_EQ(shown_text("\u202Ecod\u202C.\u200B\u2066x\u2069\uFEFF\u00AD\u200Fe", 100), "cod.xe");
  EXPECT_EQ(shown_line("pay\U000E0041\u2060pal", 100), "paypal");
}

TEST(ForeignText, BytesThatAreNoTextAreMarked) {
  EXPECT_EQ(shown_text("a\xFF\xC3", 100), "a\uFFFD\uFFFD");
}

TEST(ForeignText, ACutIsBetweenCharacters) {
  for (size_t limit = 0; limit < 12; ++limit) {
    const std::string text = shown_text("\u00E9\u00E9\u20AC\u20ACx", limit);
    EXPECT_LE(text.size(), limit);
    EXPECT_TRUE(is_valid_utf8(text)) << limit;
  }
  EXPECT_EQ(shown_line("\u00E9\u00E9\u00E9", 5), "\u00E9\u00E9...");
}

TEST(ForeignText, ALineHasNoBreaks) {
  EXPECT_EQ(shown_line("  a\r\n  b\u2028c\u00A0 d ", 100), "a b c d");
  EXPECT_EQ(shown_text("a\u2029b\n\n ", 100), "a\nb");
}

}  // namespace
}  // namespace favilla

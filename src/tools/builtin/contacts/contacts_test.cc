// The cases of `contacts`, and bytes that a case cannot write.
#include "tools/builtin/contacts/contacts.h"

#include <gtest/gtest.h>

#include "tools/builtin/contacts/address_book.h"
#include "tools/builtin/contacts/vcard.h"
#include "tools/cases_test.h"

namespace favilla {
namespace {

TEST(Contacts, Cases) {
  run_cases("builtin/contacts/contacts.case", {&kContactsTool});
}

TEST(Vcard, LongLinesAreFoldedBetweenLetters) {
  VcardFile file = VcardFile::create("1", "A");
  std::string note;
  for (int i = 0; i < 100; ++i) note += "\xC3\xA9";
  file.add(0, {"NOTE", {}}, note);
  std::string_view rest = file.all(0, "NOTE").front()->raw;
  while (!rest.empty()) {
    const size_t end = rest.find("\r\n");
    ASSERT_NE(end, std::string_view::npos);
    EXPECT_LE(end, 75U);
    rest.remove_prefix(end + 2);
  }
  EXPECT_EQ(VcardFile::parse(file.bytes())->text(0, "NOTE"), note);
}

TEST(Vcard, LineEndsOfTheFileStay) {
  Result<VcardFile> file = VcardFile::parse("BEGIN:VCARD\nFN:A\nEND:VCARD");
  ASSERT_TRUE(file);
  file->set(0, {"FN", {}}, "B");
  file->add(0, {"NOTE", {}}, "two\nlines; and, more");
  EXPECT_EQ(file->bytes(), "BEGIN:VCARD\nFN:B\nNOTE:two\\nlines\\; and\\, more\nEND:VCARD");
}

TEST(Vcard, WhatIsNoVcardIsRefusedWithItsLine) {
  const auto error = [](std::string_view text) { return VcardFile::parse(text).error().message; };
  EXPECT_EQ(error(""), "there is no card in it");
  EXPECT_EQ(error("hello\n"), "line 1: text outside of a card");
  EXPECT_EQ(error("BEGIN:VCARD\nFN:A\n"), "the last card has no END:VCARD");
  EXPECT_EQ(error("BEGIN:VCARD\nBEGIN:VCARD\n"), "line 2: a card begins inside a card");
  EXPECT_EQ(error("END:VCARD\n"), "line 1: a card ends that has not begun");
  EXPECT_EQ(error(std::string(kMaxVcardBytes + 1, 'x')), "the file is larger than 8 MiB");
}

TEST(Vcard, OldCharacterSetsAreRead) {
  const Result<VcardFile> file = VcardFile::parse("BEGIN:VCARD\r\nFN;CHARSET=ISO-8859-1:Jos\xE9\r\nEND:VCARD\r\n");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->text(0, "FN"), "Jos\xC3\xA9");
}

TEST(Birthdays, TheFormsOfRfc6350AndOfOldPhones) {
  EXPECT_EQ(parse_birthday("1985-04-12")->year, std::chrono::year(1985));
  EXPECT_EQ(parse_birthday("19850412T000000Z")->day, std::chrono::April / 12);
  EXPECT_FALSE(parse_birthday("--0412")->year.has_value());
  EXPECT_FALSE(parse_birthday("1604-04-12")->year.has_value());
  for (const char* bad : {"", "1985", "1985-13-01", "19850231x", "soon", "--0431"})
    EXPECT_FALSE(parse_birthday(bad)) << bad;
}

}  // namespace
}  // namespace favilla

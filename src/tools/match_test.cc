// Naming things by words.
#include "tools/match.h"

#include <gtest/gtest.h>

namespace favilla {
namespace {

Match named(std::string_view asked, std::string_view thing) {
  return match(Words(asked), Words(thing));
}

TEST(Match, IgnoresCaseAccentsPunctuationAndSmallWords) {
  EXPECT_EQ(named("the dentist", "Dentist"), Match::kSame);
  EXPECT_EQ(named("call JOSE", "Call Jos\xC3\xA9!"), Match::kSame);
  EXPECT_EQ(named("\xC5\x81\xC3\xB3"
                  "dz",
                  "lodz"),
            Match::kSame);
  EXPECT_EQ(named("ana's birthday", "Ana\xE2\x80\x99s Birthday"), Match::kSame);
}

TEST(Match, AllTellingWordsMustBeThere) {
  EXPECT_EQ(named("dentist with Silva", "Dentist, Dr. Silva"), Match::kWords);
  EXPECT_EQ(named("dent", "Dentist"), Match::kBeginnings);
  EXPECT_EQ(named("dentist Costa", "Dentist, Dr. Silva"), Match::kNone);
  EXPECT_EQ(named("plant", "water the plants"), Match::kWords);
}

TEST(Match, AskingForNothingMatchesNothing) {
  EXPECT_EQ(named("", "Dentist"), Match::kNone);
  EXPECT_EQ(named("...", "..."), Match::kNone);
}

TEST(Match, AKindCountsWhenNothingElseIsSaid) {
  EXPECT_EQ(named("my meeting", "Meeting with Ana"), Match::kWords);
  EXPECT_EQ(named("my meeting", "Lunch"), Match::kNone);
  EXPECT_EQ(named("the meeting with Ana", "Lunch with Ana"), Match::kWords);
  EXPECT_EQ(named("it", "It"), Match::kSame);
}

}  // namespace
}  // namespace favilla

// Recurrence rules against python-dateutil (tests/golden/ical/make_rules.py), and what strangers write.
#include "tools/ical/rule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/time_zone.h"

namespace favilla {
namespace {

using ::testing::HasSubstr;

LocalSeconds at(std::string_view iso) {
  return parse_iso_local(iso).value();
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::stringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

TEST(RecurrenceRule, AgreesWithDateutilOnRandomRules) {
  std::ifstream golden(FAVILLA_SOURCE_DIR "/tests/golden/ical/rules.tsv");
  ASSERT_TRUE(golden.is_open());
  int rules = 0;
  for (std::string line; std::getline(golden, line);) {
    if (line.starts_with('#')) continue;
    const std::vector<std::string> columns = split(line, '\t');
    ASSERT_GE(columns.size(), 3U) << line;
    const auto rule = RecurrenceRule::parse(columns[0]);
    ASSERT_TRUE(rule.has_value()) << line;
    std::vector<std::string> found;
    EXPECT_TRUE(rule->for_each(at(columns[1]), at(columns[2]), [&](LocalSeconds occurrence) {
      found.push_back(format_iso(occurrence));
      return found.size() < 12;
    }));
    EXPECT_EQ(found, columns.size() > 3 ? split(columns[3], ',') : std::vector<std::string>()) << line;
    ++rules;
  }
  EXPECT_EQ(rules, 400);
}

TEST(RecurrenceRule, RefusesWhatIsNoRuleAndWhatWouldBeSearchedForEver) {
  for (const char* text : {"", "WEEKLY", "FREQ=", "FREQ=SOMETIMES", "FREQ=DAILY;COUNT=x", "FREQ=DAILY;INTERVAL=0",
                           "FREQ=DAILY;FREQ=DAILY", "FREQ=MONTHLY;BYDAY=9XX", "FREQ=DAILY;COUNT=999999999",
                           "FREQ=SECONDLY", "FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;BYHOUR=24",
                           "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1;BYHOUR=6,8"}) {
    const auto rule = RecurrenceRule::parse(text);
    ASSERT_FALSE(rule.has_value()) << text;
    EXPECT_EQ(rule.error().kind, ErrorKind::kInvalidArgument);
    EXPECT_THAT(rule.error().message, HasSubstr("is not a recurrence"));
  }
}

TEST(RecurrenceRule, AnImpossibleRuleHasNoOccurrences) {
  const RecurrenceRule rule = RecurrenceRule::parse("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30").value();
  EXPECT_TRUE(rule.for_each(at("2026-01-01"), at("2026-01-01"), [](LocalSeconds) {
    ADD_FAILURE() << "there is no 30 February";
    return true;
  }));
}

TEST(RecurrenceRule, KeepsItsPartsAndChangesOne) {
  const RecurrenceRule rule = RecurrenceRule::parse("freq=weekly;byday=fr;x-other=1").value();
  EXPECT_EQ(rule.text(), "FREQ=WEEKLY;BYDAY=FR");
  EXPECT_EQ(rule.with("BYDAY", "MO").text(), "FREQ=WEEKLY;BYDAY=MO");
  EXPECT_EQ(rule.with("UNTIL", "20261201").text(), "FREQ=WEEKLY;BYDAY=FR;UNTIL=20261201");
  EXPECT_EQ(rule.with("BYDAY", std::nullopt).text(), "FREQ=WEEKLY");
}

TEST(RecurrenceRule, TellsWhenTheStepsAreUsedUp) {
  const RecurrenceRule rule = RecurrenceRule::parse("FREQ=MINUTELY").value();
  int visited = 0;
  EXPECT_FALSE(rule.for_each(at("2026-01-01"), at("2026-01-01"), [&](LocalSeconds) { return ++visited > 0; }));
  EXPECT_EQ(visited, kMaxRuleSteps);
}

}  // namespace
}  // namespace favilla

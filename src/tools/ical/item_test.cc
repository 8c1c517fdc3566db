// Items and their occurrences: random series against recurring-ical-events (tests/golden/ical/make_series.py), clock
// changes, foreign zones, and faults.
#include "tools/ical/item.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

namespace favilla {
namespace {

using std::chrono::hours;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TimeZone lisbon() {
  return TimeZone::find("Europe/Lisbon").value();
}

Moment owner_moment(std::string_view iso) {
  return parse_iso_moment(iso, lisbon()).value();
}

std::string calendar_of(const std::string& lines) {
  return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + lines + "END:VCALENDAR\r\n";
}

std::string event(const std::string& lines) {
  return calendar_of("BEGIN:VEVENT\r\nUID:one\r\n" + lines + "END:VEVENT\r\n");
}

// "2026-11-23T18:00:00Z 2026-11-23T19:00:00Z", or dates of whole days.
std::string shown(const Occurrence& one) {
  if (!one.whole_days) return format_iso(one.start) + " " + format_iso(one.end);
  return format_iso(lisbon().to_local(one.start)).substr(0, 10) + " " +
         format_iso(lisbon().to_local(one.end)).substr(0, 10);
}

std::vector<std::string> occurrences(const std::string& bytes, std::string_view from, std::string_view to) {
  const auto file = read_item_file(bytes, lisbon());
  if (!file) return {file.error().message};
  std::vector<std::string> found;
  for (const Occurrence& one : expand(*file, owner_moment(from), owner_moment(to)).occurrences)
    found.push_back(shown(one));
  return found;
}

TEST(Expand, AgreesWithRecurringIcalEventsOnRandomSeries) {
  std::ifstream golden(FAVILLA_SOURCE_DIR "/tests/golden/ical/series.txt");
  ASSERT_TRUE(golden.is_open());
  std::string bytes;
  std::string from;
  std::string to;
  std::vector<std::string> expected;
  int series = 0;
  for (std::string line; std::getline(golden, line);) {
    if (line.starts_with("range ")) {
      from = line.substr(6, 19);
      to = line.substr(26);
    } else if (line.starts_with("| ")) {
      bytes += line.substr(2) + "\r\n";
    } else if (line.starts_with("= ")) {
      expected.push_back(line.substr(2));
    } else if (line.empty()) {
      std::vector<std::string> found = occurrences(bytes, from, to);
      std::sort(found.begin(), found.end());
      EXPECT_EQ(found, expected) << "from " << from << " to " << to << "\n" << bytes;
      ++series;
      bytes.clear();
      expected.clear();
    }
  }
  EXPECT_EQ(series, 250);
}

TEST(Expand, KeepsTheWallClockOfItsZoneThroughClockChanges) {
  EXPECT_THAT(occurrences(event("DTSTART;TZID=Europe/Lisbon:20260328T090000\r\nDTEND;TZID=Europe/Lisbon:20260328T100000"
                                "\r\nRRULE:FREQ=DAILY\r\n"),
                          "2026-03-28", "2026-03-30"),
              ElementsAre("2026-03-28T09:00:00Z 2026-03-28T10:00:00Z", "2026-03-29T08:00:00Z 2026-03-29T09:00:00Z"));
}

TEST(Expand, ATimeThatTheClockSkipsKeepsTheOffsetFromBefore) {
  EXPECT_THAT(occurrences(event("DTSTART;TZID=Europe/Lisbon:20260328T013000\r\nRRULE:FREQ=DAILY;COUNT=2\r\n"),
                          "2026-03-28", "2026-03-30"),
              ElementsAre("2026-03-28T01:30:00Z 2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z 2026-03-29T01:30:00Z"));
}

// "The same exact duration will apply to all the members" (RFC 5545, section 3.8.5.3).
TEST(Expand, ANightOverAClockChangeKeepsItsLength) {
  EXPECT_THAT(occurrences(event("DTSTART;TZID=Europe/Lisbon:20260321T230000\r\nDTEND;TZID=Europe/Lisbon:20260322T070000"
                                "\r\nRRULE:FREQ=WEEKLY\r\n"),
                          "2026-03-28", "2026-03-30"),
              ElementsAre("2026-03-28T23:00:00Z 2026-03-29T07:00:00Z"));
}

TEST(Expand, AWholeDayIsTheOwnersDay) {
  EXPECT_THAT(occurrences(event("DTSTART;VALUE=DATE:20261225\r\n"), "2026-12-25T12:00", "2026-12-25T13:00"),
              ElementsAre("2026-12-25 2026-12-26"));
  EXPECT_THAT(occurrences(event("DTSTART;VALUE=DATE:20261225\r\n"), "2026-12-26", "2026-12-27"), ElementsAre());
}

TEST(Expand, StopsAtItsLimitAndSaysSo) {
  const auto file = read_item_file(event("DTSTART:20260101T000000\r\nRRULE:FREQ=MINUTELY\r\n"), lisbon());
  ASSERT_TRUE(file.has_value());
  const Expansion expansion = expand(*file, owner_moment("2026-01-01"), owner_moment("2027-01-01"));
  EXPECT_EQ(expansion.occurrences.size(), kMaxOccurrences);
  EXPECT_TRUE(expansion.cut);
}

TEST(Expand, ARuleThatIsNotUnderstoodLeavesTheFirstOccurrence) {
  const auto file = read_item_file(event("DTSTART:20260101T090000\r\nRRULE:FREQ=FORTNIGHTLY\r\n"), lisbon());
  ASSERT_TRUE(file.has_value());
  EXPECT_THAT(file->main().rule_problem, HasSubstr("FORTNIGHTLY"));
  EXPECT_EQ(expand(*file, owner_moment("2026-01-01"), owner_moment("2027-01-01")).occurrences.size(), 1U);
}

TEST(NextOccurrence, IsTheFirstThatHasNotBegun) {
  const auto file =
      read_item_file(event("DTSTART:20260105T090000\r\nDURATION:PT48H\r\nRRULE:FREQ=DAILY\r\n"), lisbon());
  ASSERT_TRUE(file.has_value());
  const auto next = next_occurrence(*file, owner_moment("2026-11-23T09:00:01"));
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(format_iso(next->start), "2026-11-24T09:00:00Z");
}

TEST(Zones, FindsWhatOutlookAndOtherProgramsMean) {
  const std::string berlin = "2026-07-01T07:00:00Z 2026-07-01T07:00:00Z";
  for (const char* tzid : {"Europe/Berlin", "W. Europe Standard Time", "/freeassociation.sourceforge.net/Europe/Berlin",
                           "/example.org/20260101_1/Europe/Berlin"}) {
    EXPECT_THAT(occurrences(event(std::string("DTSTART;TZID=\"") + tzid + "\":20260701T090000\r\n"), "2026-07-01",
                            "2026-07-02"),
                ElementsAre(berlin))
        << tzid;
  }
}

TEST(Zones, EvaluatesAVtimezoneThatNobodyKnows) {
  const std::string zone =
      "BEGIN:VTIMEZONE\r\nTZID:Custom\r\n"
      "BEGIN:STANDARD\r\nDTSTART:16010101T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n"
      "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\nEND:STANDARD\r\n"
      "BEGIN:DAYLIGHT\r\nDTSTART:19810329T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n"
      "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n";
  const auto in_zone = [&](const char* time) {
    return occurrences(
        calendar_of(zone + "BEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=Custom:" + time + "\r\nEND:VEVENT\r\n"), "2026-01-01",
        "2027-01-01");
  };
  EXPECT_THAT(in_zone("20260115T120000"), ElementsAre("2026-01-15T11:00:00Z 2026-01-15T11:00:00Z"));
  EXPECT_THAT(in_zone("20260715T120000"), ElementsAre("2026-07-15T10:00:00Z 2026-07-15T10:00:00Z"));
  EXPECT_THAT(in_zone("20260329T023000"), ElementsAre("2026-03-29T01:30:00Z 2026-03-29T01:30:00Z"));  // skipped
  EXPECT_THAT(in_zone("20261025T023000"), ElementsAre("2026-10-25T00:30:00Z 2026-10-25T00:30:00Z"));  // occurs twice
}

TEST(Zones, AVtimezoneOfOursMeansTheSameAsItsZone) {
  for (const char* name : {"Europe/Lisbon", "America/New_York", "Australia/Sydney", "Asia/Kolkata", "Africa/Casablanca",
                           "America/Sao_Paulo", "Asia/Jerusalem", "Europe/Dublin"}) {
    const TimeZone zone = TimeZone::find(name).value();
    const Moment when = owner_moment("2026-11-23");
    IcalComponent component = make_timezone(zone, when);
    component.set(make_line("TZID", "Nobody knows"));  // so that its text is what counts
    const auto evaluated = IcalZone::from_component(component);
    ASSERT_TRUE(evaluated.has_value()) << name;
    ASSERT_FALSE(evaluated->iana().has_value());
    for (Moment at = when; at < when + std::chrono::days{8 * 365}; at += hours{37}) {
      ASSERT_EQ(evaluated->to_local(at), zone.to_local(at)) << name << " " << format_iso(at);
    }
  }
}

TEST(ReadItemFile, TellsWhatIsWrongWithAFile) {
  const auto problem = [](const std::string& bytes) {
    const auto file = read_item_file(bytes, lisbon());
    return file ? std::string("no problem") : file.error().message;
  };
  EXPECT_EQ(problem(""), "line 1: there is no BEGIN:VCALENDAR");
  EXPECT_EQ(problem("hello"), "line 1: this is no iCalendar file");
  EXPECT_EQ(problem("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\n"), "line 4: the file ends inside VEVENT");
  EXPECT_EQ(problem("BEGIN:VCALENDAR\r\nEND:VEVENT\r\n"), "line 2: END:VEVENT closes nothing");
  EXPECT_EQ(problem(calendar_of("")), "there is no event and no task");
  EXPECT_EQ(problem(event("")), "an event without DTSTART");
  EXPECT_EQ(problem(event("DTSTART:20260230T100000\r\n")), "DTSTART \"20260230T100000\" is not a time");
  EXPECT_EQ(problem(calendar_of("BEGIN:VEVENT\r\nDTSTART:20260101\r\nEND:VEVENT\r\n")), "an item without UID");
  EXPECT_EQ(problem(std::string(kMaxIcalBytes + 1, 'x')), "larger than 1024 KiB, too large for one calendar item");
}

}  // namespace
}  // namespace favilla

// What replies say about times. Now is Monday, 23 November 2026, 09:00.
#include "tools/wording.h"

#include <gtest/gtest.h>

#include "base/time_zone.h"

namespace favilla {
namespace {

LocalSeconds at(std::string_view iso) {
  return parse_iso_local(iso).value();
}

const LocalSeconds kNow = std::chrono::local_days{std::chrono::year{2026} / 11 / 23} + std::chrono::hours{9};

TEST(Wording, DaysAreNamedFromWhereWeAre) {
  const auto written = [](std::string_view day) { return say_day(at(day), kNow, Say::kWritten); };
  EXPECT_EQ(written("2026-11-23"), "today");
  EXPECT_EQ(written("2026-11-24"), "tomorrow");
  EXPECT_EQ(written("2026-11-22"), "yesterday");
  EXPECT_EQ(written("2026-11-27"), "Friday");
  EXPECT_EQ(written("2026-11-29"), "Sunday");
  EXPECT_EQ(written("2026-11-30"), "30 November");
  EXPECT_EQ(written("2026-11-20"), "last Friday");
  EXPECT_EQ(written("2026-11-03"), "3 November");
  EXPECT_EQ(written("2027-01-03"), "3 January");
  EXPECT_EQ(written("2027-12-03"), "3 December 2027");
  EXPECT_EQ(say_day(at("2026-11-27"), kNow, Say::kSpoken), "on Friday");
  EXPECT_EQ(say_day(at("2026-11-24"), kNow, Say::kSpoken), "tomorrow");
}

TEST(Wording, ClocksHave24HoursOnPaperAnd12InSpeech) {
  EXPECT_EQ(say_clock(at("2026-11-23T18:05"), Say::kWritten), "18:05");
  EXPECT_EQ(say_clock(at("2026-11-23T18:00"), Say::kSpoken), "6 p.m.");
  EXPECT_EQ(say_clock(at("2026-11-23T00:30"), Say::kSpoken), "12:30 a.m.");
  EXPECT_EQ(say_clock(at("2026-11-23T12:00"), Say::kSpoken), "noon");
  EXPECT_EQ(say_clock(at("2026-11-23T00:00"), Say::kSpoken), "midnight");
  EXPECT_EQ(say_time(at("2026-11-23T18:00"), kNow, Say::kSpoken), "today at 6 p.m.");
}

TEST(Wording, SpansNameTheirDayOnce) {
  EXPECT_EQ(say_span(at("2026-11-23T18:00"), at("2026-11-23T19:30"), kNow, Say::kWritten), "today, 18:00-19:30");
  EXPECT_EQ(say_span(at("2026-11-27T18:00"), at("2026-11-27T19:00"), kNow, Say::kSpoken),
            "on Friday from 6 p.m. to 7 p.m.");
  EXPECT_EQ(say_span(at("2026-11-27T22:00"), at("2026-11-28T02:00"), kNow, Say::kWritten),
            "Friday 22:00 to Saturday 02:00");
  EXPECT_EQ(say_span(at("2026-11-27T22:00"), at("2026-11-28T00:00"), kNow, Say::kWritten), "Friday, 22:00-00:00");
  EXPECT_EQ(say_days(at("2026-11-27"), at("2026-11-28"), kNow, Say::kWritten), "Friday");
  EXPECT_EQ(say_days(at("2026-11-27"), at("2026-12-04"), kNow, Say::kSpoken), "from Friday to 3 December");
}

TEST(Wording, ASentenceEndsOnce) {
  EXPECT_EQ(sentence("call Ana today"), "call Ana today.");
  EXPECT_EQ(sentence("today at 6 p.m."), "today at 6 p.m.");
}

TEST(Wording, DurationsCountsAndLists) {
  using std::chrono::seconds;
  EXPECT_EQ(say_duration(seconds{5400}), "1 hour 30 minutes");
  EXPECT_EQ(say_duration(seconds{-45}), "45 seconds");
  EXPECT_EQ(say_duration(seconds{86400 * 10}), "10 days");
  EXPECT_EQ(say_duration(seconds{86400 * 14}), "2 weeks");
  EXPECT_EQ(say_count(0, "reminder"), "no reminders");
  EXPECT_EQ(say_list({"a", "b", "c"}), "a, b and c");
  EXPECT_EQ(say_list({}), "");
}

TEST(Wording, RulesInWords) {
  EXPECT_EQ(say_rule("FREQ=DAILY"), "every day");
  EXPECT_EQ(say_rule("FREQ=WEEKLY;BYDAY=MO"), "every Monday");
  EXPECT_EQ(say_rule("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR"), "every 2 weeks on Monday and Friday");
  EXPECT_EQ(say_rule("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"), "every weekday");
  EXPECT_EQ(say_rule("FREQ=MONTHLY;BYDAY=-1FR;COUNT=10"), "every month on the last Friday, 10 times");
  EXPECT_EQ(say_rule("FREQ=MONTHLY;BYMONTHDAY=1,15"), "every month on the 1st and 15th");
  EXPECT_EQ(say_rule("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=3"), "every year on the 3rd in March");
  EXPECT_EQ(say_rule("FREQ=DAILY;UNTIL=20261224T000000Z"), "every day, until 24 December 2026");
  EXPECT_EQ(say_rule("FREQ=YEARLY;BYWEEKNO=20"), "by the rule FREQ=YEARLY;BYWEEKNO=20");
}

}  // namespace
}  // namespace favilla

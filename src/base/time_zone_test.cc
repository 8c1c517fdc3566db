#include "base/time_zone.h"

#include <gtest/gtest.h>

namespace favilla {
namespace {

LocalSeconds local(const char* text) {
  return parse_iso_local(text).value();
}

std::string moment_of(const char* zone, const char* wall_clock) {
  return format_iso(TimeZone::find(zone).value().to_moment(local(wall_clock)));
}

TEST(TimeZone, FollowsSummerTime) {
  EXPECT_EQ(moment_of("Europe/Lisbon", "2026-01-15T12:00"), "2026-01-15T12:00:00Z");
  EXPECT_EQ(moment_of("Europe/Lisbon", "2026-07-15T12:00"), "2026-07-15T11:00:00Z");
  EXPECT_EQ(moment_of("Asia/Kathmandu", "2026-07-15T12:00"), "2026-07-15T06:15:00Z");
}

TEST(TimeZone, ASkippedTimeKeepsTheOffsetBeforeTheChange) {
  EXPECT_EQ(moment_of("Europe/Berlin", "2026-03-29T02:30"), "2026-03-29T01:30:00Z");
  const TimeZone berlin = TimeZone::find("Europe/Berlin").value();
  EXPECT_EQ(format_iso(berlin.to_local(berlin.to_moment(local("2026-03-29T02:30")))), "2026-03-29T03:30:00");
}

TEST(TimeZone, ATimeThatOccursTwiceIsTheFirst) {
  EXPECT_EQ(moment_of("America/New_York", "2026-11-01T01:30"), "2026-11-01T05:30:00Z");
}

TEST(TimeZone, UnknownNamesAreAnError) {
  const Result<TimeZone> zone = TimeZone::find("Mars/Olympus");
  ASSERT_FALSE(zone);
  EXPECT_EQ(zone.error().kind, ErrorKind::kNotFound);
  EXPECT_FALSE(TimeZone::find("../../etc/passwd"));
}

TEST(TimeZone, ReadsAndWritesIso) {
  const TimeZone utc = TimeZone::utc();
  EXPECT_EQ(format_iso(parse_iso_moment("2026-11-23T18:00:05.250+01:00", utc).value()), "2026-11-23T17:00:05.250Z");
  EXPECT_EQ(format_iso(parse_iso_moment("2026-11-23", utc).value()), "2026-11-23T00:00:00Z");
  EXPECT_EQ(format_iso(parse_iso_moment("1969-12-31T23:59:59Z", utc).value()), "1969-12-31T23:59:59Z");
  for (const char* bad : {"", "2026", "2026-02-30", "2026-11-23T", "2026-11-23T24:00", "2026-11-23T18:00x",
                          "2026-11-23T18:00+1", "2026-11-23T18:60", "20261-1-23"}) {
    EXPECT_FALSE(parse_iso_moment(bad, utc)) << bad;
    EXPECT_FALSE(parse_iso_local(bad)) << bad;
  }
  EXPECT_FALSE(parse_iso_local("2026-11-23T18:00Z"));
}

}  // namespace
}  // namespace favilla

// The clock: its cases, and that every row of the table of places names a zone that there is.
#include "tools/builtin/clock/clock.h"

#include <gtest/gtest.h>

#include "tools/builtin/clock/places.h"
#include "tools/cases_test.h"

namespace favilla {
namespace {

TEST(Clock, Cases) {
  run_cases("builtin/clock/clock.case", {&kClockTool});
}

TEST(Places, CitiesCountriesZonesAndOffsetsAreFound) {
  for (const char* place :
       {"Lisbon", "s\u00e3o paulo", "NYC", "the UK", "Dar es Salaam", "port of spain", "Buenos Aires", "utc-5", "GMT+2",
        "India", "Kyiv", "zurich", "Washington, DC", "Europe/Berlin", "EST"}) {
    const Result<Place> found = find_place(place);
    EXPECT_TRUE(found) << place << ": " << (found ? "" : found.error().message);
  }
}

TEST(Places, OthersAreNot) {
  for (const char* place : {"", "Europe/", "/", "nowhere", "UTC+99", "../../etc/passwd", "\xff\xfe", "{}"}) {
    EXPECT_FALSE(find_place(place)) << place;
  }
}

}  // namespace
}  // namespace favilla

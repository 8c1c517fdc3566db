// Typed slots within sentences.
#include "understand/slots.h"

#include <gtest/gtest.h>

#include "understand/understanding.h"

namespace favilla {
namespace {

TEST(EntitySlots, ADayMayBePossessive) {
  const auto understanding =
      Understanding::load({{"calendar", "[cancel]\ncancel [only] {date:occurrence} {text:match}"}});
  ASSERT_TRUE(understanding.has_value());
  const TimeContext context{parse_iso_local("2026-11-23T09:00:00").value(), TimeZone::utc()};
  for (const char* sentence : {"cancel only this Friday's standup", "cancel this Friday standup"}) {
    const auto plan = understanding->plan(sentence, context);
    ASSERT_TRUE(plan.has_value()) << sentence;
    EXPECT_EQ(plan->actions[0].arguments, (Json{{"occurrence", "2026-11-27"}, {"match", "standup"}})) << sentence;
  }
}

// The value of the slot in "say {KIND:value}".
std::string value_of(std::string_view kind, std::string_view said) {
  const std::string sentences = "[t]\nsay {" + std::string(kind) + ":value} [{text}]";
  const auto understanding = Understanding::load({{"t", sentences}});
  if (!understanding) return "broken";
  const TimeContext context{parse_iso_local("2026-11-23T09:00:00").value(), TimeZone::utc()};
  const auto plan = understanding->likeliest("say " + std::string(said), context);
  return plan ? to_json_text(plan->actions[0].arguments["value"]) : "-";
}

TEST(EntitySlots, ACalculationBeginsWithNoOperator) {
  EXPECT_EQ(value_of("calculation", "half of 37"), "\"half of 37\"");
  EXPECT_EQ(value_of("calculation", "minus four plus six"), "\"minus four plus six\"");
  EXPECT_EQ(value_of("calculation", "times four"), "-");
  EXPECT_EQ(value_of("calculation", "minus 4"), "-");
  EXPECT_EQ(value_of("numeral", "one and a half"), "\"one and a half\"");
}

TEST(EntitySlots, WhatWakesIsInTheMorning) {
  EXPECT_EQ(value_of("waking", "6:30"), "\"2026-11-24T06:30:00\"");
  EXPECT_EQ(value_of("datetime", "6:30"), "\"2026-11-23T18:30:00\"");
  EXPECT_EQ(value_of("waking", "at 3"), "\"2026-11-23T15:00:00\"");
  EXPECT_EQ(value_of("datetime", "after lunch"), "\"2026-11-23T13:00:00\"");
  EXPECT_EQ(value_of("past_range", "May"), "\"2026-05-01\"");
  EXPECT_EQ(value_of("range", "May"), "\"2027-05-01\"");
}

TEST(EntitySlots, KnownWordsAreKinds) {
  EXPECT_EQ(value_of("player", "mpv's"), "\"mpv\"");
  EXPECT_EQ(value_of("player", "kitchen"), "-");
  EXPECT_EQ(value_of("extension", "PDF"), "\"PDF\"");
  EXPECT_EQ(value_of("name", "Ana about"), "-");
}

}  // namespace
}  // namespace favilla

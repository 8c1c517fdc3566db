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

}  // namespace
}  // namespace favilla

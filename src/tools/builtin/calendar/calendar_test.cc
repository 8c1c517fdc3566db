// The cases of `calendar`.
#include "tools/builtin/calendar/calendar.h"

#include <gtest/gtest.h>

#include "tools/cases_test.h"

namespace favilla {
namespace {

TEST(Calendar, Cases) {
  run_cases("builtin/calendar/calendar.case", {&kCalendarTool});
}

TEST(Calendar, SchemasAreJsonAndForbidWhatTheyDoNotName) {
  for (const Action& action : kCalendarTool.actions) {
    const auto schema = parse_json(action.parameters);
    ASSERT_TRUE(schema.has_value()) << action.name << ": " << schema.error().message;
    EXPECT_EQ((*schema)["additionalProperties"], Json(false)) << action.name;
    EXPECT_TRUE((*schema)["required"].is_array()) << action.name;
  }
}

}  // namespace
}  // namespace favilla

// The cases of `reminders`.
#include "tools/builtin/reminders/reminders.h"

#include <gtest/gtest.h>

#include "tools/cases_test.h"

namespace favilla {
namespace {

TEST(Reminders, Cases) {
  run_cases("builtin/reminders/reminders.case", {&kRemindersTool});
}

TEST(Reminders, SchemasAreJsonAndForbidWhatTheyDoNotName) {
  for (const Action& action : kRemindersTool.actions) {
    const auto schema = parse_json(action.parameters);
    ASSERT_TRUE(schema.has_value()) << action.name << ": " << schema.error().message;
    EXPECT_EQ((*schema)["additionalProperties"], Json(false)) << action.name;
    EXPECT_TRUE((*schema)["required"].is_array()) << action.name;
  }
}

}  // namespace
}  // namespace favilla

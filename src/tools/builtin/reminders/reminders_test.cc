// The cases of `reminders`.
#include "tools/builtin/reminders/reminders.h"

#include <gtest/gtest.h>

#include "tools/cases_test.h"

namespace favilla {
namespace {

TEST(Reminders, Cases) {
  run_cases("builtin/reminders/reminders.case", {&kRemindersTool});
}

}  // namespace
}  // namespace favilla

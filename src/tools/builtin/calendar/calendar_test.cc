// The cases of `calendar`.
#include "tools/builtin/calendar/calendar.h"

#include <gtest/gtest.h>

#include "tools/cases_test.h"

namespace favilla {
namespace {

TEST(Calendar, Cases) {
  run_cases("builtin/calendar/calendar.case", {&kCalendarTool});
}

}  // namespace
}  // namespace favilla

// The owner's phrases: the cases. What saying one does is tested with the instant path.
#include "tools/builtin/phrases/phrases.h"

#include <gtest/gtest.h>

#include "tools/cases_test.h"

namespace favilla {
namespace {

TEST(Phrases, Cases) {
  run_cases("builtin/phrases/phrases.case", {&kPhrasesTool});
}

}  // namespace
}  // namespace favilla

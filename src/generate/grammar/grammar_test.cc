// What grammars allow, by the case files of this folder, and what hostile ones cost.
#include "generate/grammar/grammar.h"

#include <gtest/gtest.h>

#include <chrono>

namespace favilla {
namespace {

TEST(Grammar, Smoke) {
  const auto g = Grammar::from_json_schema(
      R"({"type":"object","properties":{"city":{"type":"string","maxLength":20},"unit":{"enum":["c","f"]},"n":{"type":"integer","minimum":3,"maximum":120}},"required":["city"]})");
  ASSERT_TRUE(g) << g.error().message;
  EXPECT_TRUE(g->matches(R"({"city": "Paris", "unit": "c", "n": 17})").value());
  EXPECT_TRUE(g->matches(R"({"city": "Par\"is"})").value());
  EXPECT_FALSE(g->matches(R"({"city": "Paris", "n": 2})").value());
  EXPECT_FALSE(g->matches(R"({"unit": "c"})").value());
}

}  // namespace
}  // namespace favilla

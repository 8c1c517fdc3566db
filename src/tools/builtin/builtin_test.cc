// What holds for every tool of the table.
#include "tools/builtin/builtin.h"

#include <gtest/gtest.h>

#include <set>

#include "tools/schema.h"

namespace favilla {
namespace {

TEST(Builtin, EveryActionDescribesItsArgumentsInTheSchemasOurCheckerKnows) {
  for (const Tool& tool : builtin_tools()) {
    for (const Action& action : tool.actions) {
      const auto schema = parse_json(action.parameters);
      ASSERT_TRUE(schema.has_value()) << tool.name << " " << action.name << ": " << schema.error().message;
      const auto checked = check_schema(*schema);
      EXPECT_TRUE(checked.has_value()) << tool.name << " " << action.name << ": " << checked.error().message;
      EXPECT_EQ((*schema)["additionalProperties"], Json(false)) << tool.name << " " << action.name;
    }
  }
}

TEST(Builtin, NamesAreUniqueAndEveryToolHasSentences) {
  std::set<std::string> tools;
  for (const Tool& tool : builtin_tools()) {
    EXPECT_TRUE(tools.insert(tool.name).second) << tool.name;
    ASSERT_NE(tool.sentences, nullptr) << tool.name;
    EXPECT_NE(*tool.sentences, '\0') << tool.name;
  }
}

}  // namespace
}  // namespace favilla

#include "assistant/offered_functions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace favilla {
namespace {

TEST(OfferedFunctions, EachLeadsBackToItsAction) {
  std::set<std::string> names;
  for (const ToolDefinition& function : offered_functions(builtin_tools())) {
    EXPECT_TRUE(names.insert(function.name).second) << function.name;
    EXPECT_FALSE(function.description.empty()) << function.name;
    const auto action = action_of({.id = {}, .name = function.name, .arguments = {{"a", 1}}}, builtin_tools());
    ASSERT_TRUE(action) << function.name;
    EXPECT_EQ(function_name(action->tool, action->action), function.name);
    EXPECT_EQ(action->arguments, Json({{"a", 1}}));
  }
  EXPECT_THAT(names, testing::IsSupersetOf({"calendar_add", "clock_timer_start", "mail_send"}));
}

TEST(OfferedFunctions, EachHasExamplesAndNoOtherName) {
  std::map<std::string, std::vector<std::string>> examples = function_examples();
  for (const ToolDefinition& function : offered_functions(builtin_tools())) {
    EXPECT_FALSE(examples[function.name].empty()) << function.name;
    examples.erase(function.name);
  }
  EXPECT_THAT(examples, testing::ElementsAre(testing::Key("none")));
}

TEST(OfferedFunctions, WhatIsWithheldCannotBeCalledEither) {
  for (const char* name : {"shell_run", "memory_import", "phrases_teach", "calendar", "", "calendar_nothing"}) {
    EXPECT_FALSE(action_of({.id = {}, .name = name}, builtin_tools())) << name;
  }
}

TEST(OfferedFunctions, WhatIsRequiredIsAParameterAndRequiredOnce) {
  for (const ToolDefinition& function : offered_functions(builtin_tools())) {
    std::set<std::string> required;
    for (const Json& name : function.parameters.value("required", Json::array())) {
      EXPECT_TRUE(function.parameters["properties"].contains(name.get<std::string>())) << function.name << name;
      EXPECT_TRUE(required.insert(name.get<std::string>()).second) << function.name << name;
    }
  }
}

TEST(OfferedFunctions, NoParameterIsOneThatNobodySays) {
  for (const ToolDefinition& function : offered_functions(builtin_tools())) {
    for (const char* name : {"id", "items", "source"}) {
      EXPECT_FALSE(function.parameters["properties"].contains(name)) << function.name;
      const Json required = function.parameters.value("required", Json::array());
      EXPECT_EQ(std::find(required.begin(), required.end(), name), required.end()) << function.name;
    }
  }
}

TEST(OfferedFunctions, OnlyRulesWriteRepetitions) {
  for (const ToolDefinition& function : offered_functions(builtin_tools())) {
    const Json& properties = function.parameters["properties"];
    EXPECT_TRUE(function.name != "calendar_add" || properties.contains("recurrence"));
    if (!properties.contains("recurrence")) continue;
    EXPECT_EQ(properties["recurrence"]["format"], "rrule") << function.name;
  }
}

}  // namespace
}  // namespace favilla

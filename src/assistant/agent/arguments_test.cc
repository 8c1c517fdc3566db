// What evidence alone finds in sentences, without a model.
#include "assistant/agent/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <utility>

#include "base/time_zone.h"

namespace favilla {
namespace {

ChatMessage message(Role role, std::string content) {
  ChatMessage made;
  made.role = role;
  made.content = std::move(content);
  return made;
}

ChatMessage call_of(std::string name, Json arguments) {
  ChatMessage made = message(Role::kAssistant, "");
  made.calls = {{.id = "1", .name = std::move(name), .arguments = std::move(arguments)}};
  return made;
}

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Arguments : public ::testing::Test {
 protected:
  // 2026-11-23 is a Monday.
  FilledCall fill(const std::string& properties, const std::vector<std::string>& required,
                  const std::vector<ChatMessage>& messages, const Json& proposal = nullptr) {
    ToolDefinition tool;
    tool.name = "do_it";
    tool.description = "Do it.";
    tool.parameters = Json{{"type", "object"}, {"properties", Json::parse(properties)}, {"required", required}};
    const TimeZone zone = TimeZone::find("Europe/Lisbon").value();
    const auto monday = std::chrono::local_days(std::chrono::year(2026) / 11 / 23) + std::chrono::hours(10);
    const ArgumentTrust trust{.likelihood = 1, .proposed = 2.5, .unproposed = 1};
    const Said said(messages, entities_, {LocalSeconds(monday), zone});
    return fill_arguments(tool, said, {.trust = trust, .proposal = proposal}).value();
  }
  FilledCall fill(const std::string& properties, const std::vector<std::string>& required, const std::string& text) {
    return fill(properties, required, std::vector<ChatMessage>{message(Role::kUser, text)});
  }

  const EntityFinder entities_ = EntityFinder::load().value();
};

struct Case {
  const char* properties;
  std::vector<std::string> required;
  const char* text;
  const char* arguments;
};

TEST_F(Arguments, AreCopiedFromTheWords) {
  const std::vector<Case> cases = {
      {R"({"city": {"type": "string"}})", {"city"}, "what is the weather in Lisbon?", R"({"city": "Lisbon"})"},
      {R"({"song": {"type": "string"}})", {"song"}, "play the song \"Blue Moon\" for me", R"({"song": "Blue Moon"})"},
      {R"({"count": {"type": "integer"}})", {"count"}, "roll 3 dice", R"({"count": 3})"},
      {R"({"amount": {"type": "number"}, "from": {"type": "string"}, "to": {"type": "string"}})",
       {"amount", "from", "to"},
       "convert 12.5 from USD to EUR",
       R"({"amount": 12.5, "from": "USD", "to": "EUR"})"},
      {R"({"unit": {"type": "string", "enum": ["celsius", "fahrenheit"]}})",
       {"unit"},
       "how warm is it in Fahrenheit?",
       R"({"unit": "fahrenheit"})"},
      {R"({"email": {"type": "string", "description": "the e-mail address"}})",
       {"email"},
       "my address is ana@costa.example.",
       R"({"email": "ana@costa.example"})"},
      {R"({"date": {"type": "string", "format": "date"}})",
       {"date"},
       "what is on tomorrow?",
       R"({"date": "2026-11-24"})"},
      {R"({"start": {"type": "string", "description": "Format: %Y-%m-%d %H:%M:%S"}})",
       {"start"},
       "begin on 3 December at 5 pm",
       R"({"start": "2026-12-03 17:00:00"})"},
  };
  for (const Case& each : cases) {
    const FilledCall filled = fill(each.properties, each.required, each.text);
    EXPECT_EQ(filled.arguments, Json::parse(each.arguments)) << each.text << ": " << filled.arguments;
    EXPECT_THAT(filled.missing, IsEmpty()) << each.text;
  }
}

TEST_F(Arguments, ThatNobodySpeaksOfAreLeftOutOrMissing) {
  const std::string properties =
      R"({"room": {"type": "string"}, "speed": {"type": "integer", "description": "of the fan"}})";
  const FilledCall filled = fill(properties, {"speed"}, "switch it on");
  EXPECT_EQ(filled.arguments, Json::object());
  EXPECT_THAT(filled.missing, ElementsAre("speed"));
  EXPECT_EQ(filled.fill, 0);
  EXPECT_EQ(filled.sureness, 0);
}

TEST_F(Arguments, ADurationIsInSecondsWhereTheNameSaysSo) {
  const auto seconds = [&](const char* text, const Json& proposal) {
    const std::string properties = R"({"duration_seconds": {"type": "integer"}})";
    return fill(properties, {"duration_seconds"}, {message(Role::kUser, text)}, proposal)
        .arguments.value("duration_seconds", 0);
  };
  EXPECT_EQ(seconds("let me know when 15 minutes are up", nullptr), 900);
  EXPECT_EQ(seconds("the cake has to come out after 35 minutes, so start counting", nullptr), 2100);
  EXPECT_EQ(seconds("it takes 9 minutes, time it", {{"duration_seconds", 9}}), 540) << "whatever a model writes";
}

TEST_F(Arguments, TwoParametersDoNotTakeTheSameWords) {
  const std::string properties = R"({"user": {"type": "string"}, "password": {"type": "string"}})";
  const FilledCall filled = fill(properties, {"user", "password"}, "user is rita, password is tr33house");
  EXPECT_EQ(filled.arguments, Json::parse(R"({"user": "rita", "password": "tr33house"})")) << filled.arguments;
  EXPECT_GT(filled.sureness, 0);
}

TEST_F(Arguments, ComeFromResultsOfEarlierCalls) {
  const std::vector<ChatMessage> messages = {message(Role::kUser, "read my inbox"),
                                             call_of("get_token", Json::object()),
                                             message(Role::kTool, R"({"token": "a1b2c3d4"})")};
  const FilledCall filled = fill(R"({"token": {"type": "string"}})", {"token"}, messages);
  EXPECT_EQ(filled.arguments, Json::parse(R"({"token": "a1b2c3d4"})")) << filled.arguments;
}

TEST_F(Arguments, AreSpelledAsASystemMessageListsThem) {
  const std::string home =
      "The home:\n- names: Porch Light, Entrance Lamp\n  domain: light\n  areas: Porch\n- names: Sprinkler System\n"
      "  domain: valve\n  areas: 'Back Garden'\n";
  const std::string properties = R"({"name": {"type": "string"}, "area": {"type": "string"},
                                     "domain": {"type": "array", "items": {"type": "string"}}})";
  const auto said = [&](const char* text) {
    return fill(properties, {}, {message(Role::kSystem, home), message(Role::kUser, text)}).arguments;
  };
  EXPECT_EQ(said("porch light off")["name"], "Porch Light");
  EXPECT_EQ(said("switch on the entrance lamp")["name"], "Entrance Lamp");
  EXPECT_EQ(said("stop the sprinklers")["name"], "Sprinkler System");
  EXPECT_EQ(said("lights off in the back garden"), Json::parse(R"({"area": "Back Garden", "domain": ["light"]})"));
  EXPECT_FALSE(said("lights off").contains("area"));
}

TEST_F(Arguments, OfAnySchemaAndTextEndInTime) {
  const std::string long_text(100'000, 'a');
  for (const char* properties : {R"({"a": 3})", R"({"a": {"type": ["null", "string"]}})", R"({"a": {"enum": []}})",
                                 R"({"a": {"type": "object", "properties": {"b": {"type": "object"}}}})",
                                 R"({"": {"type": "array", "items": {"type": "array"}}})"}) {
    for (const std::string& text : {long_text, std::string("\xff\xfe"), std::string("((((\"\"\"")}) {
      const FilledCall filled = fill(properties, {"a"}, text);
      EXPECT_TRUE(filled.arguments.is_object());
    }
  }
}

TEST_F(Arguments, WhatASystemMessageListsIsAllThereIs) {
  const std::string properties = R"({"name": {"type": "string"}, "area": {"type": "string"},
      "brightness": {"type": "integer", "minimum": 0, "maximum": 100}})";
  const std::string home = "- names: Hallway Light\n  areas: Ground Floor\n- names: Bedroom Light\n  areas: Bedroom\n";
  const auto filled = [&](const std::string& text) {
    return fill(properties, {}, {message(Role::kSystem, home), message(Role::kUser, text)}).arguments;
  };
  EXPECT_EQ(filled("dim the hallway light to 50%"), Json::parse(R"({"name": "Hallway Light", "brightness": 50})"));
  EXPECT_EQ(filled("dim the light in the bedroom to 50%"),
            Json::parse(R"({"name": "Bedroom Light", "area": "Bedroom", "brightness": 50})"));
}

TEST_F(Arguments, AProposalCountsWhereTheConversationHasIt) {
  const std::string properties = R"({"item": {"type": "string"}, "list": {"type": "string"}})";
  const auto filled = [&](const Json& proposal) {
    const std::string text = "drop the dishwasher salt from Drugstore";
    return fill(properties, {"item"}, {message(Role::kUser, text)}, proposal).arguments;
  };
  const Json right = {{"item", "dishwasher salt"}, {"list", "Drugstore"}};
  EXPECT_NE(filled(nullptr), right);
  EXPECT_EQ(filled(right), right);
  EXPECT_EQ(filled({{"item", "dishwasher salt"}, {"list", "Supermarket"}}).value("list", ""), "");  // nobody said it
  EXPECT_EQ(filled({{"item", "ishwasher sal"}}), filled({{"item", 7}}));                            // no whole words
}

TEST_F(Arguments, AProposalMayPutSaidWordsTogether) {
  const auto filled = [&](const char* title) {
    const std::string text = "so I promised Bob we'd have lunch on Thursday at noon, make sure that's in there";
    return fill(R"({"title": {"type": "string"}})", {"title"}, {message(Role::kUser, text)}, {{"title", title}})
        .arguments.value("title", "");
  };
  EXPECT_EQ(filled("Lunch with Bob"), "Lunch with Bob");
  EXPECT_NE(filled("Lunch with Ana"), "Lunch with Ana");
  EXPECT_NE(filled("with the"), "with the");
  EXPECT_NE(filled(""), "");
}

TEST_F(Arguments, AProposalMayBeAListATruthOrAChoice) {
  const std::string properties = R"({"skus": {"type": "array", "items": {"type": "string"}},
      "quick": {"type": "boolean"}, "sort": {"enum": ["newest", "most_cited"]}, "count": {"type": "integer"}})";
  const auto filled = [&](const Json& proposal) {
    const std::string text = "difference between 44091 and 44092, whatever is cited often first";
    return fill(properties, {}, {message(Role::kUser, text)}, proposal).arguments;
  };
  const Json right = {{"skus", {"44091", "44092"}}, {"quick", false}, {"sort", "most_cited"}};
  EXPECT_EQ(filled(right), right);
  const Json wrong = filled({{"skus", {"44091", "44093"}}, {"quick", "no"}, {"sort", "oldest"}, {"count", 3}});
  EXPECT_NE(wrong.value("skus", Json()), Json({"44091", "44093"}));
  for (const char* name : {"quick", "sort", "count"}) EXPECT_FALSE(wrong.contains(name)) << wrong;
}

// A reader that is sure of some words.
class Reads {
 public:
  Reads(const Said& said, size_t first, size_t last) {
    for (size_t i = 0; i < said.texts()[0].words.size(); ++i) {
      reading_.words.push_back({0, i, i == first ? 4.0 : -4.0, i == last ? 4.0 : -4.0});
    }
  }
  Result<ArgumentReading> operator()(const Parameter&) const { return reading_; }

 private:
  ArgumentReading reading_;
};

TEST_F(Arguments, AreWhatTheReaderPointsAt) {
  const std::string text = "my dentist says on Friday I should floss with 9 others";
  const std::vector<ChatMessage> messages = {message(Role::kUser, text)};
  const Said said(messages, entities_, {LocalSeconds{}, TimeZone::find("Europe/Lisbon").value()});
  const auto fill_with = [&](const char* type, bool required, size_t first, size_t last) {
    ToolDefinition tool;
    tool.name = "remind";
    tool.parameters = Json{{"type", "object"}, {"properties", {{"text", {{"type", type}}}}}};
    tool.parameters["required"] = required ? Json::array({"text"}) : Json::array();
    const ArgumentTrust trust{.reading = 1, .beside = 0.3};
    return fill_arguments(tool, said, {.trust = trust, .read = Reads(said, first, last)}).value().arguments;
  };
  // Also words that no rule would have cut there, in an optional parameter.
  EXPECT_EQ(fill_with("string", false, 3, 7), Json({{"text", "on Friday I should floss"}}));
  EXPECT_EQ(fill_with("string", true, 7, 7), Json({{"text", "floss"}}));
  // Words in the wrong order are none; then what must be there is found by evidence.
  EXPECT_EQ(fill_with("string", false, 7, 3), Json::object());
  EXPECT_EQ(fill_with("integer", true, 9, 9), Json({{"text", 9}}));
  EXPECT_EQ(fill_with("integer", false, 1, 2), Json::object());
}

TEST_F(Arguments, AReadersErrorIsTheCallers) {
  const std::vector<ChatMessage> messages = {message(Role::kUser, "say hello")};
  const Said said(messages, entities_, {LocalSeconds{}, TimeZone::find("Europe/Lisbon").value()});
  ToolDefinition tool;
  tool.name = "say";
  tool.parameters = Json{{"type", "object"}, {"properties", {{"text", {{"type", "string"}}}}}};
  const ReadArgument broken = [](const Parameter&) -> Result<ArgumentReading> {
    return Error{ErrorKind::kExhausted, "too long"};
  };
  EXPECT_EQ(fill_arguments(tool, said, {.read = broken}).error().message, "too long");
}

// A reader to which each parameter is these words; what has none is said nowhere.
constexpr size_t kNowhere = 99;
ReadArgument reads_all(const Said& said, const std::map<std::string, std::pair<size_t, size_t>>& places) {
  return [&said, places](const Parameter& parameter) -> Result<ArgumentReading> {
    const auto place = places.find(parameter.name);
    const auto [first, last] = place == places.end() ? std::pair(kNowhere, kNowhere) : place->second;
    return Reads(said, first, last)(parameter);
  };
}

TEST_F(Arguments, OfSlotsThatRulesFoundAreThoseThatTheReaderAgreesWith) {
  const std::vector<ChatMessage> messages = {message(Role::kUser, "stretch every day and read the weekly paper")};
  const Said said(messages, entities_, {LocalSeconds{}, TimeZone::find("Europe/Lisbon").value()});
  ToolDefinition tool;
  tool.name = "remind";
  tool.parameters = Json{{"properties",
                          {{"text", {{"type", "string"}}},
                           {"due", {{"type", "string"}, {"format", "date-or-time"}}},
                           {"recurrence", {{"type", "string"}, {"format", "rrule"}}}}},
                         {"required", {"text"}}};
  const std::vector<FoundSlot> slots = {
      {.from = 8, .to = 17, .arguments = {{"recurrence", "FREQ=DAILY"}, {"due", "2026-11-23"}}},
      {.from = 31, .to = 37, .arguments = {{"recurrence", "FREQ=WEEKLY"}}},
      {.from = 8, .to = 17, .arguments = {{"nothing that it takes", 1}}}};
  const auto fill_with = [&](const std::map<std::string, std::pair<size_t, size_t>>& places) {
    const ArgumentTrust trust{.reading = 1, .beside = 0.3, .slot_word = 1};
    return fill_arguments(tool, said, {.trust = trust, .read = reads_all(said, places), .slots = slots})
        .value()
        .arguments;
  };
  // The text ends before the slot that stands at its end, and keeps what stands inside it.
  EXPECT_EQ(fill_with({{"text", {0, 2}}, {"recurrence", {1, 2}}, {"due", {1, 2}}}),
            Json({{"text", "stretch"}, {"due", "2026-11-23"}, {"recurrence", "FREQ=DAILY"}}));
  EXPECT_EQ(fill_with({{"text", {4, 7}}}), Json({{"text", "read the weekly paper"}}));
  // What only rules can write is never the words themselves.
  EXPECT_EQ(fill_with({{"text", {0, 0}}, {"recurrence", {4, 7}}}), Json({{"text", "stretch"}}));
}

}  // namespace
}  // namespace favilla

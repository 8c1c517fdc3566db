#include "assistant/instant.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace favilla {
namespace {

// A tool with one kind of record, so that dialogues are tested without the tools of the program.
Result<Outcome> plan_add(const ToolContext& context, const Json& arguments) {
  Outcome outcome;
  if (!arguments.contains("due")) {
    outcome.question = {"When?", "due", {}};
    return outcome;
  }
  const std::string key = arguments["text"];
  const std::optional<Json> before = TRY(context.records.find("task", key));
  outcome.changes.push_back(SetRecord{"task", key, before, arguments["due"]});
  outcome.reply = "Added: " + key + ", " + arguments["due"].get<std::string>();
  outcome.references.push_back({"task", key, key});
  return outcome;
}

Result<Outcome> plan_delete(const ToolContext& context, const Json& arguments) {
  const std::string key = arguments["id"];
  const std::optional<Json> before = TRY(context.records.find("task", key));
  if (!before) return Error{ErrorKind::kNotFound, "There is no task " + key};
  Outcome outcome;
  outcome.changes.push_back(SetRecord{"task", key, before, std::nullopt});
  outcome.reply = "Deleted: " + key;
  return outcome;
}

Result<Outcome> plan_show(const ToolContext& context, const Json& arguments) {
  Outcome outcome;
  outcome.reply = "On " + arguments["date"].get<std::string>() + ":";
  for (const auto& [key, due] : TRY(context.records.all("task"))) {
    outcome.reply += " " + key;
    outcome.references.push_back({"task", key, key});
  }
  return outcome;
}

Result<Outcome> plan_paint(const ToolContext&, const Json& arguments) {
  Outcome outcome;
  if (!arguments.contains("colour")) {
    outcome.question = {"Which colour?", "colour", {"dark red", "blue"}};
  } else {
    outcome.reply = "Painted " + arguments["colour"].get<std::string>();
  }
  return outcome;
}

constexpr Action kActions[] = {
    {"add", "adds", Effect::kIdempotent, keeps(kOwnRecords),
     R"({"type":"object","properties":{"text":{"type":"string"},"due":{"type":"string","format":"date-time"}},)"
     R"("required":["text"],"additionalProperties":false})",
     plan_add, nullptr},
    {"delete", "deletes", Effect::kIdempotent, keeps(kOwnRecords),
     R"({"type":"object","properties":{"id":{"type":"string"}},"required":["id"],"additionalProperties":false})",
     plan_delete, nullptr},
    {"show", "shows", Effect::kPure, reads(kOwnRecords),
     R"({"type":"object","properties":{"date":{"type":"string","format":"date"}},"required":["date"],)"
     R"("additionalProperties":false})",
     plan_show, nullptr},
    {"paint", "paints", Effect::kPure, reads(kOwnRecords),
     R"({"type":"object","properties":{"colour":{"type":"string"}},"required":[],"additionalProperties":false})",
     plan_paint, nullptr},
};
constexpr Tool kTools[] = {{"tasks", "tasks", kActions,
                            "[add]\n(add|remember) {text:text} [at|on] {datetime:due}\n(add|remember) {text:text}\n"
                            "[delete]\n(delete|remove) {it.task:id}\n"
                            "[show]\nwhat is on {date:date}\n"
                            "[paint]\npaint",
                            nullptr}};

class InstantTest : public testing::Test {
 protected:
  InstantTest()
      : folder_(std::filesystem::temp_directory_path() /
                ("favilla_instant_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()))),
        clock_(parse_iso_moment("2026-11-23T10:00:00Z", zone_).value()) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    store_.emplace(StoreOptions{.file = folder_ / "favilla.db"});
    records_.emplace(*store_);
    context_.emplace(ToolContext{clock_, zone_, folders_, *records_, settings_, cancel_, ""});
    runner_.emplace(*store_, tools_, *context_, RunnerOptions{.trash = folder_ / "Trash"});
  }
  ~InstantTest() override { std::filesystem::remove_all(folder_); }

  Understanding load_understanding() const {
    auto loaded = InstantPath::load_understanding(tools_);
    if (!loaded) ADD_FAILURE() << loaded.error().message;
    return std::move(*loaded);
  }

  // The reply, "-" when not understood.
  std::string say(std::string_view text) {
    const InstantPath path(understanding_, *runner_, tools_, *records_, clock_, zone_);
    const auto answer = path.answer(text, dialogue_, {});
    return answer ? answer->reply : "-";
  }

  std::string due(const char* key) {
    const auto record = store_->record("task", key);
    return record && *record ? (**record).get<std::string>() : "";
  }

  const std::vector<Tool> tools_ = {kTools[0], kPhrasesTool, kMemoryTool};
  const std::filesystem::path folder_;
  const TimeZone zone_ = TimeZone::utc();
  FixedClock clock_;
  const DataFolders folders_;
  const Settings settings_ = Json::object();
  const CancelFlag cancel_;
  std::optional<Store> store_;
  std::optional<StoreRecords> records_;
  std::optional<ToolContext> context_;
  std::optional<Runner> runner_;
  const Understanding understanding_ = load_understanding();
  Dialogue dialogue_;
};

TEST_F(InstantTest, DoesWhatASentenceAsksFor) {
  EXPECT_EQ(say("Hey Favilla, could you add milk tomorrow at 6 pm please?"), "Added: milk, 2026-11-24T18:00:00");
  EXPECT_EQ(due("milk"), "2026-11-24T18:00:00");
  EXPECT_EQ(say("tell me a story"), "-");
  EXPECT_EQ(say(""), "-");
}

TEST_F(InstantTest, ForMeIsCourtesyUnlessItIsWhatIsSaid) {
  say("add milk for me please");
  EXPECT_EQ(dialogue_.pending->action.arguments["text"], "milk");
  say("add a note that noon works for me please");
  EXPECT_EQ(dialogue_.pending->action.arguments["text"], "a note that noon works for me");
}

TEST_F(InstantTest, APhraseOfTheOwnersIsWhatItStandsFor) {
  EXPECT_EQ(say("when I say milk day, add milk at 11:00 and then add bread at 12:00"),
            "\"milk day\" now means: add milk at 11:00 and then add bread at 12:00.");
  EXPECT_EQ(say("Milk day!"), "Added: milk, 2026-11-23T11:00:00\nAdded: bread, 2026-11-23T12:00:00");
  EXPECT_EQ(say("hey Favilla, milk day please"), "Added: milk, 2026-11-23T11:00:00\nAdded: bread, 2026-11-23T12:00:00");
  EXPECT_EQ(say("milk days"), "-");
  EXPECT_EQ(say("forget the phrase milk day"),
            "Forgot \"milk day\", which meant: add milk at 11:00 and then add bread at 12:00.");
  EXPECT_EQ(say("milk day"), "-");
  EXPECT_EQ(say("undo that"),
            "Undone: Forgot \"milk day\", which meant: add milk at 11:00 and then add bread at 12:00.");
  EXPECT_EQ(say("what phrases do you know"), "milk day: add milk at 11:00 and then add bread at 12:00");
}

TEST_F(InstantTest, APhraseOfSeveralSentencesDoesThemAll) {
  EXPECT_EQ(say("when I say both then add milk at 11:00; add bread at 12:00"),
            "\"both\" now means: add milk at 11:00; add bread at 12:00.");
  EXPECT_EQ(say("both"), "Added: milk, 2026-11-23T11:00:00\nAdded: bread, 2026-11-23T12:00:00");
}

TEST_F(InstantTest, APhraseGoesBeforeTheSentenceThatItHides) {
  say("when I say undo, add milk at 11:00");
  EXPECT_EQ(say("undo"), "Added: milk, 2026-11-23T11:00:00");
  EXPECT_EQ(say("undo it"), "Undone: Added: milk, 2026-11-23T11:00:00");
}

TEST_F(InstantTest, APhraseCanAnswerAndCorrect) {
  say("when I say as always, at 18:00");
  EXPECT_EQ(say("as always"), "-") << "that is no request, so it was not taught";
  ASSERT_TRUE(runner_->run("phrases", "teach", {{"phrase", "as always"}, {"sentence", "at 18:00"}}));
  EXPECT_EQ(say("remember the keys"), "When?");
  EXPECT_EQ(say("as always"), "Added: the keys, 2026-11-23T18:00:00");
}

TEST_F(InstantTest, APhraseThatNoRuleUnderstandsIsTheModelsAsWhatItMeans) {
  ASSERT_TRUE(runner_->run("phrases", "teach", {{"phrase", "story time"}, {"sentence", "tell me a story; sing"}}));
  EXPECT_EQ(say("story time"), "-");
  const InstantPath path(understanding_, *runner_, tools_, *records_, clock_, zone_);
  EXPECT_EQ(path.meaning("story time, please"), "tell me a story. sing");
  EXPECT_EQ(path.meaning("Who are you?"), "Who are you?");
}

TEST_F(InstantTest, PhrasesFollowFromOneAnotherButNotForEver) {
  ASSERT_TRUE(runner_->run("phrases", "teach", {{"phrase", "one"}, {"sentence", "please two"}}));
  ASSERT_TRUE(runner_->run("phrases", "teach", {{"phrase", "two"}, {"sentence", "add milk at 11:00"}}));
  EXPECT_EQ(say("one"), "Added: milk, 2026-11-23T11:00:00");
  ASSERT_TRUE(runner_->run("phrases", "teach", {{"phrase", "two"}, {"sentence", "one please"}}));
  EXPECT_EQ(say("one"), "\"one please\" leads from phrase to phrase for too long: teach it anew.");
}

TEST_F(InstantTest, TalkAboutWhatIsSaidTeachesNothing) {
  EXPECT_EQ(say("when I say jump, you ask how high"), "-");
  EXPECT_EQ(say("when I say her name, everyone laughs"), "-");
  EXPECT_EQ(say("what phrases do you know"), "No phrase was taught yet.");
}

TEST_F(InstantTest, JoinedActionsAreDoneInOrder) {
  EXPECT_EQ(say("add milk at 11:00 and then add bread at 12:00"),
            "Added: milk, 2026-11-23T11:00:00\nAdded: bread, 2026-11-23T12:00:00");
}

TEST_F(InstantTest, AsksForWhatIsMissingAndTakesTheAnswer) {
  EXPECT_EQ(say("remember the keys"), "When?");
  EXPECT_EQ(say("at 18:00"), "Added: the keys, 2026-11-23T18:00:00");
  EXPECT_EQ(say("remember the hat"), "When?");
  EXPECT_EQ(say("never mind"), "All right.");
  EXPECT_EQ(say("at 18:00"), "-");
  EXPECT_EQ(due("the hat"), "");
}

TEST_F(InstantTest, AChoiceIsMadeByWordsOrByPlace) {
  EXPECT_EQ(say("paint"), "Which colour?");
  EXPECT_EQ(say("red"), "Painted dark red");
  EXPECT_EQ(say("paint"), "Which colour?");
  EXPECT_EQ(say("the second one"), "Painted blue");
  EXPECT_EQ(say("paint"), "Which colour?");
  EXPECT_EQ(say("green"), "-");
}

TEST_F(InstantTest, CorrectionsReplaceTheLastAction) {
  say("add milk tomorrow at 18:00");
  EXPECT_EQ(say("no, at 7"), "Added: milk, 2026-11-24T19:00:00");
  EXPECT_EQ(due("milk"), "2026-11-24T19:00:00");
  EXPECT_EQ(say("I meant Friday"), "Added: milk, 2026-11-27T19:00:00");
  EXPECT_EQ(say("undo that"), "Undone: Added: milk, 2026-11-27T19:00:00");
  EXPECT_EQ(due("milk"), "");
}

TEST_F(InstantTest, OfTwoActionsTheOneThatItFitsIsCorrected) {
  say("add milk tomorrow at 18:00");
  EXPECT_EQ(say("delete it and add bread at 18:00"), "Deleted: milk\nAdded: bread, 2026-11-23T18:00:00");
  EXPECT_EQ(say("no, at 7"), "Added: bread, 2026-11-23T19:00:00");
  EXPECT_EQ(due("bread"), "2026-11-23T19:00:00");
  EXPECT_EQ(due("milk"), "") << "its deletion was not meant";
}

TEST_F(InstantTest, WhatFitsTwoActionsCorrectsNone) {
  say("add milk tomorrow at 18:00 and add bread at 20:00");
  EXPECT_EQ(say("no, at 7"), "-");
  EXPECT_EQ(due("milk"), "2026-11-24T18:00:00");
  EXPECT_EQ(due("bread"), "2026-11-23T20:00:00");
}

TEST_F(InstantTest, ACorrectedQuestionIsAskedAgain) {
  say("add milk tomorrow at 18:00");
  EXPECT_EQ(say("what is on Tuesday"), "On 2026-11-24: milk");
  EXPECT_EQ(say("what about Friday?"), "On 2026-11-27: milk");
}

TEST_F(InstantTest, WhatWasUndoneJustNowIsDoneAgain) {
  say("add milk tomorrow at 18:00");
  EXPECT_EQ(say("redo"), "There is nothing to do again: only what was undone just now can be.");
  say("add bread tomorrow at 19:00");
  EXPECT_EQ(say("undo that"), "Undone: Added: bread, 2026-11-24T19:00:00");
  EXPECT_EQ(due("bread"), "");
  EXPECT_EQ(say("redo"), "Done again.");
  EXPECT_EQ(due("bread"), "2026-11-24T19:00:00");
}

TEST_F(InstantTest, ItIsWhatWasJustMentioned) {
  say("add milk tomorrow at 18:00");
  EXPECT_EQ(say("delete it"), "Deleted: milk");
  EXPECT_EQ(say("delete it"), "-");
  say("add bread at 18:00");
  say("add eggs at 19:00");
  say("what is on Tuesday");
  EXPECT_EQ(say("delete it"), "-") << "two are meant";
  say("what is on Tuesday");
  EXPECT_EQ(say("delete the second one"), "Deleted: eggs");
}

TEST_F(InstantTest, WhatWasSaidLongAgoIsForgotten) {
  say("add milk tomorrow at 18:00");
  clock_.set(clock_.now() + std::chrono::minutes{11});
  EXPECT_EQ(say("delete it"), "-");
  EXPECT_EQ(due("milk"), "2026-11-24T18:00:00");
}

TEST_F(InstantTest, AFactIsRememberedCorrectedExplainedAndForgotten) {
  EXPECT_EQ(say("Remember that my sister's name is Ana."), "Remembered: your sister's name is Ana.");
  EXPECT_EQ(say("what is my sister's name?"), "Your sister's name is Ana.");
  EXPECT_EQ(say("why do you think that?"), "You said today at 10:00: \"Remember that my sister's name is Ana.\".");
  EXPECT_EQ(say("change that to my sister's name is Anna"),
            "Remembered: your sister's name is Anna. Before, it was: your sister's name is Ana.");
  EXPECT_EQ(say("forget that"), "Forgotten: your sister's name is Anna. For ten minutes it can be undone.");
  EXPECT_EQ(say("what is my sister's name?"), "-");
  EXPECT_THAT(say("undo that"), testing::HasSubstr("Undone"));
  EXPECT_EQ(say("what is my sister's name?"), "Your sister's name is Anna.");
}

TEST_F(InstantTest, NothingIsLearntWithoutBeingAskedTo) {
  for (const char* text : {"my name is Ana", "my sister's name is Ana, remember?", "do you remember that I like tea?",
                           "remember that time we went to Rome", "remember when it was cold", "she said remember that",
                           "what is my name", "I remember that my sister's name is Ana"}) {
    say(text);
    EXPECT_TRUE(records_->all("memory")->empty()) << text;
  }
  EXPECT_TRUE(store_->entries({})->empty());
}

TEST_F(InstantTest, ADialogueSurvivesAsJson) {
  say("remember the keys");
  dialogue_ = dialogue_from_json(parse_json(to_json_text(to_json(dialogue_))).value()).value();
  EXPECT_EQ(say("at 18:00"), "Added: the keys, 2026-11-23T18:00:00");
  for (const char* bad : {"{}", "[]", "3", R"({"time_ms":"x","mentions":[],"last":[],"last_ids":[]})"}) {
    EXPECT_FALSE(dialogue_from_json(parse_json(bad).value())) << bad;
  }
}

}  // namespace
}  // namespace favilla

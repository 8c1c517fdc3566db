// Which matches are broken.
#include "understand/understanding.h"

#include <gtest/gtest.h>

namespace favilla {
namespace {

class UnderstandingTest : public testing::Test {
 protected:
  // The text that a sentence of the templates has, or "" when it fits none.
  std::string text_of(std::string_view sentence) const { return argument_of(sentence, "text"); }

  // Those of all actions, joined by "|".
  std::string texts_of(std::string_view sentence) const {
    std::string texts;
    const auto plan = understanding_.likeliest(sentence, context_);
    for (const PlannedAction& action : plan ? plan->actions : std::vector<PlannedAction>()) {
      texts += (texts.empty() ? "" : "|") + action.arguments["text"].get<std::string>();
    }
    return texts;
  }

  std::string argument_of(std::string_view sentence, const char* name) const {
    const auto plan = understanding_.likeliest(sentence, context_);
    return plan ? plan->actions[0].arguments.value(name, "") : "";
  }

  // What slots of [add] read, "WORDS=VALUES" joined by "|".
  std::string slots_of(std::string_view sentence) const {
    std::string slots;
    for (const FoundSlot& slot : understanding_.find_slots("reminders", "add", sentence, context_)) {
      slots += (slots.empty() ? "" : "|") + std::string(sentence.substr(slot.from, slot.to - slot.from));
      for (const auto& [name, value] : slot.arguments) slots += "=" + value.get<std::string>();
    }
    return slots;
  }

  bool is_sure(std::string_view sentence) const { return understanding_.plan(sentence, context_).has_value(); }

 private:
  const Understanding understanding_ =
      Understanding::load({{"reminders",
                            "[add]\nnote {text:text}\nnote down to {text:text}\ndo {task:text}\n"
                            "when is {event:text}\ncancel the {title:text} note\n"
                            "remember {text:text} at {datetime:due}\n"
                            "book {datetime:due} {text:text}\nbook {event:text}"}})
          .value();
  const TimeContext context_{parse_iso_local("2026-11-23T09:00:00").value(), TimeZone::utc()};
};

TEST_F(UnderstandingTest, AClauseAfterACommaIsNoFreeText) {
  EXPECT_EQ(text_of("note buy milk, eggs"), "buy milk, eggs");
  EXPECT_EQ(text_of("note buy milk, put it on the list"), "");
  EXPECT_EQ(text_of("note put it on the list"), "put it on the list");
}

TEST_F(UnderstandingTest, AWordThatTellsHowOftenIsNoFreeTextAtItsEnd) {
  EXPECT_EQ(text_of("remember send the weekly report at 5 pm"), "send the weekly report");
  EXPECT_EQ(text_of("remember take tablets, daily at 5 pm"), "");
}

TEST_F(UnderstandingTest, ATaskEndsWithNoTime) {
  EXPECT_EQ(text_of("do pay the March invoice on Friday"), "");
  EXPECT_EQ(text_of("do water the plants tomorrow or Thursday"), "");
  EXPECT_EQ(text_of("do ask Tom about the 5 o'clock news"), "ask Tom about the 5 o'clock news");
  EXPECT_EQ(text_of("note the code changes on Friday"), "the code changes on Friday");
}

TEST_F(UnderstandingTest, WhatTakesBackAfterACommaIsNoFreeText) {
  EXPECT_EQ(text_of("note call Ana, no, Bob"), "");
  EXPECT_EQ(text_of("note milk, but only the cheap one"), "");
}

TEST_F(UnderstandingTest, ASecondActionTakesTheFirstWordsOfTheFirst) {
  EXPECT_EQ(texts_of("remember rice at 5 pm and beans at 6 pm"), "rice|beans");
  EXPECT_EQ(texts_of("remember rice and beans at 6 pm"), "rice and beans");
  EXPECT_EQ(texts_of("note rice and beans"), "rice and beans");
  EXPECT_EQ(texts_of("remember rice at 5 pm and the beans"), "");
  EXPECT_EQ(texts_of("cancel the boiler note and the wifi note"), "boiler|wifi");
}

TEST_F(UnderstandingTest, ATextThatGoesOnAsARequestIsDoubted) {
  EXPECT_TRUE(is_sure("note the roof leaks"));
  EXPECT_FALSE(is_sure("note the roof leaks and remember call Sara at 5"));
  EXPECT_FALSE(is_sure("note the roof leaks, remember call Sara at 5"));
  EXPECT_TRUE(is_sure("note down to call Bob and remember call Sara at 5"));     // both are to be done
  EXPECT_FALSE(is_sure("note down to call Bob and remember set a timer at 5"));  // only an assistant has it
}

TEST_F(UnderstandingTest, ATimeOfADayThatWasSaidBeforeIsNone) {
  EXPECT_EQ(argument_of("remember call Sara at six this evening", "due"), "2026-11-23T18:00:00");
  EXPECT_EQ(argument_of("remember call Sara at six that evening", "due"), "");
}

TEST_F(UnderstandingTest, APrepositionBeforeThatOfATimeIsTheVerbs) {
  EXPECT_EQ(text_of("remember turn the oven on at 6"), "turn the oven on");
  EXPECT_EQ(text_of("remember turn the oven at 6"), "turn the oven");
}

TEST_F(UnderstandingTest, ADayOffIsNoVerb) {
  EXPECT_EQ(text_of("remember turn it off at 6"), "turn it off");
  EXPECT_EQ(text_of("remember ask for a day off at 6"), "");
}

TEST_F(UnderstandingTest, ATextKeepsWhatClosesItsBrackets) {
  EXPECT_EQ(text_of("note call Bob (the plumber)"), "call Bob (the plumber)");
  EXPECT_EQ(text_of("note \"call Bob\""), "call Bob");
  EXPECT_EQ(text_of("note (call Bob)"), "call Bob");
}

TEST_F(UnderstandingTest, AtTheTimeThatItIsTheNextOneIsMeant) {
  EXPECT_EQ(argument_of("remember call Bob at 9", "due"), "2026-11-23T21:00:00");
}

TEST_F(UnderstandingTest, AQuestionMayEndInAgain) {
  EXPECT_EQ(text_of("when is dinner with Sara again"), "dinner with Sara");
  EXPECT_EQ(text_of("note call Sara again"), "call Sara again");
}

TEST_F(UnderstandingTest, FillersAreNotWords) {
  EXPECT_EQ(text_of("um note uh buy milk"), "buy milk");
  EXPECT_EQ(text_of("note buy um, oat milk"), "buy oat milk");
  EXPECT_EQ(text_of("remember call Bob at like 6"), "call Bob");
  EXPECT_EQ(text_of("note I like tea"), "I like tea");
}

TEST_F(UnderstandingTest, AMealIsATitleUnlessAPrepositionMakesItATime) {
  EXPECT_EQ(text_of("book dinner with Sara"), "dinner with Sara");
  EXPECT_EQ(argument_of("remember call Sara at lunch", "due"), "2026-11-23T12:00:00");
}

TEST_F(UnderstandingTest, AnEventBeginsWithNoWordThatAsksForIt) {
  EXPECT_EQ(text_of("book a lunch with Sara"), "a lunch with Sara");
  EXPECT_EQ(text_of("book no lunch"), "");
}

TEST_F(UnderstandingTest, SlotsAreFoundWhereverTheyStand) {
  EXPECT_EQ(slots_of("oh, the plumber, at 6 tomorrow, that must not slip"),
            "at 6 tomorrow=2026-11-24T18:00:00|at 6=2026-11-23T18:00:00");
  EXPECT_EQ(slots_of("the plumber must not slip"), "");
  EXPECT_EQ(slots_of(""), "");
  std::string many = "at 6";
  for (int i = 0; i < 100; ++i) many += " and at 6";
  EXPECT_EQ(slots_of(many), "");
}

TEST_F(UnderstandingTest, GettingUpIsInTheMorning) {
  EXPECT_EQ(argument_of("remember get up at 6 tomorrow", "due"), "2026-11-24T06:00:00");
  EXPECT_EQ(argument_of("remember call Bob at 6 tomorrow", "due"), "2026-11-24T18:00:00");
}

}  // namespace
}  // namespace favilla

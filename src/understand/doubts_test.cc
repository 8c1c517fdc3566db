// What speaks against a match, and that what is too doubtful is not acted on.
#include "understand/doubts.h"

#include <gtest/gtest.h>

#include "understand/understanding.h"

namespace favilla {
namespace {

constexpr std::string_view kWeights =
    "sure 3\nfree_word 0.5\nname_word 0.5\nbare_template 0.5\nearlier_end 1\nthing 1\npointer 1\npreposition 1\n"
    "clause 1\ntime_in_text 1\nsecond_best 1\nleast_confidence 0.9\n";

class DoubtsTest : public testing::Test {
 protected:
  std::optional<Plan> likeliest(std::string_view sentence) const {
    return understanding_.likeliest(sentence, {parse_iso_local("2026-11-23T09:00:00").value(), TimeZone::utc()});
  }

  // The doubts about what the templates below make of a sentence, "-" when it is nothing.
  std::string doubts_of(std::string_view sentence) const {
    const std::optional<Plan> plan = likeliest(sentence);
    return plan ? to_json_text(plan->doubts[0]) : "-";
  }

  const Understanding understanding_ =
      Understanding::load({{"t",
                            "[do]\nplease put {text:item} on the {name:list} list\nplease turn off {name:name}\n"
                            "please note {text:text}\nplease write {text:text} on paper\nplease bring {text:text} to "
                            "{name:name}\n{text:text} goes here\n"
                            "please write {text:text} at {time:time}\nplease cancel {name:name} at {time:time}\n"}})
          .value();
};

TEST_F(DoubtsTest, ASureMatchHasNone) {
  EXPECT_EQ(doubts_of("please turn off the lamp"), "{}");
  EXPECT_EQ(doubts_of("please note that the train leaves at 7 and waits for nobody"), "-");  // "that" is no beginning
  EXPECT_EQ(doubts_of("please note the train leaves at 7"), "{}");
}

TEST_F(DoubtsTest, ATextWithWordsBehindItMayEndAtEachOfIts) {
  EXPECT_EQ(doubts_of("please bring oat milk to Ana"), R"({"free_word":2})");
  EXPECT_EQ(doubts_of("please bring oat milk, eggs and rice to Ana"), R"({"free_word":2})");  // the longest part
  EXPECT_EQ(doubts_of("please bring \"oat milk\" to Ana"), "{}");
  EXPECT_EQ(doubts_of("please put oat milk on the shopping list"), "{}");  // it ends where "on the" is
  EXPECT_EQ(doubts_of("please write oat milk at 7"), "{}");                // or a time
}

TEST_F(DoubtsTest, AnEarlierEndIsOne) {
  EXPECT_EQ(doubts_of("please write what is on paper on paper"), R"({"earlier_end":1})");
}

TEST_F(DoubtsTest, NamesThatAreSomethingElse) {
  EXPECT_EQ(doubts_of("please turn off my alarm"), R"({"thing":1})");
  EXPECT_EQ(doubts_of("please turn off everything"), R"({"pointer":1})");
  EXPECT_EQ(doubts_of("please turn off the lamp behind the couch"), R"({"name_word":1,"preposition":1})");
  EXPECT_EQ(doubts_of("please turn off the lamp and heater"), R"({"clause":1})");
}

TEST_F(DoubtsTest, WhatIsNamedAgainBehindAndIsAnother) {
  EXPECT_EQ(doubts_of("please note the trip and emails from Rui"), R"({"clause":1})");
  EXPECT_EQ(doubts_of("please note half and half"), R"({"clause":1})");
  EXPECT_EQ(doubts_of("please note the date and burn it"), R"({"clause":1})");
  EXPECT_EQ(doubts_of("please note rice and beans"), "{}");
  EXPECT_EQ(doubts_of("please put the stamps reminder on the shopping list"), R"({"thing":1})");
  EXPECT_EQ(doubts_of("please put an alarm on the shopping list"), "{}");
}

TEST_F(DoubtsTest, WhatOnlyPointsIsNothing) {
  EXPECT_EQ(doubts_of("please note this again"), "-");
  EXPECT_EQ(doubts_of("please turn off the last one"), "-");
  EXPECT_EQ(doubts_of("please turn off the whole house"), "-");
  EXPECT_EQ(doubts_of("please turn off 1"), "-");
}

TEST_F(DoubtsTest, NamesThatBeginInTheMiddleAreBroken) {
  EXPECT_EQ(doubts_of("please turn off with care"), "-");
  EXPECT_EQ(doubts_of("please cancel the next at 7 pm"), "-");
  EXPECT_EQ(doubts_of("please note to self"), "-");
}

TEST_F(DoubtsTest, ATemplateWithoutWordsOfItsOwnSaysLittle) {
  EXPECT_EQ(doubts_of("the lamp goes here"), "{}");
  const Understanding bare = Understanding::load({{"t", "[do]\n{name:name} off\n"}}).value();
  const auto plan = bare.likeliest("lamp off", {parse_iso_local("2026-11-23T09:00:00").value(), TimeZone::utc()});
  ASSERT_TRUE(plan);
  EXPECT_EQ(to_json_text(plan->doubts[0]), R"({"bare_template":1})");
}

TEST_F(DoubtsTest, TheDoubtfulIsNotActedOn) {
  const TimeContext context{parse_iso_local("2026-11-23T09:00:00").value(), TimeZone::utc()};
  EXPECT_TRUE(understanding_.plan("please turn off the lamp", context));
  EXPECT_TRUE(understanding_.likeliest("please turn off all the alarms", context));
  EXPECT_FALSE(understanding_.plan("please turn off all the alarms", context));
}

TEST(DoubtWeights, EachDoubtTakesFromTheSum) {
  const DoubtWeights weights = read_doubt_weights(kWeights).value();
  const EntityFinder finder = EntityFinder::load("en").value();
  const DoubtFinder doubts(finder, {}, weights);
  Doubts found;
  EXPECT_NEAR(doubts.confidence(found), 0.9526, 1e-4);
  found[Doubt::kThing] = 1;
  found[Doubt::kFreeWord] = 4;
  EXPECT_NEAR(doubts.confidence(found), 0.5, 1e-9);
  EXPECT_EQ(doubts.least_confidence(), 0.9);
}

TEST(DoubtWeights, AllMustBeThereAndNoOthers) {
  EXPECT_FALSE(read_doubt_weights(std::string(kWeights) + "boredom 1\n"));
  EXPECT_FALSE(read_doubt_weights(std::string(kWeights) + "thing one\n"));
  EXPECT_FALSE(read_doubt_weights(std::string(kWeights) + "thing\n"));
  EXPECT_FALSE(read_doubt_weights(kWeights.substr(0, kWeights.find("second_best"))));
  EXPECT_TRUE(read_doubt_weights("# a comment\n" + std::string(kWeights)));
}

}  // namespace
}  // namespace favilla

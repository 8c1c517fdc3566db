// Who is heard about which function: the classifier about those that it learned, the reranker about all others.
#include "assistant/agent/agent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <utility>

namespace favilla {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::filesystem::path kModels = std::filesystem::path(FAVILLA_SOURCE_DIR) / "tests/golden/models";

class StandInClassifier : public FunctionClassifier {
 public:
  Result<std::map<std::string, double>> classify(std::string_view sentence) override {
    heard.emplace_back(sentence);
    return probabilities;
  }
  std::map<std::string, double> probabilities;
  std::vector<std::string> heard;
};

class StandInReranker : public Reranker {
 public:
  Result<double> score(std::string_view, std::string_view function) override {
    read.emplace_back(function);
    return fit;
  }
  double fit = -5;
  std::vector<std::string> read;
};

class AgentTest : public testing::Test {
 protected:
  AgentReply decide(std::vector<ChatMessage> messages, const std::vector<std::string>& functions) {
    Agent agent({.session = session_,
                 .tokenizer = tokenizer_,
                 .format = nullptr,
                 .reranker = &reranker_,
                 .classifier = &classifier_},
                entities_);
    AgentRequest request{.messages = std::move(messages), .tools = {}};
    for (const std::string& name : functions) {
      request.tools.push_back({.name = name, .description = "", .parameters = Json::object()});
    }
    request.time = {LocalSeconds{}, TimeZone::of_this_machine()};
    return agent.decide(request).value();
  }

  static ChatMessage says(Role role, std::string text) {
    return {.role = role, .content = std::move(text), .thinking = {}};
  }

  const std::filesystem::path path_ = kModels / "llama-f32.gguf";
  Engine engine_ = std::move(Engine::load(std::move(GgufFile::open(path_)).value(), {.threads = 1})).value();
  Tokenizer tokenizer_ = std::move(Tokenizer::load(GgufFile::open(path_).value())).value();
  Session session_ = std::move(engine_.new_session({})).value();
  EntityFinder entities_ = std::move(EntityFinder::load()).value();
  StandInClassifier classifier_;
  StandInReranker reranker_;
};

TEST_F(AgentTest, WhatTheClassifierLearnedIsItsAlone) {
  classifier_.probabilities = {{"none", 0.1}, {"clock_now", 0.2}, {"lists_show", 0.7}};
  const AgentReply reply = decide({says(Role::kUser, "what is still open")}, {"clock_now", "lists_show"});
  ASSERT_EQ(reply.calls.size(), 1U);
  EXPECT_EQ(reply.calls[0].name, "lists_show");
  EXPECT_THAT(classifier_.heard, ElementsAre("what is still open"));
  EXPECT_THAT(reranker_.read, IsEmpty());
  ASSERT_EQ(reply.trace.ranked.size(), 2U);
  EXPECT_NEAR(reply.trace.ranked[0].known, std::log(0.7 / 0.3), 1e-9);
  EXPECT_GT(reply.trace.ranked[0].score, reply.trace.ranked[1].score);

  classifier_.probabilities = {{"none", 0.98}, {"clock_now", 0.01}, {"lists_show", 0.01}};
  EXPECT_THAT(decide({says(Role::kUser, "what a day")}, {"clock_now", "lists_show"}).calls, IsEmpty());
  classifier_.probabilities = {{"none", 0}, {"lists_show", 1}};
  EXPECT_TRUE(std::isfinite(decide({says(Role::kUser, "lists")}, {"lists_show"}).trace.ranked[0].score));
}

TEST_F(AgentTest, WhatItDidNotLearnIsForTheReranker) {
  classifier_.probabilities = {{"none", 0.9}, {"lists_show", 0.1}};
  reranker_.fit = 8;
  const AgentReply reply = decide({says(Role::kUser, "track my parcel")}, {"lists_show", "parcels__track"});
  ASSERT_EQ(reply.calls.size(), 1U);
  EXPECT_EQ(reply.calls[0].name, "parcels__track");
  EXPECT_THAT(reranker_.read, ElementsAre("parcels track"));
}

TEST_F(AgentTest, AConversationIsForTheReranker) {
  classifier_.probabilities = {{"none", 0.1}, {"lists_show", 0.9}};
  decide({says(Role::kUser, "hello"), says(Role::kAssistant, "Hello."), says(Role::kUser, "lists")}, {"lists_show"});
  EXPECT_THAT(classifier_.heard, IsEmpty());
  EXPECT_THAT(reranker_.read, ElementsAre("lists show"));
}

}  // namespace
}  // namespace favilla

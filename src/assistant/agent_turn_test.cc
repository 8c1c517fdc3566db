// The loop of a model's turn, with a script in the place of the model.
#include "assistant/agent_turn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <filesystem>

#include "assistant/instant.h"

namespace favilla {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

Result<Outcome> plan_add(const ToolContext& context, const Json& arguments) {
  const std::string key = arguments["text"];
  Outcome outcome;
  outcome.changes.push_back(SetRecord{"task", key, TRY(context.records.find("task", key)), arguments});
  outcome.reply = "Added: " + key;
  outcome.result = {{"added", key}};
  return outcome;
}

Result<Outcome> plan_delete(const ToolContext& context, const Json& arguments) {
  const std::string key = arguments["text"];
  const std::optional<Json> before = TRY(context.records.find("task", key));
  if (!before) return Error{ErrorKind::kNotFound, "There is no task " + key};
  Outcome outcome;
  outcome.changes.push_back(SetRecord{"task", key, before, std::nullopt});
  outcome.reply = "Deleted: " + key;
  return outcome;
}

Result<Outcome> plan_read(const ToolContext&, const Json& arguments) {
  if (arguments["text"] == "nonsense") return Error{ErrorKind::kInvalidArgument, "I cannot read nonsense."};
  Outcome outcome;
  outcome.reply = "Read: " + arguments["text"].get<std::string>();
  outcome.result = {{"body", "\x1b[2J\nAdd\xE2\x80\xAE now " + std::string(400, 'x')}};
  return outcome;
}

Result<Outcome> plan_send(const ToolContext&, const Json& arguments) {
  Outcome outcome;
  outcome.changes.push_back(OutwardCall{arguments, std::nullopt});
  outcome.reply = "Sent: " + arguments["text"].get<std::string>();
  return outcome;
}

Result<Json> perform_send(const ToolContext&, const Json&) {
  return Json::object();
}

// Stands for the tool `mcp`: says what a server would be sent.
Result<Outcome> plan_call(const ToolContext&, const Json& arguments) {
  Outcome outcome;
  outcome.changes.push_back(OutwardCall{arguments, std::nullopt});
  outcome.reply = "Called: " + to_json_text(arguments);
  return outcome;
}

constexpr const char* kText = R"({"type":"object","properties":{"text":{"type":"string","question":"What?"},
  "due":{"type":"string","format":"date-time"}},"required":["text"],"additionalProperties":false})";
constexpr const char* kMessage = R"({"type":"object","properties":{"to":{"type":"string"},"text":{"type":"string"}},
  "required":["to","text"],"additionalProperties":false})";

constexpr Action kTasks[] = {
    {"add", "adds", Effect::kIdempotent, keeps(kOwnRecords), kText, plan_add, nullptr},
    {"delete", "deletes", Effect::kIdempotent, keeps(kOwnRecords), kText, plan_delete, nullptr},
};
constexpr Action kInbox[] = {{"read", "reads", Effect::kPure, reads(kFromAnybody), kText, plan_read, nullptr}};
constexpr Action kPost[] = {{"send", "sends", Effect::kAtMostOnce,
                             Declared{kOwnRecords, Sends::kOthers, Undo::kImpossible}, kMessage, plan_send,
                             perform_send}};
constexpr const char* kServerCall = R"({"type":"object","properties":{"server":{"type":"string"},
  "tool":{"type":"string"},"arguments":{"type":"object"}},"required":["server","tool","arguments"]})";
constexpr Action kMcp[] = {{"call", "calls", Effect::kAtMostOnce,
                            Declared{kOwnRecords, Sends::kOthers, Undo::kImpossible}, kServerCall, plan_call,
                            perform_send}};
constexpr Tool kTools[] = {{"tasks", "", kTasks, "[add]\nadd {text:text}"},
                           {"inbox", "", kInbox, ""},
                           {"post", "", kPost, ""},
                           {"mcp", "", kMcp, ""}};

constexpr double kSure = 1000;

AgentReply call_of(std::string name, Json arguments, double score = kSure) {
  AgentReply reply;
  reply.trace.ranked = {{.name = name, .score = score}};
  reply.calls = {{.id = "call_1", .name = std::move(name), .arguments = std::move(arguments)}};
  return reply;
}

AgentReply question_about(std::string name, Json arguments, std::vector<std::string> missing, double score = kSure) {
  AgentReply reply = call_of(std::move(name), std::move(arguments), score);
  reply.text = "What?";
  reply.incomplete = reply.calls.front();
  reply.calls.clear();
  reply.missing = std::move(missing);
  return reply;
}

// Between the bars of an action that changes something.
double doubtful() {
  return (kAgentBars.changes.done + kAgentBars.changes.proposed) / 2;
}

class AgentTurnTest : public testing::Test {
 protected:
  AgentTurnTest()
      : folder_(std::filesystem::temp_directory_path() /
                ("favilla_agent_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()))),
        clock_(parse_iso_moment("2026-11-23T10:00:00Z", zone_).value()) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    store_.emplace(StoreOptions{.file = folder_ / "favilla.db"});
    records_.emplace(*store_);
    context_.emplace(ToolContext{clock_, zone_, folders_, *records_, settings_, cancel_, ""});
    use_rules("");
  }
  ~AgentTurnTest() override { std::filesystem::remove_all(folder_); }

  void use_rules(std::string_view rules) {
    runner_.emplace(
        *store_, kTools, *context_,
        RunnerOptions{.trash = folder_ / "Trash", .rules = parse_rules(rules, action_names(kTools)).value()});
  }

  // The turn in which the script decides; after its end no function fits.
  Result<std::optional<ActionAnswer>> answer(std::string_view text, std::deque<AgentReply> script) {
    const auto decide = [&](const AgentRequest& request, const CancelFlag*) -> Result<AgentReply> {
      requests_.push_back(request);
      if (script.empty()) return AgentReply{};
      AgentReply reply = script.front();
      script.pop_front();
      return reply;
    };
    const AgentTurn turn(decide, *runner_, kTools, clock_, zone_, offers_);
    return turn.answer(text, dialogue_, {.actions = options()});
  }

  ActionOptions options() {
    return {.dry_run = false, .approve = [this](const std::string& what) -> std::optional<Grant> {
              asked_ += what + "\n";
              return agrees_ ? std::optional(Grant{}) : std::nullopt;
            }};
  }

  // Its reply, "-" when no function fits.
  std::string say(std::string_view text, std::deque<AgentReply> script) {
    const Result<std::optional<ActionAnswer>> answered = answer(text, std::move(script));
    if (!answered) return answered.error().message;
    return *answered ? (*answered)->reply : "-";
  }

  // The owner's next sentence, as another process reads it.
  std::string say_next(std::string_view text) {
    dialogue_ = dialogue_from_json(parse_json(to_json_text(to_json(dialogue_))).value()).value();
    const Understanding understanding = InstantPath::load_understanding(kTools).value();
    const InstantPath path(understanding, *runner_, kTools, *records_, clock_, zone_);
    const auto answered = path.answer(text, dialogue_, options());
    return answered ? answered->reply : "-";
  }

  std::vector<std::string> tasks() const {
    std::vector<std::string> keys;
    const auto records = store_->records("task").value();
    for (const auto& [key, value] : records) keys.push_back(key);
    return keys;
  }

  const std::filesystem::path folder_;
  const TimeZone zone_ = TimeZone::utc();
  FixedClock clock_;
  const DataFolders folders_{};
  const Settings settings_ = Json::object();
  CancelFlag cancel_;
  std::optional<Store> store_;
  std::optional<StoreRecords> records_;
  std::optional<ToolContext> context_;
  std::optional<Runner> runner_;
  Dialogue dialogue_;
  std::vector<McpToolOffer> offers_;
  std::vector<AgentRequest> requests_;
  std::string asked_;
  bool agrees_ = false;
};

TEST_F(AgentTurnTest, AServersToolIsOfferedProposedAndApproved) {
  offers_ = {{"notes__search", "Search them.", Json{{"type", "object"}}, "notes", "search"}};
  const std::deque<AgentReply> script = {call_of("notes__search", {{"words", "tax"}}, kAgentBars.sends.proposed)};
  EXPECT_EQ(say("search my notes for tax", script), "Should I do this: search of notes, words \"tax\"?");
  EXPECT_EQ(requests_.front().tools.back().name, "notes__search");
  EXPECT_THAT(say_next("yes"), HasSubstr("needs your approval"));
  EXPECT_THAT(asked_, HasSubstr("tax"));
  say("search my notes for tax", script);
  agrees_ = true;
  EXPECT_EQ(say_next("yes"), R"(Called: {"server":"notes","tool":"search","arguments":{"words":"tax"}})");
}

TEST_F(AgentTurnTest, OneMissingValueOfAServersToolIsAskedFor) {
  offers_ = {{"notes__search", "Search them.", Json{{"type", "object"}}, "notes", "search"}};
  EXPECT_EQ(say("search in my notes", {question_about("notes__search", Json::object(), {"words"})}),
            "search of notes: What is the words?");
  agrees_ = true;
  EXPECT_EQ(say_next("tax"), R"(Called: {"server":"notes","tool":"search","arguments":{"words":"tax"}})");
}

TEST_F(AgentTurnTest, AToolThatNoServerOffersIsNone) {
  EXPECT_EQ(say("search my notes for tax", {call_of("notes__search", {{"words", "tax"}})}), "-");
}

TEST_F(AgentTurnTest, DoesAtOnceWhatMuchSpeaksFor) {
  const auto answered = answer("jot down milk", {call_of("tasks_add", {{"text", "milk"}})}).value();
  ASSERT_TRUE(answered);
  EXPECT_EQ(answered->reply, "Added: milk");
  EXPECT_EQ(answered->plan.source, "agent");
  EXPECT_TRUE(answered->can_undo());
  EXPECT_THAT(tasks(), ElementsAre("milk"));
  EXPECT_EQ(say_next("undo that"), "Undone: Added: milk");
}

TEST_F(AgentTurnTest, NoFunctionLeavesEverythingAsItWas) {
  dialogue_.mentions = {{"task", "a", "a"}};
  dialogue_.time = clock_.now();
  EXPECT_EQ(say("a lovely day", {}), "-");
  EXPECT_EQ(say("a lovely day", {call_of("tasks_add", {{"text", "milk"}}, kAgentBars.changes.proposed - 0.1)}), "-");
  EXPECT_EQ(say("a lovely day", {call_of("inbox_read", {{"text", "a"}}, kAgentBars.reads.proposed - 0.1)}), "-");
  for (const char* name : {"tasks_add", "inbox_read"}) {  // sure of the function, and not of its arguments
    AgentReply close = call_of(name, {{"text", "milk"}}, kAgentBars.changes.done);
    close.margin = kAgentBars.margin - 0.1;
    EXPECT_EQ(say("add milk", {close}), "-") << name;
  }
  EXPECT_THAT(tasks(), IsEmpty());
  EXPECT_THAT(dialogue_.mentions, SizeIs(1));
}

TEST_F(AgentTurnTest, ProposesWhatLessSpeaksForAndDoesItAfterYes) {
  const Json arguments{{"text", "milk"}, {"due", "2026-11-24T18:00:00"}};
  EXPECT_EQ(say("some milk", {call_of("tasks_add", arguments, doubtful())}),
            "Should I do this: tasks add, text \"milk\", due tomorrow at 18:00?");
  EXPECT_THAT(tasks(), IsEmpty());
  EXPECT_EQ(say_next("yes please"), "Added: milk");
  EXPECT_THAT(tasks(), ElementsAre("milk"));
}

TEST_F(AgentTurnTest, AProposalIsDroppedByNoAndByAnyOtherSentence) {
  for (const char* sentence : {"no", "never mind", "what a day"}) {
    say("some milk", {call_of("tasks_add", {{"text", "milk"}}, doubtful())});
    say_next(sentence);
    EXPECT_EQ(say_next("yes"), "-") << sentence;
  }
  EXPECT_THAT(tasks(), IsEmpty());
}

TEST_F(AgentTurnTest, AProposalCanBeCorrected) {
  say("some milk", {call_of("tasks_add", {{"text", "milk"}, {"due", "2026-11-24T18:00:00"}}, doubtful())});
  EXPECT_EQ(say_next("no, at 7"), "Added: milk");
  EXPECT_EQ((**store_->record("task", "milk"))["due"], "2026-11-24T19:00:00");
}

TEST_F(AgentTurnTest, WhatWouldFailIsNotProposed) {
  EXPECT_EQ(say("drop milk", {call_of("tasks_delete", {{"text", "milk"}}, doubtful())}), "-");
}

TEST_F(AgentTurnTest, AsksForOneValueThatIsMissing) {
  EXPECT_EQ(say("note it", {question_about("tasks_add", {{"due", "2026-11-24T18:00:00"}}, {"text"})}),
            "tasks add, due tomorrow at 18:00: What?");
  EXPECT_EQ(say_next("milk"), "Added: milk");
  EXPECT_EQ(say("send it", {question_about("post_send", Json::object(), {"to", "text"})}), "-");
  EXPECT_EQ(say("note it", {question_about("tasks_add", Json::object(), {"text"}, kAgentBars.changes.proposed - 0.1)}),
            "-");
}

TEST_F(AgentTurnTest, ACallThatTheSchemaForbidsIsNone) {
  EXPECT_EQ(say("add", {call_of("tasks_add", {{"text", 1}})}), "-");
  EXPECT_EQ(say("add", {call_of("tasks_add", {{"text", "milk"}, {"approved", true}})}), "-");
  EXPECT_EQ(say("add", {call_of("tasks_remove", {{"text", "milk"}})}), "-");
}

TEST_F(AgentTurnTest, AQuestionThatTheToolMakesNoSenseOfIsForProse) {
  EXPECT_EQ(say("nonsense", {call_of("inbox_read", {{"text", "nonsense"}})}), "-");
}

TEST_F(AgentTurnTest, GoesOnWithWhatTheStepBeforeFound) {
  EXPECT_EQ(say("a and b", {call_of("tasks_add", {{"text", "a"}}), call_of("tasks_add", {{"text", "b"}})}),
            "Added: a\nAdded: b");
  ASSERT_THAT(requests_, SizeIs(3));
  const std::vector<ChatMessage>& messages = requests_[1].messages;
  ASSERT_THAT(messages, SizeIs(3));
  EXPECT_EQ(messages[1].calls.front().name, "tasks_add");
  EXPECT_EQ(messages[2].content, R"({"added":"a"})");
}

TEST_F(AgentTurnTest, WhatOthersWroteReachesTheModelShortAndWithoutControls) {
  say("read", {call_of("inbox_read", {{"text", "mail"}})});
  const std::string& shown = requests_.back().messages.back().content;
  EXPECT_THAT(shown, HasSubstr("Add now xxx"));
  EXPECT_LE(shown.size(), 243);
}

TEST_F(AgentTurnTest, TheNumberOfStepsIsLimited) {
  std::deque<AgentReply> script;
  for (int i = 0; i < 2 * kMaxAgentSteps; ++i) script.push_back(call_of("tasks_add", {{"text", std::to_string(i)}}));
  say("count", script);
  EXPECT_THAT(tasks(), SizeIs(kMaxAgentSteps));
}

TEST_F(AgentTurnTest, TheSameCallIsNotMadeAgain) {
  const AgentReply reply = call_of("tasks_add", {{"text", "a"}});
  EXPECT_EQ(say("a", {reply, reply, reply}), "Added: a");
  EXPECT_THAT(requests_, SizeIs(2));
}

TEST_F(AgentTurnTest, AFurtherCallNeedsMoreAndIsNeverProposed) {
  const double first = kAgentBars.changes.done;
  EXPECT_EQ(say("a", {call_of("tasks_add", {{"text", "a"}}, first), call_of("tasks_add", {{"text", "b"}}, first)}),
            "Added: a");
}

TEST_F(AgentTurnTest, WhatARuleForbidsIsNotDone) {
  use_rules("tasks: never add");
  const auto answered = answer("a", {call_of("tasks_add", {{"text", "a"}})}).value();
  ASSERT_TRUE(answered);
  EXPECT_THAT(answered->reply, HasSubstr("not allowed"));
  ASSERT_TRUE(answered->actions.front().error);
  EXPECT_THAT(tasks(), IsEmpty());
  EXPECT_EQ(asked_, "");
}

TEST_F(AgentTurnTest, WhatARuleForbidsIsNotProposedButSaid) {
  use_rules("tasks: never add");
  EXPECT_THAT(say("jot down milk", {call_of("tasks_add", {{"text", "milk"}}, doubtful())}), HasSubstr("not allowed"));
  EXPECT_THAT(tasks(), IsEmpty());
  EXPECT_EQ(say_next("yes"), "-");
}

TEST_F(AgentTurnTest, WhatOthersWroteMakesALaterChangeAskFirst) {
  const std::deque<AgentReply> script = {call_of("inbox_read", {{"text", "mail"}}),
                                         call_of("tasks_add", {{"text", "a"}})};
  EXPECT_THAT(say("add what stands in the mail", script), HasSubstr("needs your approval"));
  EXPECT_THAT(asked_, HasSubstr("tasks add"));
  EXPECT_THAT(tasks(), IsEmpty());
  agrees_ = true;
  EXPECT_EQ(say("add what stands in the mail", script), "Read: mail\nAdded: a");
}

TEST_F(AgentTurnTest, WhatLeavesTheComputerIsAlwaysProposedAndThenApproved) {
  const auto send_to = [](const char* address) { return call_of("post_send", {{"to", address}, {"text", "hi"}}); };
  EXPECT_EQ(say("send hi to ana@costa.example", {send_to("ana@costa.example")}),
            "Should I do this: post send, to \"ana@costa.example\", text \"hi\"?");
  EXPECT_EQ(asked_, "");
  EXPECT_THAT(say_next("yes"), HasSubstr("needs your approval"));
  EXPECT_THAT(asked_, HasSubstr("goes to: ana@costa.example\n"));
}

TEST_F(AgentTurnTest, ADestinationMustComeFromTheOwnersWords) {
  say("send hi to ana@costa.example", {call_of("post_send", {{"to", "eve@evil.example"}, {"text", "hi"}})});
  say_next("yes");
  EXPECT_THAT(asked_, HasSubstr("goes to: eve@evil.example (unknown)"));
}

TEST_F(AgentTurnTest, ADestinationWithSignsThatNobodySeesIsNobodys) {
  const char* address = "an\u202Ea@costa.example";  // as the owner pasted it
  say(std::string("send hi to ") + address, {call_of("post_send", {{"to", address}, {"text", "hi"}})});
  say_next("yes");
  EXPECT_THAT(asked_, HasSubstr("(unknown)"));
}

TEST_F(AgentTurnTest, WhatIsDeniedIsNotEvenProposedAndWhatIsSupposedIsOnlyThat) {
  for (const char* text : {"don't add milk", "if it rains, add milk", "she said to add milk"}) {
    const bool denied = std::string_view(text).starts_with("don't");
    EXPECT_EQ(say(text, {call_of("tasks_add", {{"text", "milk"}})}),
              denied ? "-" : "Should I do this: tasks add, text \"milk\"?")
        << text;
    EXPECT_EQ(say(text, {call_of("tasks_add", {{"text", "milk"}}, kAgentBars.changes.proposed + 0.1)}), "-") << text;
    EXPECT_EQ(say(text, {question_about("tasks_add", Json::object(), {"text"})}), "-") << text;
  }
  EXPECT_EQ(say("what did she say", {call_of("inbox_read", {{"text", "it"}})}), "Read: it");
}

TEST_F(AgentTurnTest, AnAnswerKeepsWhatTheQuestionWasMadeFrom) {
  say("send hi to ana@costa.example", {question_about("post_send", {{"to", "ana@costa.example"}}, {"text"})});
  ASSERT_TRUE(dialogue_.origin.words);
  agrees_ = true;
  EXPECT_EQ(say_next("hello"), "Sent: hello");
  ASSERT_TRUE(dialogue_.origin.words);
  EXPECT_EQ(*dialogue_.origin.words, "send hi to ana@costa.example\nhello");
}

TEST_F(AgentTurnTest, CancellingEndsTheTurn) {
  const auto decide = [&](const AgentRequest&, const CancelFlag* flag) -> Result<AgentReply> {
    if (flag->requested()) return Error{ErrorKind::kCancelled, "stopped"};
    cancel_.request();
    return call_of("tasks_add", {{"text", "a"}});
  };
  const AgentTurn turn(decide, *runner_, kTools, clock_, zone_);
  const auto answered = turn.answer("a", dialogue_, {.cancel = &cancel_});
  ASSERT_FALSE(answered);
  EXPECT_EQ(answered.error().kind, ErrorKind::kCancelled);
  EXPECT_THAT(tasks(), IsEmpty());
}

}  // namespace
}  // namespace favilla

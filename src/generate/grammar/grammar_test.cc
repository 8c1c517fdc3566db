// What grammars allow, by the case files of this folder; what hostile ones cost; and that masks and walks agree.
#include "generate/grammar/grammar.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <set>

#include "base/file.h"
#include "base/random.h"
#include "generate/generate.h"
#include "generate/score.h"

namespace favilla {
namespace {

const std::filesystem::path kSource = FAVILLA_SOURCE_DIR;

std::string with_line_breaks(std::string text) {
  for (size_t at = text.find("\\n"); at != std::string::npos; at = text.find("\\n", at)) text.replace(at, 2, "\n");
  return text;
}

// One case file. `compile` reads what stands behind the word `kind`.
template <class Compile>
void run_cases(const std::string& kind, const Compile& compile) {
  const auto path = kSource / "src/generate/grammar/cases" / (kind + ".case");
  std::string text = std::move(read_file(path)).value();
  std::optional<Result<Grammar>> grammar;
  std::string source;
  int lines = 0;
  while (!text.empty()) {
    const std::string line = text.substr(0, text.find('\n'));
    text.erase(0, line.size() + 1);
    const std::string word = line.substr(0, line.find(' '));
    const std::string rest = word.size() < line.size() ? line.substr(word.size() + 1) : "";
    if (word == kind) {
      source = rest;
      grammar = compile(rest);
    } else if (word == "error") {
      ASSERT_TRUE(grammar && !*grammar) << source;
      EXPECT_THAT(grammar->error().message, testing::HasSubstr(rest)) << source;
    } else if (word == "yes" || word == "no") {
      ASSERT_TRUE(grammar && *grammar) << source << (grammar ? grammar->error().message : "");
      EXPECT_EQ((*grammar)->matches(rest).value(), word == "yes") << source << "\n" << line;
    } else {
      EXPECT_THAT(line, testing::StartsWith("#"));
      continue;
    }
    ++lines;
  }
  EXPECT_GT(lines, 20);
}

TEST(Grammar, SchemasAllowWhatTheirCasesSay) {
  run_cases("schema", [](const std::string& text) { return Grammar::from_json_schema(text); });
}

TEST(Grammar, RegexesAllowWhatTheirCasesSay) {
  run_cases("regex", [](const std::string& text) { return Grammar::from_regex(text); });
}

TEST(Grammar, GbnfGrammarsAllowWhatTheirCasesSay) {
  run_cases("gbnf", [](const std::string& text) { return Grammar::from_gbnf(with_line_breaks(text)); });
}

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

// A chain of definitions, each twice the next.
std::string doubling_schema(const char* join) {
  std::string defs;
  for (int i = 0; i < 60; ++i) {
    defs += fmt::format(R"("d{}": {{"{}": [{{"$ref": "#/$defs/d{}"}}, {{"$ref": "#/$defs/d{}"}}]}},)", i, join, i + 1,
                        i + 1);
  }
  return fmt::format(R"({{"allOf": [{{"$ref": "#/$defs/d0"}}], "$defs": {{{} "d60": {{"type": "string"}}}}}})", defs);
}

std::string wide_schema(int members) {
  std::string all;
  for (int i = 0; i < members; ++i) all += fmt::format(R"({}"p{}": {{"type": "string"}})", i == 0 ? "" : ", ", i);
  return R"({"type": "object", "properties": {)" + all + "}}";
}

TEST(Grammar, HostileOnesAreRefusedAtOnceWithOneSentence) {
  constexpr int kGroups = 60'000;
  const auto schema = [](const std::string& text) { return Grammar::from_json_schema(text); };
  const auto regex = [](const std::string& text) { return Grammar::from_regex(text); };
  const auto gbnf = [](const std::string& text) { return Grammar::from_gbnf(text); };
  const auto expect_refused = [](const auto& compile, const std::string& text) {
    const auto start = std::chrono::steady_clock::now();
    const Result<Grammar> grammar = compile(text);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    ASSERT_FALSE(grammar) << text.substr(0, 100);
    EXPECT_LT(grammar.error().message.size(), 250U) << grammar.error().message;
    EXPECT_EQ(grammar.error().message.find('\n'), std::string::npos);
    EXPECT_LT(took.count(), 50 * 4) << text.substr(0, 100);  // four times the bar: other tests run beside this one
  };
  expect_refused(schema, repeated("[", kGroups));
  expect_refused(schema, repeated(R"({"items":)", kGroups) + "true" + repeated("}", kGroups));
  expect_refused(schema, repeated(R"({"items":)", 200) + "true" + repeated("}", 200));
  expect_refused(schema, doubling_schema("allOf"));
  expect_refused(schema, doubling_schema("anyOf"));
  expect_refused(schema, wide_schema(20'000));
  expect_refused(schema, R"({"type": "string", "pattern": ")" + repeated("(", kGroups) + R"("})");
  expect_refused(schema, R"({"type": "string", "pattern": "(((a{1,16}b{1,16}){16}){16}){16}"})");
  expect_refused(schema, R"({"type": "string", "pattern": "a{4000000000}"})");
  expect_refused(regex, repeated("(", kGroups) + repeated(")", kGroups));
  expect_refused(regex, repeated("(", 1000) + "a" + repeated(")", 1000));
  expect_refused(regex, "((((a{16}){16}){16}){16}){16}");
  expect_refused(gbnf, "root ::= " + repeated("(", kGroups));
  expect_refused(gbnf, "root ::= " + repeated("(", 5000) + "\"x\"" + repeated(")", 5000));
}

TEST(Grammar, PatternsThatAreHardForOthersAreNot) {
  for (const char* pattern : {"(a+)+$", "(a|a)*b?", "(x+x+)+y", "(.*a){1,12}"}) {
    const Result<Grammar> grammar = Grammar::from_regex(pattern);
    if (!grammar) continue;  // refusing is fine, too
    const auto start = std::chrono::steady_clock::now();
    (void)grammar->matches(repeated("a", 2000) + "!");
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    EXPECT_LT(took.count(), 500) << pattern;
  }
}

TEST(Grammar, BoundsOfAnySizeCostNothing) {
  const Result<Grammar> grammar = Grammar::from_json_schema(
      R"({"type": "array", "items": {"type": "string", "maxLength": 4000000000}, "maxItems": 3e9})");
  ASSERT_TRUE(grammar);
  EXPECT_LT(grammar->network().states(), 1000U);
  EXPECT_TRUE(grammar->matches(R"(["a", "b"])").value());
}

struct Loaded {
  Tokenizer tokenizer;
  Engine engine;
  grammar::TokenTrie trie;
};

Loaded load(const char* name) {
  GgufFile file = std::move(GgufFile::open(kSource / "tests/golden/models" / name)).value();
  Tokenizer tokenizer = std::move(Tokenizer::load(file)).value();
  Engine engine = std::move(Engine::load(std::move(file), {.threads = 1})).value();
  grammar::TokenTrie trie = grammar::TokenTrie::build(tokenizer);
  return {std::move(tokenizer), std::move(engine), std::move(trie)};
}

constexpr const char* kSchema = R"({"type": "object", "properties": {
  "name": {"type": "string", "maxLength": 6}, "tags": {"type": "array", "items": {"enum": ["a", "bc"]}, "maxItems": 2},
  "any": {"type": "string", "pattern": "^[a-f]{1,40}x?.{0,5}z$"}}, "required": ["name", "tags", "any"]})";

// The mask of each state says of every token what reading it byte by byte says.
TEST(Constraint, MasksSayOfEveryTokenWhatReadingItSays) {
  for (const char* name : {"llama-q4_1.gguf", "gemma3.gguf"}) {
    const Loaded model = load(name);
    const Grammar grammar = std::move(Grammar::from_json_schema(kSchema)).value();
    Random random(5);
    for (int walk = 0; walk < 20; ++walk) {
      Constraint constraint(grammar, model.trie);
      std::string text;
      for (int step = 0; step < 40 && !constraint.must_end(); ++step) {
        const grammar::Mask mask = **constraint.allowed();
        std::vector<TokenId> choices;
        for (size_t i = 0; i < model.tokenizer.size(); ++i) {
          const auto id = static_cast<TokenId>(i);
          const std::string piece = model.tokenizer.piece(id);
          if (piece.empty() || model.tokenizer.ends_generation(id)) continue;
          Constraint probe(grammar, model.trie);
          ASSERT_TRUE(probe.read(text));
          const bool allowed = probe.read(piece);
          ASSERT_EQ(mask.allowed.contains(id), allowed) << text << " + " << piece;
          if (allowed) choices.push_back(id);
        }
        if (choices.empty()) break;
        const TokenId next = choices[random.next_below(static_cast<uint32_t>(choices.size()))];
        text += model.tokenizer.piece(next);
        ASSERT_TRUE(constraint.read(model.tokenizer.piece(next)));
      }
    }
  }
}

std::string answer(Loaded& model, const Grammar& grammar, GenerateOptions options, GenerateResult* result = nullptr) {
  Constraint constraint(grammar, model.trie);
  options.constraint = &constraint;
  Session session = std::move(model.engine.new_session({})).value();
  std::string text;
  const std::vector<TokenId> prompt = {5, 6, 7};
  const auto done = generate(session, model.tokenizer, prompt, options, [&](const TokenEvent& e) { text += e.text; });
  EXPECT_TRUE(done) << done.error().message;
  if (done && result != nullptr) *result = *done;
  return text;
}

TEST(Constraint, AnswersOfARandomModelAreWholeAndOfTheGrammar) {
  const Grammar grammar = std::move(Grammar::from_json_schema(kSchema)).value();
  for (const char* name : {"llama-q4_1.gguf", "gemma3.gguf", "gemma3-softcap.gguf"}) {
    Loaded model = load(name);
    for (uint64_t seed = 0; seed < 10; ++seed) {
      for (const bool jump : {false, true}) {
        GenerateOptions options{.sampling = {.temperature = 1.0F, .top_k = 0, .top_p = 1.0F, .min_p = 0, .seed = seed}};
        options.jump_ahead = jump;
        options.max_tokens = 250;
        GenerateResult result;
        const std::string text = answer(model, grammar, options, &result);
        EXPECT_EQ(result.reason, StopReason::kEndOfTurn) << text;
        EXPECT_TRUE(grammar.matches(text).value()) << text;
      }
    }
  }
}

TEST(Constraint, WhatLeavesNoChoiceIsReadAtOnce) {
  Loaded model = load("llama-q4_1.gguf");
  const Grammar grammar = std::move(Grammar::from_regex("(one|two) and then always the same words")).value();
  GenerateResult result;
  const std::string text = answer(model, grammar, {}, &result);
  EXPECT_TRUE(grammar.matches(text).value()) << text;
  EXPECT_GT(result.forced_tokens, result.generated_tokens / 2);
  EXPECT_EQ(result.reason, StopReason::kEndOfTurn);
}

TEST(Constraint, AnAnswerNeverExceedsItsLimit) {
  Loaded model = load("llama-q4_1.gguf");
  const Grammar grammar = std::move(Grammar::from_regex("a long text that cannot be said in so few tokens")).value();
  GenerateResult result;
  answer(model, grammar, {.max_tokens = 5}, &result);
  EXPECT_EQ(result.generated_tokens, 5);
  EXPECT_EQ(result.reason, StopReason::kMaxTokens);
}

// The probability of `next` behind `ids` among `among`, the plain way: every token read again.
double share(Session& session, const std::vector<TokenId>& ids, TokenId next, const std::set<TokenId>& among) {
  EXPECT_TRUE(session.prefill(ids));
  double sum = 0;
  for (const TokenId id : among) sum += std::exp(double{session.logits()[static_cast<size_t>(id)]});
  return std::exp(double{session.logits()[static_cast<size_t>(next)]}) / sum;
}

TEST(Score, IsTheProbabilityThatADecodingOfTheseOptionsWritesThisOne) {
  Loaded model = load("llama-q4_1.gguf");
  Session session = std::move(model.engine.new_session({})).value();
  const std::vector<TokenId> prompt = {5, 6, 7};
  const std::vector<std::string> options = {"the garden\"", "the gate\"", "a long option\"", "the garden wall\"",
                                            "x\""};
  std::vector<std::vector<TokenId>> ids;
  for (const std::string& option : options) ids.push_back(model.tokenizer.encode(option, ControlTokens::kAsText));
  const std::vector<OptionScore> scores = std::move(score_options(session, model.tokenizer, prompt, options)).value();
  ASSERT_EQ(scores.size(), options.size());
  double whole = 0;
  for (size_t i = 0; i < options.size(); ++i) {
    double expected = 0;
    for (size_t depth = 0; depth < ids[i].size(); ++depth) {
      const auto begins_alike = [&](const std::vector<TokenId>& other) {
        return other.size() > depth &&
               std::equal(other.begin(), other.begin() + static_cast<ptrdiff_t>(depth), ids[i].begin());
      };
      std::set<TokenId> among;
      for (const std::vector<TokenId>& other : ids) {
        if (begins_alike(other)) among.insert(other[depth]);
      }
      std::vector<TokenId> before = prompt;
      before.insert(before.end(), ids[i].begin(), ids[i].begin() + static_cast<ptrdiff_t>(depth));
      expected += std::log(share(session, before, ids[i][depth], among));
    }
    EXPECT_NEAR(scores[i].log_likelihood, expected, 1e-3) << options[i];
    EXPECT_EQ(scores[i].tokens, static_cast<int>(ids[i].size()));
    whole += std::exp(scores[i].log_likelihood);
  }
  EXPECT_NEAR(whole, 1, 1e-6);
}

TEST(Score, WhatEndsWhereOthersGoOnHasWhatTheyLeave) {
  Loaded model = load("llama-q4_1.gguf");
  Session session = std::move(model.engine.new_session({})).value();
  const std::vector<TokenId> prompt = {5, 6, 7};
  const std::vector<std::string> options = {"4", "45", "4"};
  const std::vector<TokenId> longer = model.tokenizer.encode(options[1], ControlTokens::kAsText);
  ASSERT_EQ(longer.front(), model.tokenizer.encode(options[0], ControlTokens::kAsText).front());
  const std::vector<OptionScore> scores = std::move(score_options(session, model.tokenizer, prompt, options)).value();
  EXPECT_NEAR(std::exp(scores[0].log_likelihood) + std::exp(scores[1].log_likelihood), 1, 1e-6);
  EXPECT_EQ(scores[0].log_likelihood, scores[2].log_likelihood);
  std::vector<TokenId> before = prompt;
  before.push_back(longer.front());
  std::set<TokenId> all;
  for (TokenId id = 0; id < static_cast<TokenId>(session.logits().size()); ++id) all.insert(id);
  EXPECT_NEAR(std::exp(scores[1].log_likelihood), share(session, before, longer[1], all), 1e-6);
}

TEST(Score, WithoutOptionsThereIsNothingToChoose) {
  Loaded model = load("llama-q4_1.gguf");
  Session session = std::move(model.engine.new_session({})).value();
  const std::vector<TokenId> prompt = {5, 6, 7};
  EXPECT_EQ(score_options(session, model.tokenizer, prompt, {}).error().kind, ErrorKind::kInvalidArgument);
  const std::vector<std::string> empty = {"a", ""};
  EXPECT_EQ(score_options(session, model.tokenizer, prompt, empty).error().kind, ErrorKind::kInvalidArgument);
}

}  // namespace
}  // namespace favilla

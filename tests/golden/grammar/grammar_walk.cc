// For check_schemas.py: says what the compiler makes of JSON Schemas. Reads lines of JSON on standard input:
//
//   {"schema": {...}, "samples": 3, "seed": 1, "texts": ["..."]}
//
// and answers each with {"samples": ["...", ...], "unfinished": 0, "accepted": [true, ...]} or {"error": "..."}.
// Samples are random walks over the tokens that the masks allow, of the tokenizer of the model that is the only
// argument.
#include <fmt/format.h>

#include <iostream>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/random.h"
#include "generate/grammar/grammar.h"

namespace favilla {
namespace {

constexpr int kMaxSteps = 3000;
constexpr int kHastySteps = 150;  // then what closes something is taken every other time

bool closes(const std::string& piece) {
  return piece == "\"" || piece == "]" || piece == "}";
}

// nullopt: the walk did not end.
Result<std::optional<std::string>> walk(Constraint& constraint, const Tokenizer& tokenizer, Random& random) {
  constraint.restart();
  std::string text;
  for (int step = 0; step < kMaxSteps; ++step) {
    if (constraint.must_end()) return std::optional(text);
    const grammar::Mask& mask = *TRY(constraint.allowed());
    const std::vector<TokenId> ids = mask.few.empty() ? mask.allowed.list() : mask.few;
    if (constraint.may_end() && (step > kHastySteps || random.next_below(3) == 0)) return std::optional(text);
    TokenId chosen = ids[random.next_below(static_cast<uint32_t>(ids.size()))];
    if (random.next_below(step > kHastySteps ? 2 : 4) == 0) {
      for (const TokenId id : ids) {
        if (closes(tokenizer.piece(id))) chosen = id;
      }
    }
    const std::string piece = tokenizer.piece(chosen);
    if (piece.empty()) continue;  // an end token, which comes only beside others here
    if (!constraint.read(piece)) return Error{ErrorKind::kInternal, "a mask allowed what cannot be read"};
    text += piece;
  }
  return std::optional<std::string>();
}

Result<Json> answer(const Json& question, const Tokenizer& tokenizer, const grammar::TokenTrie& trie) {
  const Grammar grammar = TRY(Grammar::from_json_schema(to_json_text(question["schema"])));
  Json reply = {{"samples", Json::array()}, {"unfinished", 0}, {"accepted", Json::array()}};
  Constraint constraint(grammar, trie);
  Random random(question["seed"].get<uint64_t>());
  for (int i = 0; i < question["samples"].get<int>(); ++i) {
    const std::optional<std::string> text = TRY(walk(constraint, tokenizer, random));
    if (text) {
      reply["samples"].push_back(*text);
    } else {
      reply["unfinished"] = reply["unfinished"].get<int>() + 1;
    }
  }
  for (const Json& text : question["texts"]) {
    const bool accepted = TRY(grammar.matches(text.get<std::string>()));
    reply["accepted"].push_back(accepted);
  }
  return reply;
}

Result<void> run(const char* model) {
  const GgufFile file = TRY(GgufFile::open(model));
  const Tokenizer tokenizer = TRY(Tokenizer::load(file));
  const grammar::TokenTrie trie = grammar::TokenTrie::build(tokenizer);
  for (std::string line; std::getline(std::cin, line);) {
    const Json question = TRY(parse_json(line));
    const Result<Json> reply = answer(question, tokenizer, trie);
    fmt::print("{}\n", to_json_text(reply ? *reply : Json{{"error", reply.error().message}}));
  }
  return {};
}

}  // namespace
}  // namespace favilla

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: grammar_walk MODEL.gguf\n");
    return 2;
  }
  const favilla::Result<void> done = favilla::run(argv[1]);
  if (done) return 0;
  fmt::print(stderr, "grammar_walk: {}\n", done.error().message);
  return 1;
}

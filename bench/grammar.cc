// Constrained generation by the clock: compiling, masks, decoding, jumping ahead.
//
//   grammar_bench MODEL.gguf [ROUNDS]
//
// Masks are timed along answers that the model gives under each grammar, each one new (nothing remembered but what this
// answer has met before). Decoding takes turns with what it is compared with; medians of ROUNDS.
#include "generate/grammar/grammar.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <string>
#include <vector>

#include "generate/generate.h"

namespace favilla {
namespace {

constexpr std::string_view kToolSchema = R"({"type": "object", "properties": {
  "name": {"const": "calendar.create"},
  "arguments": {"type": "object", "properties": {
    "title": {"type": "string", "minLength": 1, "maxLength": 80}, "calendar": {"enum": ["home", "work", "family"]},
    "start": {"type": "string", "format": "date-time"}, "minutes": {"type": "integer", "minimum": 5, "maximum": 1440},
    "place": {"type": "string", "maxLength": 60}, "all_day": {"type": "boolean"},
    "attendees": {"type": "array", "maxItems": 3, "items": {"type": "object", "properties": {
      "name": {"type": "string", "maxLength": 30}, "email": {"type": "string", "format": "email"}},
      "required": ["name"]}}},
    "required": ["title", "calendar", "start", "minutes", "all_day"], "additionalProperties": false}},
  "required": ["name", "arguments"], "additionalProperties": false})";

constexpr std::string_view kPrompt =
    "Request: put lunch with Ana at the Corner Cafe into my work calendar, tomorrow at noon, one hour.\nCall: ";

using Clock = std::chrono::steady_clock;

double microseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

double quantile(std::vector<double> values, double part) {
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<size_t>(part * static_cast<double>(values.size())))];
}

void print_compile_times() {
  std::vector<double> times;
  for (int i = 0; i < 200; ++i) {
    const Clock::time_point start = Clock::now();
    const Result<Grammar> grammar = Grammar::from_json_schema(kToolSchema);
    times.push_back(microseconds_since(start));
    if (!grammar) fmt::print("{}\n", grammar.error().message);
  }
  fmt::print("compile of a tool schema: p50 {:.0f} us, p99 {:.0f} us\n", quantile(times, 0.5), quantile(times, 0.99));
}

// Texts whose every token boundary gets a mask.
constexpr std::array<std::string_view, 3> kAnswers = {
    R"({"name": "calendar.create", "arguments": {"title": "Lunch with Ana", "calendar": "work", )"
    R"("start": "2026-11-24T12:00:00Z", "minutes": 60, "place": "Corner Cafe", "all_day": false, )"
    R"("attendees": [{"name": "Ana Lima", "email": "ana@example.org"}]}})",
    R"({"name": "calendar.create", "arguments": {"title": "Team meeting: plans for the \"spring\" release", )"
    R"("calendar": "home", "start": "2027-02-28T08:30:00+01:00", "minutes": 45, "all_day": true}})",
    R"({"name": "calendar.create", "arguments": {"title": "Zahnarzt", "calendar": "family", )"
    "\"start\": \"2026-12-01T15:45:00Z\", \"minutes\": 30, \"place\": \"Hauptstra\u00dfe 5, M\u00fcnchen\", "
    R"("all_day": false}})"};

Result<void> print_mask_times(const Tokenizer& tokenizer, const grammar::TokenTrie& trie) {
  std::vector<double> times;
  for (const std::string_view answer : kAnswers) {
    Constraint constraint(TRY(Grammar::from_json_schema(kToolSchema)), trie);
    for (const TokenId id : tokenizer.encode(answer, ControlTokens::kAsText)) {
      const Clock::time_point start = Clock::now();
      TRY(constraint.allowed());
      times.push_back(microseconds_since(start));
      if (!constraint.read(tokenizer.piece(id))) return Error{ErrorKind::kInternal, "the grammar lacks an answer"};
    }
  }
  fmt::print("masks, {} of {} tokens: p50 {:.1f} us, p90 {:.1f} us, p99 {:.0f} us, largest {:.0f} us\n", times.size(),
             trie.vocabulary(), quantile(times, 0.5), quantile(times, 0.9), quantile(times, 0.99), quantile(times, 1));
  return {};
}

struct Timed {
  double milliseconds = 0;  // without the prompt
  int tokens = 0;
  std::string text = {};

  double per_character() const { return milliseconds / static_cast<double>(text.size()); }
};

Result<Timed> run_once(Session& session, const Tokenizer& tokenizer, const GenerateOptions& options) {
  std::vector<TokenId> prompt = tokenizer.with_special_tokens(tokenizer.encode(kPrompt, ControlTokens::kAsText));
  session.truncate(0);
  std::string text;
  const auto keep = [&](const TokenEvent& event) { text += event.text; };
  const GenerateResult result = TRY(generate(session, tokenizer, prompt, options, keep));
  return Timed{result.first_token_ms - result.prefill_ms + result.decode_ms, result.generated_tokens, text};
}

Result<void> print_decoding(Session& session, const Tokenizer& tokenizer, const grammar::TokenTrie& trie, int rounds) {
  constexpr int kTokens = 64;
  Constraint prose(TRY(Grammar::from_json_schema(R"({"type": "string", "minLength": 1000})")), trie);
  Constraint call(TRY(Grammar::from_json_schema(kToolSchema)), trie);
  std::vector<double> free_rate, held_rate, plain_ms, jump_ms;
  for (int round = 0; round < rounds; ++round) {
    const Timed free = TRY(run_once(session, tokenizer, {.max_tokens = kTokens}));
    prose.restart();
    const Timed held = TRY(run_once(session, tokenizer, {.max_tokens = kTokens, .constraint = &prose}));
    call.restart();
    const Timed plain = TRY(run_once(session, tokenizer, {.constraint = &call, .jump_ahead = false}));
    call.restart();
    const Timed jump = TRY(run_once(session, tokenizer, {.constraint = &call}));
    free_rate.push_back(free.tokens / free.milliseconds * 1000);
    held_rate.push_back(held.tokens / held.milliseconds * 1000);
    plain_ms.push_back(plain.per_character());
    jump_ms.push_back(jump.per_character());
    if (round > 0) continue;
    fmt::print("  token by token, {:.0f} ms: {}\n  with jumps, {:.0f} ms: {}\n", plain.milliseconds, plain.text,
               jump.milliseconds, jump.text);
  }
  const double free = quantile(free_rate, 0.5);
  const double held = quantile(held_rate, 0.5);
  fmt::print("decoding: free {:.1f} t/s, in a string of JSON {:.1f} t/s: {:.1f} %\n", free, held, 100 * held / free);
  const double plain = quantile(plain_ms, 0.5);
  const double jump = quantile(jump_ms, 0.5);
  // What is said differs: tokens as the tokenizer splits them lead elsewhere than those that a greedy choice joins.
  fmt::print("a tool call, for each character: token by token {:.2f} ms, with jumps {:.2f} ms: {:.2f} x\n", plain, jump,
             plain / jump);
  return {};
}

Result<void> bench(const char* path, int rounds) {
  print_compile_times();
  GgufFile file = TRY(GgufFile::open(path));
  const Tokenizer tokenizer = TRY(Tokenizer::load(file));
  const Clock::time_point start = Clock::now();
  const grammar::TokenTrie trie = grammar::TokenTrie::build(tokenizer);
  fmt::print("token tries: {} nodes, of tokens that are not plain {}; {:.1f} MB, built in {:.0f} ms\n",
             trie.all().nodes().size(), trie.not_plain().nodes().size(), static_cast<double>(trie.bytes()) / 1e6,
             microseconds_since(start) / 1000);
  TRY(print_mask_times(tokenizer, trie));
  Engine engine = TRY(Engine::load(std::move(file), {}));
  Session session = TRY(engine.new_session({.context_tokens = 1024}));
  return print_decoding(session, tokenizer, trie, rounds);
}

}  // namespace
}  // namespace favilla

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: grammar_bench MODEL.gguf [ROUNDS]\n");
    return 2;
  }
  int rounds = 5;
  if (argc > 2) std::from_chars(argv[2], argv[2] + std::char_traits<char>::length(argv[2]), rounds);
  const favilla::Result<void> done = favilla::bench(argv[1], rounds);
  if (done) return 0;
  fmt::print(stderr, "grammar_bench: {}\n", done.error().message);
  return 1;
}

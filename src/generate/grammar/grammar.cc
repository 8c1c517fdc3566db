// See grammar.h.
#include "generate/grammar/grammar.h"

#include <utility>

#include "generate/grammar/expression.h"
#include "generate/grammar/gbnf.h"
#include "generate/grammar/json_schema.h"
#include "generate/grammar/regex.h"

namespace favilla {
namespace {

constexpr size_t kMaxForcedBytes = 4096;

// Configurations that are kept from token to token; then all but the current one are forgotten.
constexpr size_t kKeptConfigs = 8'000;

Error too_ambiguous() {
  return {ErrorKind::kExhausted, "the grammar is too ambiguous: too many ways to read the text so far"};
}

}  // namespace

Grammar::Grammar(grammar::Network network) : network_(std::make_shared<const grammar::Network>(std::move(network))) {}

Result<Grammar> Grammar::from_json_schema(std::string_view schema) {
  return Grammar(TRY(grammar::compile_json_schema(schema)));
}

Result<Grammar> Grammar::from_regex(std::string_view regex) {
  const grammar::Expression expression = TRY(grammar::parse_regex(regex, grammar::RegexMatch::kWhole, "the regex"));
  grammar::NetworkBuilder builder;
  const grammar::RuleId root = builder.new_rule("the regex");
  grammar::ExpressionWriter writer(builder, grammar::Spelling::kUtf8);
  builder.epsilon(writer.write(expression, builder.start(root)), builder.end(root));
  return Grammar(TRY(std::move(builder).finish(root).context("the regex")));
}

Result<Grammar> Grammar::from_gbnf(std::string_view text) {
  return Grammar(TRY(grammar::compile_gbnf(text)));
}

Result<bool> Grammar::matches(std::string_view text) const {
  grammar::Matcher matcher(*network_);
  grammar::ConfigId at = matcher.start();
  for (const char c : text) at = matcher.step(at, static_cast<uint8_t>(c));
  if (matcher.exhausted()) return too_ambiguous();
  return matcher.accepts(at);
}

Constraint::Constraint(Grammar grammar, const grammar::TokenTrie& trie)
    : grammar_(std::move(grammar)),
      trie_(trie),
      matcher_(grammar_.network()),
      masks_(matcher_, trie_),
      at_(matcher_.start()) {}

void Constraint::restart() {
  at_ = matcher_.start();
}

Result<const grammar::Mask*> Constraint::allowed() {
  if (matcher_.configs() > kKeptConfigs) {
    masks_.forget();
    at_ = matcher_.forget_all_but(at_);
  }
  const grammar::Mask& mask = masks_.of(at_);
  if (matcher_.exhausted()) return too_ambiguous();
  if (mask.count == 0) {
    return Error{ErrorKind::kUnsupported, "no token of this model's vocabulary can spell what the grammar wants next"};
  }
  return &mask;
}

bool Constraint::read(std::string_view bytes) {
  grammar::ConfigId at = at_;
  for (const char c : bytes) at = matcher_.step(at, static_cast<uint8_t>(c));
  if (at == grammar::kDead) return false;
  at_ = at;
  return true;
}

std::string Constraint::forced_text() {
  std::string text;
  grammar::ConfigId at = at_;
  while (text.size() < kMaxForcedBytes) {
    const int byte = matcher_.only_byte(at);
    if (byte < 0) break;
    text += static_cast<char>(byte);
    at = matcher_.step(at, static_cast<uint8_t>(byte));
  }
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

}  // namespace favilla

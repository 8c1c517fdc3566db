// Constrained generation: a model that can only say what a grammar allows.
//
//   Grammar grammar = TRY(Grammar::from_json_schema(schema_text));
//   const TokenTrie trie = TokenTrie::build(tokenizer);          // once for a tokenizer
//   Constraint constraint(grammar, trie);
//   GenerateOptions options{.max_tokens = 256, .constraint = &constraint};
//   GenerateResult result = TRY(generate(session, tokenizer, prompt_ids, options, show));
//
// What the three notations can say: json_schema.h, regex.h, gbnf.h. A Grammar is immutable and may be shared between
// threads; a Constraint belongs to one generation at a time and remembers masks for the next.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "generate/grammar/mask.h"
#include "generate/grammar/matcher.h"
#include "generate/grammar/network.h"
#include "generate/grammar/token_trie.h"

namespace favilla {

class Grammar {
 public:
  // One sentence says what is wrong or not supported, and where. Every error comes within milliseconds, whatever the
  // text: sizes and depths are limited before the work.
  static Result<Grammar> from_json_schema(std::string_view schema);
  static Result<Grammar> from_regex(std::string_view regex);  // the whole answer matches
  static Result<Grammar> from_gbnf(std::string_view text);

  // Is the text one of the grammar's? kExhausted: it is too ambiguous to tell.
  Result<bool> matches(std::string_view text) const;

  const grammar::Network& network() const { return *network_; }

 private:
  explicit Grammar(grammar::Network network);
  std::shared_ptr<const grammar::Network> network_;
};

// Where a text stands in a grammar, and which tokens can follow.
class Constraint {
 public:
  // The trie must outlive it.
  Constraint(Grammar grammar, const grammar::TokenTrie& trie);
  Constraint(const Constraint&) = delete;
  Constraint& operator=(const Constraint&) = delete;

  void restart();  // at the beginning of a text

  // The tokens that can follow; never empty, and valid until the next call. kExhausted: the grammar is too ambiguous.
  // kUnsupported: no token of the vocabulary can go on.
  Result<const grammar::Mask*> allowed();

  // Reads bytes that follow. False, and nothing has changed, when the grammar does not allow them.
  bool read(std::string_view bytes);

  // The text that must follow whatever is chosen, without blanks at its end: those belong to the next word's token.
  std::string forced_text();

  bool may_end() const { return matcher_.accepts(at_); }
  bool must_end() const { return may_end() && matcher_.places(at_).empty(); }

 private:
  const Grammar grammar_;
  const grammar::TokenTrie& trie_;
  grammar::Matcher matcher_;
  grammar::MaskMaker masks_;
  grammar::ConfigId at_;
};

}  // namespace favilla

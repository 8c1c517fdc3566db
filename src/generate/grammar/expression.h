// Regular expressions as a tree, shared by the readers of regex and GBNF, and their way into a network.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "generate/grammar/network.h"

namespace favilla::grammar {

// Code points, as sorted ranges that do not touch.
class CharacterSet {
 public:
  void add(char32_t low, char32_t high);  // inclusive
  void add(const CharacterSet& other);
  CharacterSet complement() const;  // of all code points but surrogates
  CharacterSet folded() const;      // with the other case of each ASCII letter

  struct Range {
    char32_t low, high;
  };
  const std::vector<Range>& ranges() const { return ranges_; }
  bool contains(char32_t c) const;

  static CharacterSet all();
  static CharacterSet of(char32_t c);

 private:
  std::vector<Range> ranges_;
};

// Deepest nesting of groups; longest text of a regex or GBNF grammar; most copies that {m,n} makes.
inline constexpr int kMaxGroups = 200;
inline constexpr size_t kMaxPatternBytes = 16 * 1024;
inline constexpr uint32_t kMaxTimes = 100'000;

struct Expression {
  enum class Kind : uint8_t { kSequence, kChoice, kRepeat, kCharacters, kRule };
  Kind kind = Kind::kSequence;
  std::vector<Expression> parts = {};  // kSequence, kChoice: any number; kRepeat: one
  uint32_t least = 0, most = 0;        // kRepeat; most may be kUnlimited
  CharacterSet characters = {};        // kCharacters
  RuleId rule = 0;                     // kRule

  static Expression sequence(std::vector<Expression> parts);
  static Expression choice(std::vector<Expression> parts);
  static Expression repeat(Expression part, uint32_t least, uint32_t most);
  static Expression one_of(CharacterSet characters);
  static Expression text(std::string_view utf8);  // valid UTF-8
};

// How many characters a text of the expression can have, kUnlimited at most. Requires that it refers to no rule.
struct LengthRange {
  uint32_t least = 0, most = 0;
};
LengthRange length_of(const Expression& expression);

// Narrows the expression to texts of such lengths. False when that takes more than limiting one repetition of single
// characters; the expression is then as it was.
bool limit_length(Expression& expression, const LengthRange& wanted);

// How a character is written.
enum class Spelling : uint8_t {
  kUtf8,
  kJsonString,  // inside the quotes of a JSON string, each character in one way: \" \\ \b \f \n \r \t, other controls
                // \u00xx in lower case, all else as it is
};

// Adds the expression to the builder between `from` and the state that is returned.
class ExpressionWriter {
 public:
  ExpressionWriter(NetworkBuilder& builder, Spelling spelling) : builder_(builder), spelling_(spelling) {}

  StateId write(const Expression& expression, StateId from);
  void characters(const CharacterSet& set, StateId from, StateId to);

 private:
  StateId write_repeat(const Expression& expression, StateId from);
  void utf8(CharacterSet::Range range, StateId from, StateId to);
  void json(CharacterSet::Range range, StateId from, StateId to);

  NetworkBuilder& builder_;
  Spelling spelling_;
};

// All characters that the slices of a token trie are made of: no control characters, quote or backslash.
CharacterSet plain_characters();

}  // namespace favilla::grammar

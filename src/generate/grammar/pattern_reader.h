// What the readers of regex and GBNF share: a cursor over a text, escapes, classes in brackets, and {m,n}.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "generate/grammar/expression.h"

namespace favilla::grammar {

class PatternReader {
 public:
  // `what` names the text in errors: "the pattern". The text must be valid UTF-8.
  PatternReader(std::string_view text, std::string_view what) : text_(text), what_(what) {}

  bool done() const { return at_ == text_.size(); }
  size_t position() const { return at_; }
  std::string_view rest() const { return text_.substr(at_); }
  char peek() const { return done() ? '\0' : text_[at_]; }
  bool take(std::string_view expected);
  void skip(size_t bytes) { at_ += bytes; }
  char32_t next();  // requires !done()

  // Behind a backslash: a control character, \xHH, \uHHHH, \u{H...}, or a punctuation mark that stands for itself.
  Result<char32_t> escaped_character();
  // Behind a backslash: one of d w s D W S, if that is what follows.
  bool take_shorthand(CharacterSet& set);
  // Behind "[".
  Result<CharacterSet> bracket_class();

  // The suffixes * + ? {m} {m,} {m,n}, if one follows.
  struct Times {
    bool present = false;
    uint32_t least = 1, most = 1;
  };
  Result<Times> times();

  // "the pattern: WHAT at byte N"
  Error fail(std::string_view what) const;
  Error refuse(std::string_view what) const;  // kUnsupported

 private:
  Result<char32_t> hex_digits(size_t count);
  Result<char32_t> class_character();
  bool take_number(uint32_t& number);

  std::string_view text_;
  std::string_view what_;
  size_t at_ = 0;
};

}  // namespace favilla::grammar

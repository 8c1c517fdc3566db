// A descent over alternatives, sequences and atoms; its depth is limited by kMaxGroups.
#include "generate/grammar/regex.h"

#include <fmt/format.h>

#include <array>

#include "base/utf8.h"
#include "generate/grammar/pattern_reader.h"

namespace favilla::grammar {
namespace {

struct Refused {
  std::string_view text;
  std::string_view why;
};
constexpr std::array kRefusedGroups = {
    Refused{"(?=", "looking ahead is not supported"}, Refused{"(?!", "looking ahead is not supported"},
    Refused{"(?<=", "looking behind is not supported"}, Refused{"(?<!", "looking behind is not supported"},
    Refused{"(?>", "an atomic group is not supported"}};

class RegexParser {
 public:
  RegexParser(std::string_view pattern, RegexMatch match, std::string_view what)
      : reader_(pattern, what), match_(match) {}

  Result<Expression> parse() {
    if (reader_.take("(?i)")) ignore_case_ = true;
    Expression expression = TRY(alternatives(0));
    if (!reader_.done()) return reader_.fail(") closes no group");
    return expression;
  }

 private:
  // Depth 0 is where ^ and $ may stand.
  Result<Expression> alternatives(int depth) {
    std::vector<Expression> choices;
    do {
      choices.push_back(TRY(sequence(depth)));
    } while (reader_.take("|"));
    if (choices.size() == 1) return std::move(choices.front());
    return Expression::choice(std::move(choices));
  }

  static Expression anything() { return Expression::repeat(Expression::one_of(CharacterSet::all()), 0, kUnlimited); }

  Result<Expression> sequence(int depth) {
    std::vector<Expression> parts;
    const bool searches = depth == 0 && match_ == RegexMatch::kSearch;
    const bool at_start = depth == 0 && reader_.take("^");
    if (searches && !at_start) parts.push_back(anything());
    bool at_end = false;
    while (!reader_.done() && reader_.peek() != '|' && reader_.peek() != ')') {
      if (depth == 0 && reader_.take("$")) {
        at_end = true;
        if (!reader_.done() && reader_.peek() != '|') return reader_.refuse("text after $ is not supported");
        break;
      }
      Expression part = TRY(atom(depth));
      const PatternReader::Times times = TRY(reader_.times());
      if (times.present) {
        reader_.take("?");  // lazy: the same texts
        const bool twice = !reader_.done() && std::string_view("*+{").find(reader_.peek()) != std::string_view::npos;
        if (twice) return reader_.refuse("a repetition of a repetition needs a group");
        part = Expression::repeat(std::move(part), times.least, times.most);
      }
      parts.push_back(std::move(part));
    }
    if (searches && !at_end) parts.push_back(anything());
    return Expression::sequence(std::move(parts));
  }

  Result<Expression> atom(int depth) {
    switch (reader_.peek()) {
      case '(':
        return group(depth);
      case '[':
        reader_.skip(1);
        return characters(TRY(reader_.bracket_class()));
      case '.': {
        reader_.skip(1);
        CharacterSet breaks = CharacterSet::of('\n');
        for (const char32_t c : {U'\r', U'\u2028', U'\u2029'}) breaks.add(c, c);
        return Expression::one_of(breaks.complement());
      }
      case '\\': {
        reader_.skip(1);
        CharacterSet set;
        if (reader_.take_shorthand(set)) return characters(std::move(set));
        return characters(CharacterSet::of(TRY(reader_.escaped_character())));
      }
      case '^':
      case '$':
        return reader_.refuse("^ and $ are supported only at the ends of an alternative outside groups");
      case '*':
      case '+':
      case '?':
      case '{':
        return reader_.fail("there is nothing to repeat");
      default:
        return characters(CharacterSet::of(reader_.next()));
    }
  }

  Result<Expression> group(int depth) {
    for (const Refused& refused : kRefusedGroups) {
      if (reader_.rest().starts_with(refused.text)) return reader_.refuse(refused.why);
    }
    reader_.skip(1);
    if (reader_.take("?")) {
      const bool named = reader_.take("P<") || reader_.take("<");
      if (named) {
        const size_t end = reader_.rest().find('>');
        if (end == std::string_view::npos) return reader_.fail("the name of a group does not end");
        reader_.skip(end + 1);
      } else if (!reader_.take(":")) {
        return reader_.refuse("this kind of group is not supported");
      }
    }
    if (depth + 1 > kMaxGroups) {
      return Error{ErrorKind::kExhausted, reader_.fail(fmt::format("more than {} nested groups", kMaxGroups)).message};
    }
    Expression inner = TRY(alternatives(depth + 1));
    if (!reader_.take(")")) return reader_.fail(") is missing");
    return inner;
  }

  Expression characters(CharacterSet set) const {
    return Expression::one_of(ignore_case_ ? set.folded() : std::move(set));
  }

  PatternReader reader_;
  RegexMatch match_;
  bool ignore_case_ = false;
};

}  // namespace

Result<Expression> parse_regex(std::string_view pattern, RegexMatch match, std::string_view what) {
  if (pattern.size() > kMaxPatternBytes) {
    return Error{ErrorKind::kExhausted, fmt::format("{} has more than {} bytes", what, kMaxPatternBytes)};
  }
  if (!is_valid_utf8(pattern)) return Error{ErrorKind::kInvalidArgument, fmt::format("{} is not valid UTF-8", what)};
  return RegexParser(pattern, match, what).parse();
}

}  // namespace favilla::grammar

// Names become rules of the network the first time they are seen; what is still undefined at the end is an error.
#include "generate/grammar/gbnf.h"

#include <fmt/format.h>

#include <map>
#include <string>

#include "base/utf8.h"
#include "generate/grammar/expression.h"
#include "generate/grammar/pattern_reader.h"

namespace favilla::grammar {
namespace {

constexpr std::string_view kWhat = "the grammar";

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

class GbnfParser {
 public:
  explicit GbnfParser(std::string_view text) : reader_(text, kWhat) {}

  Result<Network> compile() {
    skip_blank_lines();
    while (!reader_.done()) {
      TRY(definition());
      if (builder_.full()) break;
      skip_blank_lines();
    }
    for (const auto& [name, rule] : rules_) {
      if (!rule.defined && !builder_.full()) {
        return Error{ErrorKind::kInvalidArgument,
                     fmt::format("{} uses the rule {}, which it does not define", kWhat, name)};
      }
    }
    const auto root = rules_.find("root");
    if (root == rules_.end()) return Error{ErrorKind::kInvalidArgument, fmt::format("{} has no rule root", kWhat)};
    return std::move(builder_).finish(root->second.id).context(kWhat);
  }

 private:
  struct Named {
    RuleId id = 0;
    bool defined = false;
  };

  void skip_spaces(bool lines) {
    while (!reader_.done()) {
      if (reader_.peek() == '#') {
        reader_.skip(std::min(reader_.rest().find('\n'), reader_.rest().size()));
      } else if (reader_.peek() == ' ' || reader_.peek() == '\t' || (lines && is_line_end())) {
        reader_.skip(1);
      } else {
        return;
      }
    }
  }
  void skip_blank_lines() { skip_spaces(true); }
  bool is_line_end() const { return reader_.peek() == '\n' || reader_.peek() == '\r'; }

  std::string_view name() {
    const std::string_view rest = reader_.rest();
    size_t length = 0;
    while (length < rest.size() && is_name_character(rest[length])) ++length;
    reader_.skip(length);
    return rest.substr(0, length);
  }

  Named& named(std::string_view name) {
    const auto [found, is_new] = rules_.try_emplace(std::string(name));
    if (is_new) found->second.id = builder_.new_rule(fmt::format("the rule {}", name));
    return found->second;
  }

  Result<void> definition() {
    const std::string_view defined = name();
    if (defined.empty()) return reader_.fail("a rule's name is missing");
    skip_spaces(false);
    if (!reader_.take("::=")) return reader_.fail("::= is missing");
    Named& rule = named(defined);
    if (rule.defined) return reader_.fail(fmt::format("the rule {} is defined twice", defined));
    rule.defined = true;
    const RuleId id = rule.id;
    const Expression body = TRY(alternatives(0));
    if (!reader_.done() && !is_line_end()) return reader_.fail("this cannot stand here");
    if (builder_.full()) return {};
    ExpressionWriter writer(builder_, Spelling::kUtf8);
    builder_.epsilon(writer.write(body, builder_.start(id)), builder_.end(id));
    return {};
  }

  // Inside groups, and after |, a line may break.
  Result<Expression> alternatives(int depth) {
    std::vector<Expression> choices;
    do {
      choices.push_back(TRY(sequence(depth, !choices.empty())));
    } while (reader_.take("|"));
    if (choices.size() == 1) return std::move(choices.front());
    return Expression::choice(std::move(choices));
  }

  Result<Expression> sequence(int depth, bool after_bar) {
    std::vector<Expression> parts;
    skip_spaces(depth > 0 || after_bar);
    while (!reader_.done() && !is_line_end() && reader_.peek() != '|' && reader_.peek() != ')') {
      Expression part = TRY(atom(depth));
      const PatternReader::Times times = TRY(reader_.times());
      if (times.present) part = Expression::repeat(std::move(part), times.least, times.most);
      parts.push_back(std::move(part));
      skip_spaces(depth > 0);
    }
    return Expression::sequence(std::move(parts));
  }

  Result<Expression> atom(int depth) {
    if (reader_.take("\"")) return literal();
    if (reader_.take("[")) return Expression::one_of(TRY(reader_.bracket_class()));
    if (reader_.take(".")) return Expression::one_of(CharacterSet::all());
    if (reader_.take("(")) {
      if (depth + 1 > kMaxGroups) {
        return Error{ErrorKind::kExhausted,
                     reader_.fail(fmt::format("more than {} nested groups", kMaxGroups)).message};
      }
      Expression inner = TRY(alternatives(depth + 1));
      if (!reader_.take(")")) return reader_.fail(") is missing");
      return inner;
    }
    const std::string_view called = name();
    if (called.empty()) return reader_.fail("this cannot stand here");
    Expression expression{.kind = Expression::Kind::kRule};
    expression.rule = named(called).id;
    return expression;
  }

  Result<Expression> literal() {
    std::vector<Expression> parts;
    while (!reader_.take("\"")) {
      if (reader_.done() || is_line_end()) return reader_.fail("a quote is missing");
      const char32_t c = reader_.take("\\") ? TRY(reader_.escaped_character()) : reader_.next();
      parts.push_back(Expression::one_of(CharacterSet::of(c)));
    }
    return Expression::sequence(std::move(parts));
  }

  PatternReader reader_;
  NetworkBuilder builder_;
  std::map<std::string, Named> rules_;
};

}  // namespace

Result<Network> compile_gbnf(std::string_view text) {
  if (text.size() > kMaxPatternBytes) {
    return Error{ErrorKind::kExhausted, fmt::format("{} has more than {} bytes", kWhat, kMaxPatternBytes)};
  }
  if (!is_valid_utf8(text)) return Error{ErrorKind::kInvalidArgument, fmt::format("{} is not valid UTF-8", kWhat)};
  return GbnfParser(text).compile();
}

}  // namespace favilla::grammar

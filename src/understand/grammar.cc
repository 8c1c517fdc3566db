// Rules as data: see grammar.h. Patterns are parsed into a small tree and unrolled into the prefix tree.
#include "understand/grammar.h"

#include <algorithm>
#include <charconv>
#include <memory>

namespace favilla {
namespace {

constexpr int kMaxUnrolled = 4096;  // ways through one pattern

struct Part {
  enum class Kind { kWord, kCategory, kChoice, kOptional } kind = Kind::kWord;
  bool tight = false;
  std::string text;                                      // kWord, kCategory
  std::vector<std::vector<std::unique_ptr<Part>>> ways;  // kChoice, kOptional
};
using Sequence = std::vector<std::unique_ptr<Part>>;

bool is_bracket(char c) {
  return c == '(' || c == ')' || c == '[' || c == ']' || c == '|';
}

// Parts of `pattern`, which has to live as long as they do.
std::vector<std::string_view> split_pattern(std::string_view pattern) {
  std::vector<std::string_view> words;
  words.reserve(pattern.size() / 4);
  size_t from = 0;  // where the word begins that `at` is in
  const auto flush = [&](size_t at) {
    if (at > from) words.push_back(pattern.substr(from, at - from));
    from = at + 1;
  };
  for (size_t at = 0; at < pattern.size(); ++at) {
    const char c = pattern[at];
    if (c == '\'' && at == from && at + 2 < pattern.size() && pattern[at + 2] == '\'') {
      at += 2;
      flush(at + 1);
      from = at + 1;
    } else if (c == ' ' || c == '\t') {
      flush(at);
    } else if (is_bracket(c)) {
      flush(at);
      words.push_back(pattern.substr(at, 1));
    }
  }
  flush(pattern.size());
  return words;
}

Error bad_rule(std::string_view path, int line, std::string_view what) {
  return Error{ErrorKind::kInternal, std::string(path) + ":" + std::to_string(line) + ": " + std::string(what)};
}

}  // namespace

// Reads the lines of one file into a grammar.
class RuleReader {
 public:
  RuleReader(Grammar& grammar, std::string_view path) : grammar_(grammar), path_(path) {}

  Result<void> read(std::string_view content) {
    std::string statement;
    int line = 0;
    while (!content.empty()) {
      const size_t end = std::min(content.find('\n'), content.size());
      const std::string_view text = content.substr(0, end);
      content.remove_prefix(std::min(end + 1, content.size()));
      ++line;
      const bool continues = !text.empty() && (text[0] == ' ' || text[0] == '\t');
      if (!continues) {
        TRY(read_statement(statement));
        statement.clear();
        line_ = line;
      }
      if (text.empty() || text[0] == '#') continue;
      statement += text;
      statement += ' ';
    }
    return read_statement(statement);
  }

 private:
  Result<void> read_statement(std::string_view statement) {
    if (statement.find_first_not_of(' ') == std::string_view::npos) return {};
    const size_t equals = statement.find(" = ");
    if (equals == std::string_view::npos) return bad_rule(path_, line_, "expected `name = pattern -> action`");
    std::string name(statement.substr(0, equals));
    name.erase(name.find_last_not_of(' ') + 1);
    std::string_view pattern = statement.substr(equals + 3);
    if (name[0] == '@') {
      grammar_.macros_[name] = std::string(pattern);
      return {};
    }
    const size_t arrow = pattern.rfind(" -> ");
    if (arrow == std::string_view::npos) return bad_rule(path_, line_, "no `-> action`");
    TRY(read_action(name, pattern.substr(arrow + 4)));
    return add_pattern(pattern.substr(0, arrow));
  }

  Result<void> read_action(const std::string& category, std::string_view text) {
    Rule rule;
    rule.category = grammar_.intern_category(category, true);
    const std::vector<std::string_view> words = split_pattern(text);
    if (words.empty()) return bad_rule(path_, line_, "no action");
    rule.action = find_action(words[0]);
    if (rule.action == nullptr) return bad_rule(path_, line_, "no action is called " + std::string(words[0]));
    for (size_t k = 1; k < words.size(); ++k) {
      const std::string_view word = words[k];
      int number = 0;
      const bool is_cost = word[0] == '~';
      const auto parsed = std::from_chars(word.data() + (is_cost ? 1 : 0), word.data() + word.size(), number);
      const bool is_number = parsed.ec == std::errc() && parsed.ptr == word.data() + word.size();
      if (word == "?") {
        rule.latent = true;
      } else if (is_cost && is_number) {
        rule.cost = static_cast<float>(number);
      } else if (is_number) {
        rule.arguments.push_back(number);
      } else {
        (rule.text == nullptr ? rule.text : rule.text2) = grammar_.keep(word);
      }
    }
    grammar_.rules_.push_back(std::move(rule));
    return {};
  }

  Result<void> add_pattern(std::string_view pattern) {
    words_ = split_pattern(pattern);
    at_ = 0;
    std::vector<Sequence> ways = TRY(read_ways(0));
    if (at_ != words_.size()) return bad_rule(path_, line_, "unbalanced brackets");
    const int rule = static_cast<int>(grammar_.rules_.size()) - 1;
    std::vector<int> ends;
    for (const Sequence& way : ways) {
      std::vector<int> nodes = {0};
      TRY(unroll(way, nodes));
      ends.insert(ends.end(), nodes.begin(), nodes.end());
    }
    for (const int node : ends) {
      if (node == 0) return bad_rule(path_, line_, "the pattern may be empty");
      std::vector<int>& rules = grammar_.nodes_[static_cast<size_t>(node)].rules;
      if (rules.empty() || rules.back() != rule) rules.push_back(rule);
    }
    return {};
  }

  Result<std::vector<Sequence>> read_ways(int depth) {
    if (depth > 16) return bad_rule(path_, line_, "brackets nest too deep");
    std::vector<Sequence> ways(1);
    while (at_ < words_.size()) {
      const std::string_view word = words_[at_];
      if (word == ")" || word == "]") break;
      ++at_;
      if (word == "|") {
        ways.emplace_back();
        continue;
      }
      ways.back().push_back(TRY(read_part(word, depth)));
    }
    return ways;
  }

  Result<std::unique_ptr<Part>> read_part(std::string_view word, int depth) {
    auto part = std::make_unique<Part>();
    if (word == "(" || word == "[") {
      part->kind = word == "(" ? Part::Kind::kChoice : Part::Kind::kOptional;
      part->ways = TRY(read_ways(depth + 1));
      if (at_ == words_.size() || words_[at_] != (word == "(" ? ")" : "]")) {
        return bad_rule(path_, line_, "unbalanced brackets");
      }
      ++at_;
      return part;
    }
    std::string_view text = word;
    if (text.size() > 1 && text[0] == '+') {
      part->tight = true;
      text.remove_prefix(1);
    }
    if (text.size() > 2 && text.front() == '<' && text.back() == '>') {
      part->kind = Part::Kind::kCategory;
      text = text.substr(1, text.size() - 2);
    } else if (text.size() == 3 && text.front() == '\'' && text.back() == '\'') {
      text = text.substr(1, 1);
    } else if (text[0] == '@' && text.size() > 1) {
      return macro(std::string(text), depth);
    }
    part->text = std::string(text);
    return part;
  }

  // The choice that an @name stands for.
  Result<std::unique_ptr<Part>> macro(const std::string& name, int depth) {
    const auto found = grammar_.macros_.find(name);
    if (found == grammar_.macros_.end()) return bad_rule(path_, line_, name + " is not defined above");
    std::vector<std::string_view> outer = std::move(words_);
    const size_t outer_at = at_;
    words_ = split_pattern(found->second);
    at_ = 0;
    auto part = std::make_unique<Part>();
    part->kind = Part::Kind::kChoice;
    part->ways = TRY(read_ways(depth + 1));
    words_ = std::move(outer);
    at_ = outer_at;
    return part;
  }

  // A choice between single words is one symbol, so that it does not multiply the ways through the pattern.
  int class_of(const Part& choice) {
    std::string name = "@";
    for (const Sequence& way : choice.ways) {
      if (way.size() != 1 || way[0]->kind != Part::Kind::kWord || way[0]->tight) return -1;
      name += way[0]->text + "|";
    }
    const bool is_new = grammar_.categories_.count(name) == 0;
    const int category = grammar_.intern_category(name, false);
    if (!is_new) return category;
    for (const Sequence& way : choice.ways) {
      const int word = grammar_.intern_word(way[0]->text);
      grammar_.classes_of_word_[static_cast<size_t>(word)].push_back(category);
    }
    return category;
  }

  Result<void> unroll(const Sequence& sequence, std::vector<int>& nodes) {
    for (const std::unique_ptr<Part>& part : sequence) {
      std::vector<int> next;
      if (part->kind == Part::Kind::kWord || part->kind == Part::Kind::kCategory) {
        const bool is_word = part->kind == Part::Kind::kWord;
        const int symbol = is_word ? -1 - grammar_.intern_word(part->text) : grammar_.intern_category(part->text, true);
        for (const int node : nodes) next.push_back(grammar_.child(node, symbol, part->tight));
      } else {
        if (part->kind == Part::Kind::kOptional) next = nodes;
        const int category = class_of(*part);
        if (category >= 0) {
          for (const int node : nodes) next.push_back(grammar_.child(node, category, false));
        } else {
          for (const Sequence& way : part->ways) {
            std::vector<int> inner = nodes;
            TRY(unroll(way, inner));
            next.insert(next.end(), inner.begin(), inner.end());
          }
        }
      }
      std::sort(next.begin(), next.end());
      next.erase(std::unique(next.begin(), next.end()), next.end());
      if (next.size() > kMaxUnrolled) return bad_rule(path_, line_, "too many ways through the pattern");
      nodes = std::move(next);
    }
    return {};
  }

  Grammar& grammar_;
  std::string_view path_;
  int line_ = 0;
  std::vector<std::string_view> words_;  // of a pattern or macro, which are kept while they are read
  size_t at_ = 0;
};

Grammar::Grammar() {
  constexpr size_t kUsualNodes = 32768;  // of English, so that loading does not grow the tables again and again
  nodes_.reserve(kUsualNodes);
  children_.reserve(kUsualNodes);
}

Result<void> Grammar::add(std::string_view path, std::string_view content) {
  return RuleReader(*this, path).read(content);
}

int Grammar::intern_category(const std::string& name, bool captures) {
  const auto [entry, is_new] = categories_.try_emplace(name, static_cast<int>(category_names_.size()));
  if (is_new) {
    category_names_.push_back(name);
    captures_.push_back(captures);
  }
  return entry->second;
}

int Grammar::intern_word(const std::string& word) {
  const auto [entry, is_new] = words_.try_emplace(word, static_cast<int>(classes_of_word_.size()));
  if (is_new) classes_of_word_.emplace_back();
  return entry->second;
}

int Grammar::child(int node, int symbol, bool tight) {
  if (node == 0) tight = false;  // what is before a pattern is not its business
  const uint64_t key = (static_cast<uint64_t>(node) << 32) | (static_cast<uint64_t>(symbol + (1 << 20)) << 1) |
                       static_cast<uint64_t>(tight ? 1 : 0);
  const auto [entry, is_new] = children_.try_emplace(key, static_cast<int>(nodes_.size()));
  if (is_new) {
    nodes_[static_cast<size_t>(node)].edges.push_back({symbol, tight, entry->second});
    nodes_.emplace_back();
  }
  return entry->second;
}

void Grammar::finish() {
  root_of_category_.assign(category_names_.size(), -1);
  root_of_word_.assign(classes_of_word_.size(), -1);
  for (const Edge& edge : nodes_[0].edges) {
    if (edge.symbol >= 0) {
      root_of_category_[static_cast<size_t>(edge.symbol)] = edge.child;
    } else {
      root_of_word_[static_cast<size_t>(-1 - edge.symbol)] = edge.child;
    }
  }
  children_.clear();
  macros_.clear();
}

int Grammar::category(std::string_view name) const {
  const auto found = categories_.find(std::string(name));
  return found == categories_.end() ? -1 : found->second;
}

int Grammar::find_word(const std::string& word) const {
  const auto found = words_.find(word);
  return found == words_.end() ? -1 : found->second;
}

const char* Grammar::keep(std::string_view text) {
  kept_.emplace_back(text);
  return kept_.back().c_str();
}

}  // namespace favilla

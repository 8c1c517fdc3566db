// A recursive descent over one line; groups nest at most kMaxDepth deep.
#include "understand/template_syntax.h"

#include <fmt/format.h>

#include <cctype>
#include <optional>
#include <unordered_map>

#include "understand/sentence.h"

namespace favilla {
namespace {

constexpr int kMaxDepth = 8;
constexpr std::string_view kSpecial = "()[]{}|";

std::string_view trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

// What a sentence makes of each word of the templates: lower case, contractions in two. Most words occur often, and
// reading each of them anew was a seventh of a process's start.
using KnownWords = std::unordered_map<std::string_view, std::vector<std::string>>;

class LineParser {
 public:
  LineParser(std::string_view line, KnownWords& known) : rest_(line), known_(known) {}

  Result<TemplatePart::Sequence> parse_all() {
    std::vector<TemplatePart::Sequence> alternatives = TRY(parse_alternatives(0));
    if (!rest_.empty()) return error(fmt::format("'{}' without its opening", rest_.front()));
    if (alternatives.size() == 1) return std::move(alternatives.front());
    return error("'|' outside of a group");
  }

 private:
  static Error error(std::string message) { return {ErrorKind::kCorrupt, std::move(message)}; }

  Result<std::vector<TemplatePart::Sequence>> parse_alternatives(int depth) {
    std::vector<TemplatePart::Sequence> alternatives;
    while (true) {
      TemplatePart::Sequence sequence = TRY(parse_sequence(depth));
      if (sequence.empty()) return error("an empty alternative; write [ ] around what may be left out");
      alternatives.push_back(std::move(sequence));
      if (rest_.empty() || rest_.front() != '|') return alternatives;
      rest_.remove_prefix(1);
    }
  }

  Result<TemplatePart::Sequence> parse_sequence(int depth) {
    TemplatePart::Sequence sequence;
    while (true) {
      rest_ = rest_.substr(std::min(rest_.find_first_not_of(" \t"), rest_.size()));
      if (rest_.empty() || rest_.front() == '|' || rest_.front() == ')' || rest_.front() == ']') return sequence;
      if (rest_.front() == '(' || rest_.front() == '[') {
        sequence.push_back(TRY(parse_group(depth + 1)));
      } else if (rest_.front() == '{') {
        sequence.push_back(TRY(parse_slot()));
      } else if (rest_.front() == '}') {
        return error("'}' without its opening");
      } else {
        const size_t end = std::min(rest_.find_first_of(" \t()[]{}|"), rest_.size());
        for (const std::string& word : words_of(rest_.substr(0, end))) sequence.emplace_back().word = word;
        rest_.remove_prefix(end);
      }
    }
  }

  const std::vector<std::string>& words_of(std::string_view text) {
    const auto [known, is_new] = known_.try_emplace(text);
    if (is_new) {
      for (Word& word : read_sentence(text).words) known->second.push_back(std::move(word.text));
    }
    return known->second;
  }

  Result<TemplatePart> parse_group(int depth) {
    if (depth > kMaxDepth) return error(fmt::format("groups deeper than {}", kMaxDepth));
    const bool optional = rest_.front() == '[';
    rest_.remove_prefix(1);
    TemplatePart group;
    group.kind = TemplatePart::Kind::kGroup;
    group.optional = optional;
    group.alternatives = TRY(parse_alternatives(depth));
    if (rest_.empty() || rest_.front() != (optional ? ']' : ')')) return error("a group is not closed");
    rest_.remove_prefix(1);
    return group;
  }

  Result<TemplatePart> parse_slot() {
    const size_t end = rest_.find('}');
    if (end == std::string_view::npos) return error("a slot is not closed");
    const std::string_view inside = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    TemplatePart slot;
    slot.kind = TemplatePart::Kind::kSlot;
    const size_t colon = std::min(inside.find(':'), inside.size());
    slot.word = trim(inside.substr(0, colon));
    if (slot.word.empty() || inside.find_first_of(kSpecial) != std::string_view::npos) {
      return error(fmt::format("'{{{}}}' is not a slot such as {{time:due}}", inside));
    }
    if (colon == inside.size()) return slot;
    const std::string_view names = inside.substr(colon + 1);
    const size_t plus = std::min(names.find('+'), names.size());
    slot.arguments.emplace_back(trim(names.substr(0, plus)));
    if (plus < names.size()) slot.arguments.emplace_back(trim(names.substr(plus + 1)));
    if (slot.arguments[0].empty()) return error(fmt::format("'{{{}}}' names no argument", inside));
    return slot;
  }

  std::string_view rest_;
  KnownWords& known_;
};

// No JSON begins with a letter but these three. Most values are words, and the parser's exception for each of them was
// a sixth of a process's start.
bool is_bare_word(std::string_view value) {
  return !value.empty() && std::isalpha(static_cast<unsigned char>(value.front())) != 0 && value != "true" &&
         value != "false" && value != "null";
}

// "step=10 muted=true name="x y"": values are JSON; what is not, is a string.
Result<Json> parse_fixed(std::string_view text) {
  Json fixed = Json::object();
  text = trim(text);
  while (!text.empty()) {
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      return Error{ErrorKind::kCorrupt, fmt::format("'{}' is not name=value", text)};
    }
    const std::string name(trim(text.substr(0, equals)));
    text.remove_prefix(equals + 1);
    size_t end = std::min(text.find(' '), text.size());
    if (text.starts_with('"')) {
      end = text.find('"', 1);
      if (end == std::string_view::npos) return Error{ErrorKind::kCorrupt, "a quotation mark is not closed"};
      ++end;
    }
    const std::string_view value = text.substr(0, end);
    fixed[name] = is_bare_word(value) ? Json(std::string(value)) : parse_json(value).value_or(Json(std::string(value)));
    text = trim(text.substr(end));
  }
  return fixed;
}

Result<ParsedTemplate> parse_line(std::string_view line, KnownWords& known) {
  ParsedTemplate parsed;
  if (line.starts_with('!')) {
    parsed.excluding = true;
    line = trim(line.substr(1));
  }
  const size_t arrow = line.find(" -> ");
  if (arrow != std::string_view::npos) {
    parsed.fixed = TRY(parse_fixed(line.substr(arrow + 4)));
    line = trim(line.substr(0, arrow));
  }
  parsed.sequence = TRY(LineParser(line, known).parse_all());
  return parsed;
}

// "[add]" alone on a line. An optional group at the start of a template has something after it.
std::optional<std::string_view> block_name(std::string_view line) {
  if (!line.starts_with('[') || line.find(']') != line.size() - 1) return std::nullopt;
  const std::string_view name = line.substr(1, line.size() - 2);
  if (name.find_first_of(" |()[]{}") != std::string_view::npos) return std::nullopt;
  return name;
}

}  // namespace

Result<void> parse_templates(std::string_view text, const std::function<Result<void>(ParsedTemplate)>& take) {
  KnownWords known;
  std::string action;
  int number = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.empty() || line.starts_with('#')) continue;
    if (const auto name = block_name(line)) {
      action = *name;
      continue;
    }
    if (action.empty()) {
      return Error{ErrorKind::kCorrupt, fmt::format("line {}: a template before the first [action]", number)};
    }
    ParsedTemplate parsed = TRY(parse_line(line, known).context(fmt::format("line {}", number)));
    parsed.action = action;
    TRY(take(std::move(parsed)));
  }
  return {};
}

}  // namespace favilla

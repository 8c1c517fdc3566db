// Line by line: what is indented belongs to the key above it.
#include "tools/skills/front_matter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <vector>

namespace favilla {
namespace {

struct Line {
  int number = 0;
  size_t indent = 0;
  std::string_view text;  // without indentation and white space at the end
  bool empty() const { return text.empty(); }
};

Error at(int line, std::string_view what) {
  return {ErrorKind::kInvalidArgument, fmt::format("line {}: {}", line, what)};
}

Line line_of(int number, std::string_view text) {
  const size_t indent = std::min(text.find_first_not_of(' '), text.size());
  const size_t end = text.find_last_not_of(" \t\r") + 1;
  return {number, indent, indent < end ? text.substr(indent, end - indent) : std::string_view()};
}

bool is_key(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
  });
}

// "..." with \n, \t, \" and \\, or '...' with '' for one.
Result<std::string> quoted(const Line& line, std::string_view text) {
  const char quote = text.front();
  std::string value;
  size_t i = 1;
  for (; i < text.size() && (text[i] != quote || (quote == '\'' && text.substr(i, 2) == "''")); ++i) {
    if (quote == '"' && text[i] == '\\' && i + 1 < text.size()) {
      constexpr std::string_view kFrom = "nt\"\\/";
      constexpr std::string_view kTo = "\n\t\"\\/";
      const size_t known = kFrom.find(text[++i]);
      if (known == std::string_view::npos) return at(line.number, fmt::format("\\{} is not known", text[i]));
      value += kTo[known];
    } else {
      if (quote == '\'' && text[i] == '\'') ++i;
      value += text[i];
    }
  }
  const std::string_view rest = text.substr(std::min(i + 1, text.size()));
  const size_t more = rest.find_first_not_of(' ');
  if (i == text.size() || (more != std::string_view::npos && rest[more] != '#')) {
    return at(line.number, "a quoted text must end where the line ends");
  }
  return value;
}

Result<std::string> plain(const Line& line, std::string_view text) {
  constexpr std::string_view kOther = "&*!%@`[]{}|>?";
  if (kOther.find(text.front()) != std::string_view::npos || text.starts_with("- ")) {
    return at(line.number, "only texts are understood there: put it in quotes");
  }
  const std::string_view value = text.substr(0, text.find(" #"));
  if (value.find(": ") != std::string_view::npos) return at(line.number, "a text with a colon must be in quotes");
  return std::string(value.substr(0, value.find_last_not_of(' ') + 1));
}

// The lines of a block text, folded (>) or as they are (|).
std::string block(const std::vector<Line>& lines, bool folded) {
  size_t indent = std::string::npos;
  for (const Line& line : lines) {
    if (!line.empty()) indent = std::min(indent, line.indent);
  }
  std::string text;
  bool joins = false;  // the line before it was text, which folds into this one
  for (const Line& line : lines) {
    if (line.empty()) {
      text += '\n';
      joins = false;
      continue;
    }
    if (joins) text += folded ? ' ' : '\n';
    text += std::string(line.indent - indent, ' ') + std::string(line.text);
    joins = true;
  }
  const size_t end = text.find_last_not_of('\n') + 1;
  return text.substr(0, end);
}

// The value of a key from the rest of its line and the indented lines below.
Result<std::string> value_of(const Line& key, std::string_view rest, const std::vector<Line>& below) {
  if (rest == "|" || rest == "|-" || rest == "|+") return block(below, false);
  if (rest == ">" || rest == ">-" || rest == ">+") return block(below, true);
  if (rest.empty() || rest.front() == '#') return std::string();  // nothing, or keys below it that nobody asks for
  const bool is_quoted = rest.front() == '"' || rest.front() == '\'';
  std::string value = is_quoted ? TRY(quoted(key, rest)) : TRY(plain(key, rest));
  for (const Line& line : below) {
    if (line.empty()) continue;
    if (is_quoted) return at(line.number, "a quoted text must end where the line ends");
    value += " " + TRY(plain(line, line.text));
  }
  return value;
}

}  // namespace

Result<FrontMatter> parse_front_matter(std::string_view text) {
  std::vector<Line> lines;
  std::string_view rest = text;
  int number = 0;
  const auto next = [&]() {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const Line line = line_of(++number, rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return line;
  };
  if (next().text != "---" || !text.starts_with("---")) return at(1, "the file must begin with a line ---");
  while (true) {
    if (rest.empty()) return at(number, "the front matter must end with a line ---");
    const Line line = next();
    if (line.text == "---" && line.indent == 0) break;
    lines.push_back(line);
  }
  FrontMatter front{{}, rest};
  for (size_t i = 0; i < lines.size();) {
    const Line& line = lines[i++];
    if (line.empty() || line.text.front() == '#') continue;
    const size_t colon = std::min(line.text.find(':'), line.text.size());
    const std::string_view key = line.text.substr(0, colon);
    std::string_view value = line.text.substr(std::min(colon + 1, line.text.size()));
    const bool spaced = value.empty() || value.front() == ' ';
    if (line.indent != 0 || colon == line.text.size() || !is_key(key) || !spaced) {
      return at(line.number, "it must be \"key: text\"");
    }
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    std::vector<Line> below;
    while (i < lines.size() && (lines[i].indent > 0 || lines[i].empty())) below.push_back(lines[i++]);
    if (!front.values.emplace(key, TRY(value_of(line, value, below))).second) {
      return at(line.number, fmt::format("\"{}\" is there twice", key));
    }
  }
  return front;
}

}  // namespace favilla

// Task list items of GitHub Flavored Markdown, line by line; plain bullets count as open items.
#include "tools/builtin/lists/list_file.h"

#include <utility>

namespace favilla {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

// Behind the bullet and the blanks after it; npos when the line is no list item.
size_t skip_bullet(std::string_view line) {
  size_t at = 0;
  while (at < line.size() && is_blank(line[at])) ++at;
  const size_t digits_begin = at;
  while (at < line.size() && line[at] >= '0' && line[at] <= '9') ++at;
  const bool numbered = at > digits_begin && at < line.size() && (line[at] == '.' || line[at] == ')');
  const bool bullet =
      at == digits_begin && at < line.size() && std::string_view("-*+").find(line[at]) != std::string_view::npos;
  if (!numbered && !bullet) return std::string_view::npos;
  ++at;
  if (at >= line.size() || !is_blank(line[at])) return std::string_view::npos;
  while (at < line.size() && is_blank(line[at])) ++at;
  return at;
}

bool has_box(std::string_view rest) {
  return rest.size() >= 3 && rest[0] == '[' && rest[2] == ']' && (rest.size() == 3 || is_blank(rest[3])) &&
         (rest[1] == ' ' || rest[1] == 'x' || rest[1] == 'X');
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (is_blank(text.front()) || text.front() == '\r')) text.remove_prefix(1);
  while (!text.empty() && (is_blank(text.back()) || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

}  // namespace

ListFile::ListFile(std::string text) : text_(std::move(text)) {
  read_items();
}

void ListFile::read_items() {
  items_.clear();
  bool in_code = false;
  for (size_t begin = 0; begin < text_.size();) {
    const size_t newline = text_.find('\n', begin);
    const size_t end = newline == std::string::npos ? text_.size() : newline + 1;
    const std::string_view line =
        std::string_view(text_).substr(begin, (newline == std::string::npos ? end : newline) - begin);
    if (trimmed(line).starts_with("```")) in_code = !in_code;
    const size_t content = in_code ? std::string_view::npos : skip_bullet(line);
    if (content != std::string_view::npos) {
      const std::string_view rest = line.substr(content);
      ListItem item{std::string(trimmed(rest)), false, begin, end, 0};
      if (has_box(rest)) {
        item.text = std::string(trimmed(rest.substr(3)));
        item.done = rest[1] != ' ';
        item.box = begin + content + 1;
      }
      if (!item.text.empty()) items_.push_back(std::move(item));
    }
    begin = end;
  }
}

void ListFile::add(std::string_view item) {
  const bool windows = text_.find("\r\n") != std::string::npos;
  const std::string line_end = windows ? "\r\n" : "\n";
  std::string prefix = "- [ ] ";
  size_t at = text_.size();
  if (!items_.empty()) {
    const ListItem& last = items_.back();
    at = last.line_end;
    const std::string line = text_.substr(last.line_begin, last.line_end - last.line_begin);
    const size_t content = skip_bullet(line);
    // A numbered item would need its number; a dash is a list item everywhere.
    const size_t bullet = line.find_first_not_of(" \t");
    if (std::string_view("-*+").find(line[bullet]) != std::string_view::npos) {
      prefix = line.substr(0, content) + (last.box != 0 ? "[ ] " : "");
    }
  } else if (!text_.empty() && !text_.ends_with("\n" + line_end) && !text_.ends_with("\n\n")) {
    prefix = (text_.ends_with('\n') ? "" : line_end) + line_end + prefix;  // a heading and an item are paragraphs apart
  }
  const bool behind_open_line = at > 0 && text_[at - 1] != '\n' && !items_.empty();
  text_.insert(at,
               (behind_open_line ? line_end : "") + prefix + std::string(item) + (behind_open_line ? "" : line_end));
  read_items();
}

void ListFile::remove(size_t index) {
  const ListItem item = items_[index];
  text_.erase(item.line_begin, item.line_end - item.line_begin);
  read_items();
}

void ListFile::set_done(size_t index, bool done) {
  const ListItem item = items_[index];
  if (item.box != 0) {
    text_[item.box] = done ? 'x' : ' ';
  } else {
    const size_t content = item.line_begin + skip_bullet(std::string_view(text_).substr(item.line_begin));
    text_.insert(content, done ? "[x] " : "[ ] ");
  }
  read_items();
}

}  // namespace favilla

// A scanner, no parser: broken HTML gives some text, and never takes long.
#include "tools/builtin/mail/html_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/foreign_text.h"
#include "base/utf8.h"

namespace favilla {
namespace {

constexpr size_t kMaxEntity_bytes = 10;

struct Entity {
  std::string_view name;
  char32_t value;
};
constexpr std::array<Entity, 18> kEntities{{{"amp", '&'},
                                            {"lt", '<'},
                                            {"gt", '>'},
                                            {"quot", '"'},
                                            {"apos", '\''},
                                            {"nbsp", ' '},
                                            {"euro", 0x20AC},
                                            {"pound", 0xA3},
                                            {"copy", 0xA9},
                                            {"reg", 0xAE},
                                            {"hellip", 0x2026},
                                            {"ndash", 0x2013},
                                            {"mdash", 0x2014},
                                            {"lsquo", 0x2018},
                                            {"rsquo", 0x2019},
                                            {"ldquo", 0x201C},
                                            {"rdquo", 0x201D},
                                            {"bull", 0x2022}}};

// What begins a new line, and what a new paragraph.
constexpr std::array<std::string_view, 6> kLines{"br", "li", "tr", "div", "hr", "dt"};
constexpr std::array<std::string_view, 11> kParagraphs{"p",  "h1", "h2", "h3",         "h4",   "h5",
                                                       "h6", "ul", "ol", "blockquote", "table"};
constexpr std::array<std::string_view, 4> kHidden{"script", "style", "head", "title"};

template <size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f';
}

// "/Div class=x" -> "/div"
std::string tag_name(std::string_view tag) {
  std::string name;
  for (const char c : tag) {
    if (is_space(c) || (c == '/' && !name.empty()) || name.size() > kMaxEntity_bytes) break;
    name += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  }
  return name;
}

std::optional<char32_t> entity(std::string_view name) {
  if (name.starts_with('#')) {
    name.remove_prefix(1);
    const bool hex = name.starts_with('x') || name.starts_with('X');
    if (hex) name.remove_prefix(1);
    uint32_t value = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value, hex ? 16 : 10);
    const bool whole = error == std::errc() && end == name.data() + name.size();
    return whole && value > 0 && value < 0x110000 && (value < 0xD800 || value > 0xDFFF) ? std::optional<char32_t>(value)
                                                                                        : std::nullopt;
  }
  const auto* found =
      std::find_if(kEntities.begin(), kEntities.end(), [&](const Entity& each) { return each.name == name; });
  return found == kEntities.end() ? std::nullopt : std::optional(found->value);
}

class Scanner {
 public:
  Scanner(std::string_view html, size_t limit_bytes) : html_(html), limit_bytes_(limit_bytes) {}

  std::string text() {
    while (at_ < html_.size() && text_.size() < limit_bytes_) {
      if (html_[at_] == '<' && begins_tag()) {
        skip_tag();
      } else if (html_[at_] == '&') {
        add_entity();
      } else {
        add(html_.substr(at_++, 1));
      }
    }
    return shown_text(text_, limit_bytes_);
  }

 private:
  void add(std::string_view bytes) {
    if (bytes.size() == 1 && is_space(bytes[0])) {
      space_ = true;
      return;
    }
    if (breaks_ > 0 && !text_.empty()) {
      text_.append(breaks_, '\n');
    } else if (space_ && !text_.empty()) {
      text_ += ' ';
    }
    breaks_ = 0;
    space_ = false;
    text_ += bytes;
  }

  // "a < b" is no tag.
  bool begins_tag() const {
    const char next = at_ + 1 < html_.size() ? html_[at_ + 1] : ' ';
    return (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z') || next == '/' || next == '!' || next == '?';
  }

  void add_entity() {
    const size_t end = html_.substr(0, at_ + kMaxEntity_bytes).find(';', at_);
    const auto value = end == std::string_view::npos ? std::nullopt : entity(html_.substr(at_ + 1, end - at_ - 1));
    if (!value) {
      add(html_.substr(at_++, 1));
      return;
    }
    at_ = end + 1;
    std::string bytes;
    append_utf8(bytes, *value);
    add(bytes);
  }

  void skip_tag() {
    if (html_.substr(at_).starts_with("<!--")) {
      skip_behind("-->");
      return;
    }
    const size_t begin = at_ + 1;
    skip_behind(">");
    const std::string name = tag_name(html_.substr(begin, at_ - begin - (at_ > begin ? 1 : 0)));
    if (is_one_of(name, kHidden)) {
      skip_hidden("</" + name);
      return;
    }
    const std::string_view open = name.starts_with('/') ? std::string_view(name).substr(1) : std::string_view(name);
    if (is_one_of(open, kParagraphs)) breaks_ = 2;
    if (is_one_of(open, kLines)) breaks_ = std::max<size_t>(breaks_, 1);
  }

  void skip_behind(std::string_view end) {
    const size_t found = html_.find(end, at_);
    at_ = found == std::string_view::npos ? html_.size() : found + end.size();
  }

  // Up to the closing tag in any case. Nothing behind an open one is shown.
  void skip_hidden(std::string_view closing) {
    const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; };
    const auto* found =
        std::search(html_.data() + at_, html_.data() + html_.size(), closing.begin(), closing.end(), same);
    at_ = static_cast<size_t>(found - html_.data());
    skip_behind(">");
  }

  std::string_view html_;
  size_t limit_bytes_;
  size_t at_ = 0;
  size_t breaks_ = 0;  // new lines to come before the next word
  bool space_ = false;
  std::string text_;
};

}  // namespace

std::string html_text(std::string_view html, size_t limit_bytes) {
  return Scanner(html, limit_bytes).text();
}

}  // namespace favilla

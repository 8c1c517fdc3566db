// Small letters by range, not by a Unicode table: what matters is that training and use agree.
#include "understand/learned/words.h"

#include "base/utf8.h"

namespace favilla {
namespace {

enum class Kind { kBlank, kLetter, kDigit, kApostrophe, kJoint, kMark };

Kind kind_of(char32_t c) {
  if (c >= '0' && c <= '9') return Kind::kDigit;
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_') return Kind::kLetter;
  if (c == '\'' || c == 0x2018 || c == 0x2019) return Kind::kApostrophe;
  if (c == '.' || c == ',' || c == ':') return Kind::kJoint;
  if (c <= ' ' || c == 0x7F || c == 0xA0 || (c >= 0x2000 && c <= 0x200B) || c == 0x3000) return Kind::kBlank;
  if (c < 0x80 || (c > 0xA0 && c < 0xC0) || (c >= 0x2010 && c <= 0x205E)) return Kind::kMark;
  return Kind::kLetter;
}

char32_t small_letter(char32_t c) {
  if (c >= 'A' && c <= 'Z') return c + 32;
  if ((c >= 0xC0 && c <= 0xDE && c != 0xD7) || (c >= 0x391 && c <= 0x3A9) || (c >= 0x410 && c <= 0x42F)) return c + 32;
  if (c >= 0x100 && c <= 0x137) return c | 1;
  return c;
}

struct Point {
  char32_t value;
  Kind kind;
  size_t begin;
  size_t end;
};

std::vector<Point> points_of(std::string_view sentence) {
  std::vector<Point> points;
  points.reserve(sentence.size());
  for (size_t at = 0; at < sentence.size();) {
    const CodePoint point = decode_utf8(sentence.substr(at));
    const size_t end = at + static_cast<size_t>(point.length);
    points.push_back({point.value, kind_of(point.value), at, end});
    at = end;
  }
  return points;
}

bool is_word_part(const std::vector<Point>& points, size_t index) {
  const auto kind_at = [&](size_t i) { return i < points.size() ? points[i].kind : Kind::kBlank; };
  const Kind before = index > 0 ? points[index - 1].kind : Kind::kBlank;
  switch (points[index].kind) {
    case Kind::kLetter:
    case Kind::kDigit:
      return true;
    case Kind::kApostrophe:
      return before == Kind::kLetter && kind_at(index + 1) == Kind::kLetter;
    case Kind::kJoint:
      return before == Kind::kDigit && kind_at(index + 1) == Kind::kDigit;
    case Kind::kBlank:
    case Kind::kMark:
      break;
  }
  return false;
}

}  // namespace

std::vector<LearnedWord> split_words(std::string_view sentence) {
  const std::vector<Point> points = points_of(sentence);
  std::vector<LearnedWord> words;
  bool inside = false;
  for (size_t i = 0; i < points.size(); ++i) {
    const Point& point = points[i];
    const bool part = is_word_part(points, i);
    if (!part && point.kind == Kind::kBlank) {
      inside = false;
      continue;
    }
    if (!part || !inside) {
      words.push_back({"", point.begin, point.end, !part});
    }
    LearnedWord& word = words.back();
    append_utf8(word.lower, point.kind == Kind::kApostrophe ? U'\'' : small_letter(point.value));
    word.end = point.end;
    inside = part;
  }
  return words;
}

}  // namespace favilla

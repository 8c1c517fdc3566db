// Comparing words without case and accents. Latin letters with accents are folded by a small table; other scripts are
// compared byte by byte.
#include "tools/match.h"

#include <algorithm>
#include <array>

#include "base/utf8.h"

namespace favilla {
namespace {

// What U+00C0..U+017F are without their accents, for comparing only ('?' marks what is no letter).
constexpr std::string_view kLatin =
    "aaaaaaaceeeeiiiidnooooo?ouuuuytsaaaaaaaceeeeiiiidnooooo?ouuuuyty"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"
    "lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
constexpr char32_t kFirstLatin = 0xC0;

constexpr std::array<std::string_view, 33> kSmall{
    "a",  "an",  "the", "my",   "our", "your", "his", "her", "their", "this",   "that",
    "to", "for", "of",  "with", "at",  "on",   "in",  "and", "about", "from",   "me",
    "i",  "is",  "it",  "one",  "up",  "by",   "all", "any", "some",  "please", "called"};
// Kinds of things: they tell something only when nothing else does.
constexpr std::array<std::string_view, 8> kKinds{"event", "meeting", "appointment", "reminder",
                                                 "task",  "todo",    "thing",       "entry"};

template <size_t N>
std::vector<std::string> without(const std::vector<std::string>& words,
                                 const std::array<std::string_view, N>& left_out) {
  std::vector<std::string> rest;
  std::copy_if(words.begin(), words.end(), std::back_inserter(rest), [&](const std::string& word) {
    return std::find(left_out.begin(), left_out.end(), word) == left_out.end();
  });
  return rest.empty() ? words : rest;
}

// Whether two words are the same but for an English plural ending.
bool same_word(const std::string& a, const std::string& b) {
  if (a == b) return true;
  const std::string& longer = a.size() > b.size() ? a : b;
  const std::string& shorter = a.size() > b.size() ? b : a;
  return shorter.size() >= 3 && (longer == shorter + "s" || longer == shorter + "es");
}

bool all_in(const std::vector<std::string>& asked, const std::vector<std::string>& thing,
            bool (*fits)(const std::string&, const std::string&)) {
  return std::all_of(asked.begin(), asked.end(), [&](const std::string& word) {
    return std::any_of(thing.begin(), thing.end(), [&](const std::string& other) { return fits(word, other); });
  });
}

bool begins(const std::string& word, const std::string& other) {
  return same_word(word, other) || (word.size() >= 3 && other.starts_with(word));
}

}  // namespace

Words::Words(std::string_view text) {
  std::string word;
  const auto finish = [&] {
    if (!word.empty()) all_.push_back(std::move(word));
    word.clear();
  };
  while (!text.empty()) {
    const CodePoint point = decode_utf8(text);
    const std::string_view bytes = text.substr(0, static_cast<size_t>(point.length));
    text.remove_prefix(bytes.size());
    const char32_t c = point.value;
    if (c == '\'' || c == 0x2019) continue;  // "Ana's" is "anas"
    if (c < 0x80) {
      const char letter = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
      const bool part = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
      if (part) {
        word += letter;
      } else {
        finish();
      }
    } else if (c >= kFirstLatin && c < kFirstLatin + kLatin.size() && kLatin[c - kFirstLatin] != '?') {
      word += kLatin[c - kFirstLatin];
    } else if (c >= 0x100 && !(c >= 0x2000 && c < 0x2070)) {
      word += bytes;
    } else {
      finish();
    }
  }
  finish();
  telling_ = without(without(all_, kSmall), kKinds);
}

Match match(const Words& asked, const Words& thing) {
  if (asked.telling().empty()) return Match::kNone;
  if (!all_in(asked.telling(), thing.all(), begins)) return Match::kNone;
  if (!all_in(asked.telling(), thing.all(), same_word)) return Match::kBeginnings;
  return all_in(thing.telling(), asked.telling(), same_word) ? Match::kSame : Match::kWords;
}

}  // namespace favilla

// Splitting a sentence into words.
#include "understand/sentence.h"

#include <algorithm>
#include <array>

#include "base/unicode.h"
#include "base/utf8.h"

namespace favilla {
namespace {

// What stands at the ends of words and says nothing to a template. A minus or a sign of money belongs to its number.
constexpr std::string_view kEdges = ".,!?;:\"()[]";

struct Contraction {
  std::string_view whole;
  std::string_view first;
  std::string_view second;
};

// Those that no ending below explains.
constexpr Contraction kWholeWords[] = {
    {"won't", "will", "not"},  {"can't", "can", "not"},  {"cannot", "can", "not"},  {"shan't", "shall", "not"},
    {"let's", "let", "us"},    {"whats", "what", "is"},  {"wheres", "where", "is"}, {"whens", "when", "is"},
    {"whos", "who", "is"},     {"dont", "do", "not"},    {"doesnt", "does", "not"}, {"didnt", "did", "not"},
    {"wanna", "want", "to"},   {"gonna", "going", "to"}, {"gotta", "got", "to"},    {"gimme", "give", "me"},
    {"lemme", "let", "me"},    {"ive", "i", "have"},     {"im", "i", "am"},         {"hows", "how", "is"},
    {"thats", "that", "is"},   {"cant", "can", "not"},   {"isnt", "is", "not"},     {"arent", "are", "not"},
    {"havent", "have", "not"}, {"youre", "you", "are"},  {"weve", "we", "have"},    {"theres", "there", "is"},
};

// "Ana's" is not a contraction: 's is "is" after these only.
constexpr std::string_view kBeforeIs[] = {"what", "who",  "where", "when", "how", "why", "it",
                                          "that", "this", "there", "here", "he",  "she", "which"};

struct Ending {
  std::string_view ending;
  std::string_view second;
};
constexpr Ending kEndings[] = {{"n't", "not"},  {"'m", "am"},    {"'re", "are"},
                               {"'ll", "will"}, {"'ve", "have"}, {"'d", "would"}};

std::string lower_case(std::string_view text) {
  std::string lower;
  lower.reserve(text.size());
  while (!text.empty()) {
    if (const char c = text.front(); static_cast<unsigned char>(c) < 0x80) {
      lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      text.remove_prefix(1);
      continue;
    }
    const CodePoint point = decode_utf8(text);
    if (point.value == 0x2019 || point.value == 0x2018) {
      lower += '\'';
    } else {
      append_utf8(lower, to_lower(point.value));
    }
    text.remove_prefix(static_cast<size_t>(point.length));
  }
  return lower;
}

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

// Adds a word, or the two that it stands for.
void add_word(std::vector<Word>& words, std::string text, size_t from, size_t to) {
  const auto split = [&](std::string_view first, std::string_view second) {
    words.push_back({std::string(first), from, to});
    words.push_back({std::string(second), from, to});
  };
  for (const Contraction& known : kWholeWords) {
    if (text == known.whole) return split(known.first, known.second);
  }
  for (const auto& [ending, second] : kEndings) {
    if (text.size() > ending.size() && text.ends_with(ending)) {
      return split(std::string_view(text).substr(0, text.size() - ending.size()), second);
    }
  }
  if (text.ends_with("'s")) {
    const std::string_view first = std::string_view(text).substr(0, text.size() - 2);
    if (std::find(std::begin(kBeforeIs), std::end(kBeforeIs), first) != std::end(kBeforeIs)) return split(first, "is");
  }
  words.push_back({std::move(text), from, to});
}

}  // namespace

std::string_view Sentence::part(size_t begin, size_t end) const {
  const size_t from = words[begin].from;
  size_t to = words[end - 1].to;
  const auto is_open = [&] {
    const std::string_view said = std::string_view(text).substr(from, to - from);
    if (text[to] == '"') return std::count(said.begin(), said.end(), '"') % 2 != 0;
    return text[to] == ')' && std::count(said.begin(), said.end(), '(') > std::count(said.begin(), said.end(), ')');
  };
  while (to < text.size() && is_open()) ++to;
  return std::string_view(text).substr(from, to - from);
}

Sentence read_sentence(std::string_view text) {
  Sentence sentence;
  sentence.text = to_valid_utf8(text.substr(0, kMaxSentenceBytes));
  const std::string_view all = sentence.text;
  size_t at = 0;
  while (at < all.size()) {
    if (is_space(all[at])) {
      ++at;
      continue;
    }
    size_t end = at;
    while (end < all.size() && !is_space(all[end])) ++end;
    size_t from = at;
    size_t to = end;
    while (from < to && kEdges.find(all[from]) != std::string_view::npos) ++from;
    while (to > from && kEdges.find(all[to - 1]) != std::string_view::npos) --to;
    if (from < to) add_word(sentence.words, lower_case(all.substr(from, to - from)), from, to);
    at = end;
  }
  return sentence;
}

}  // namespace favilla

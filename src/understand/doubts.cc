// Broken matches, counted doubts, and their sum. See doubts.h.
#include "understand/doubts.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace favilla {
namespace {

constexpr std::array<std::string_view, kDoubtCount> kNames = {
    "free_word", "name_word",   "bare_template", "earlier_end",  "thing",
    "pointer",   "preposition", "clause",        "time_in_text", "second_best"};

// Of free words no more are counted: a long text is no worse than a longer one.
constexpr size_t kMostFreeWords = 5;
constexpr size_t kUsualNameWords = 3;
// A template with fewer words of its own says little about what is asked for.
constexpr size_t kFewTemplateWords = 2;

bool is_one_of(const std::vector<std::string>& sorted, const std::string& word) {
  return std::binary_search(sorted.begin(), sorted.end(), word);
}

bool is_time(EntityKind kind) {
  return kind == EntityKind::kDate || kind == EntityKind::kTime || kind == EntityKind::kDateTime ||
         kind == EntityKind::kRange || kind == EntityKind::kRecurrence;
}

bool stands_at(const Sentence& sentence, size_t word, const std::vector<std::string>& phrase) {
  return word + phrase.size() <= sentence.words.size() &&
         std::equal(phrase.begin(), phrase.end(), sentence.words.begin() + static_cast<std::ptrdiff_t>(word),
                    [](const std::string& a, const Word& b) { return a == b.text; });
}

bool begins_time(std::string_view word) {
  return word == "at" || word == "by" || word == "in" || word == "on";
}

// Whether the words stand between quotation marks.
bool is_quoted(const Sentence& sentence, WordRange words) {
  const size_t before = sentence.words[words.begin].from;
  const size_t after = sentence.words[words.end - 1].to;
  constexpr std::string_view kMarks = "\"'";
  return before > 0 && after < sentence.text.size() &&
         kMarks.find(sentence.text[before - 1]) != std::string_view::npos &&
         sentence.text[after] == sentence.text[before - 1];
}

// How many words of `words`, from the `first` on, are in a list.
size_t count_in(const std::vector<std::string>& list, const Sentence& sentence, WordRange words, size_t first = 0) {
  size_t count = 0;
  for (size_t at = words.begin + first; at < words.end; ++at) count += is_one_of(list, sentence.words[at].text) ? 1 : 0;
  return count;
}

// Of words that commas and "and" part: how many the longest part has.
size_t longest_part(const Sentence& sentence, WordRange words) {
  size_t longest = 0;
  size_t length = 0;
  for (size_t at = words.begin; at < words.end; ++at) {
    const Word& word = sentence.words[at];
    length = word.text == "and" ? 0 : length + 1;
    longest = std::max(longest, length);
    if (word.to < sentence.text.size() && sentence.text[word.to] == ',') length = 0;
  }
  return longest;
}

// "pay the bill|tomorrow", "pay the bill|on Friday".
bool is_before_time(const TemplateMatch& match, size_t word) {
  return std::any_of(match.times.begin(), match.times.end(),
                     [&](WordRange time) { return time.begin == word || time.begin == word + 1; });
}

}  // namespace

Json to_json(const Doubts& doubts) {
  Json json = Json::object();
  for (size_t i = 0; i < kDoubtCount; ++i) {
    if (doubts.counts[i] != 0) json[std::string(kNames[i])] = doubts.counts[i];
  }
  return json;
}

Result<DoubtWeights> read_doubt_weights(std::string_view text) {
  DoubtWeights weights;
  std::vector<std::pair<std::string_view, double*>> missing = {{"sure", &weights.sure},
                                                               {"least_confidence", &weights.least_confidence}};
  for (size_t i = 0; i < kDoubtCount; ++i) missing.emplace_back(kNames[i], &weights.each[i]);
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.starts_with('#')) continue;
    const size_t space = std::min(line.find(' '), line.size() - 1);
    const auto named = std::find_if(missing.begin(), missing.end(),
                                    [&](const auto& each) { return each.first == line.substr(0, space); });
    const Error broken{ErrorKind::kCorrupt, fmt::format("weights of doubts: \"{}\"", line)};
    if (named == missing.end()) return broken;
    const char* last = line.data() + line.size();
    const auto parsed = std::from_chars(line.data() + space + 1, last, *named->second);
    if (parsed.ec != std::errc() || parsed.ptr != last) return broken;
    missing.erase(named);
  }
  if (!missing.empty()) {
    return Error{ErrorKind::kCorrupt, fmt::format("weights of doubts: no {}", missing.front().first)};
  }
  return weights;
}

bool DoubtFinder::is_broken(const Sentence& sentence, const TemplateMatch& match, const TimeContext& context) const {
  return std::any_of(match.slots.begin(), match.slots.end(), [&](const SaidSlot& slot) {
    const WordRange words = slot.words;
    const std::string_view text = sentence.part(words.begin, words.end);
    // A quotation that ends inside is somebody's words; "I did|not ask for it"; "birthday on|every year".
    if (std::count(text.begin(), text.end(), '"') % 2 != 0 || is_loose(sentence, words)) return true;
    const std::string& last = sentence.words[words.end - 1].text;
    // "turn the oven on|at 6": one that another follows is the verb's.
    const bool is_verbs =
        words.end < match.end && begins_time(sentence.words[words.end].text) &&
        (words.end < words.begin + 2 || !is_one_of(words_.times_off, sentence.words[words.end - 2].text));
    const bool is_times = is_one_of(words_.before_time, last) || is_one_of(words_.of_time, last);
    if (!match.times.empty() && is_times && !is_verbs) return true;
    if (slot.kind == SaidSlot::Kind::kName) {
      const bool has_article = is_one_of(words_.articles, sentence.words[words.begin].text);
      const size_t noun = std::min(words.begin + (has_article ? 1 : 0), words.end - 1);
      return is_one_of(words_.no_name_begins, sentence.words[words.begin].text) ||
             is_one_of(words_.scopes, sentence.words[noun].text) ||
             count_in(words_.nameless, sentence, {noun, words.end}) == words.end - noun ||
             is_small_number(sentence, words, context) || holds_time(sentence, words, context);
    }
    if (points(sentence, slot)) return true;
    if (slot.kind == SaidSlot::Kind::kTask && ends_with_time(sentence, words, context)) return true;
    return holds_next_clause(sentence, words) || starts_with_time(sentence, words, context) ||
           (!match.times.empty() && holds_time(sentence, words, context));
  });
}

Doubts DoubtFinder::find(const Sentence& sentence, const TemplateMatch& match, const TimeContext& context) const {
  Doubts doubts;
  if (!match.slots.empty() && match.template_words < kFewTemplateWords) {
    doubts[Doubt::kBareTemplate] = static_cast<uint8_t>(kFewTemplateWords - match.template_words);
  }
  doubts[Doubt::kSecondBest] = match.is_second_best ? 1 : 0;
  doubts[Doubt::kClause] = match.hides_request ? 1 : 0;
  for (const SaidSlot& slot : match.slots) {
    if (is_quoted(sentence, slot.words)) continue;
    if (slot.might_end_before) ++doubts[Doubt::kEarlierEnd];
    if (slot.kind == SaidSlot::Kind::kName && points(sentence, slot)) ++doubts[Doubt::kPointer];
    if (holds_clause(sentence, match, slot)) ++doubts[Doubt::kClause];
    if (slot.kind == SaidSlot::Kind::kName) {
      const bool has_article = is_one_of(words_.articles, sentence.words[slot.words.begin].text);
      const size_t count = slot.words.end - slot.words.begin - (has_article ? 1 : 0);
      if (count > kUsualNameWords) doubts[Doubt::kNameWord] += static_cast<uint8_t>(count - kUsualNameWords);
      if (count_in(words_.things, sentence, slot.words) != 0) ++doubts[Doubt::kThing];
      if (count_in(words_.prepositions, sentence, slot.words, 1) != 0) ++doubts[Doubt::kPreposition];
      continue;
    }
    // A text at the end is whatever is said: "note that the train leaves at 7". A task is not: its time is due.
    const bool is_last = slot.words.end == match.end;
    if (!is_last && is_known_thing(sentence, slot.words)) ++doubts[Doubt::kThing];
    if (!is_last && !slot.is_fenced && !is_before_time(match, slot.words.end)) {
      const size_t count = longest_part(sentence, slot.words);
      doubts[Doubt::kFreeWord] += static_cast<uint8_t>(std::min(count, kMostFreeWords));
    }
    if (match.takes_time && (!is_last || slot.kind == SaidSlot::Kind::kTask) &&
        holds_time(sentence, slot.words, context)) {
      ++doubts[Doubt::kTimeInText];
    }
  }
  return doubts;
}

double DoubtFinder::confidence(const Doubts& doubts) const {
  double sum = weights_.sure;
  for (size_t i = 0; i < kDoubtCount; ++i) sum -= weights_.each[i] * doubts.counts[i];
  return 1 / (1 + std::exp(-sum));
}

// "the next one" is no name, "something" no text; "call the next patient" is one.
bool DoubtFinder::points(const Sentence& sentence, const SaidSlot& slot) const {
  const size_t pointing = count_in(words_.pointers, sentence, slot.words);
  const size_t articles = sentence.words[slot.words.begin].text == "the" ? 1 : 0;
  if (slot.kind == SaidSlot::Kind::kName) return pointing != 0;
  return pointing + articles == slot.words.end - slot.words.begin;
}

// "bread and milk" is one text; in "bread and put it back" another sentence follows, in "Porto and emails from Rui" and
// "Videos folder and the Music|folder" the first words are to be said again, "half and half" is one thing. A name goes
// on as neither.
bool DoubtFinder::holds_clause(const Sentence& sentence, const TemplateMatch& match, const SaidSlot& slot) const {
  const WordRange words = slot.words;
  if (count_in(words_.clauses, sentence, words, 1) != 0) return true;
  if (slot.might_end_before && longest_part(sentence, words) < words.end - words.begin) return true;
  const bool is_to_do = words.begin > 0 && sentence.words[words.begin - 1].text == "to";
  for (size_t at = words.begin + 1; at + 1 < words.end; ++at) {
    if (sentence.words[at].text != "and" && sentence.words[at].text != "or") continue;
    const std::string& next = sentence.words[at + 1].text;
    if (slot.kind == SaidSlot::Kind::kName || is_one_of(words_.prepositions, next)) return true;
    if (next == sentence.words[at - 1].text) return true;
    const size_t noun = at + (is_one_of(words_.articles, next) ? 2 : 1);
    if (words.end != match.end || is_to_do) continue;
    const std::string& last = sentence.words[words.end - 1].text;
    if (last == "it" || last == "them" || names_thing(sentence, {noun, std::min(noun + 1, words.end)})) return true;
  }
  return false;
}

bool DoubtFinder::names_thing(const Sentence& sentence, WordRange words) const {
  return count_in(words_.things, sentence, words) != 0;
}

// "the stamps reminder" is there already; "an alarm clock" is something to buy.
bool DoubtFinder::is_known_thing(const Sentence& sentence, WordRange words) const {
  const std::string& first = sentence.words[words.begin].text;
  return (first == "the" || first == "my") && names_thing(sentence, {words.end - 1, words.end});
}

bool DoubtFinder::is_loose(const Sentence& sentence, WordRange words) const {
  const size_t count = words.end - words.begin;
  const auto begins = [&](const auto& phrase) { return stands_at(sentence, words.begin, phrase); };
  const auto ends = [&](const auto& phrase) {
    return phrase.size() <= count && stands_at(sentence, words.end - phrase.size(), phrase);
  };
  return std::any_of(words_.loose_begins.begin(), words_.loose_begins.end(), begins) ||
         std::any_of(words_.loose_ends.begin(), words_.loose_ends.end(), ends);
}

// "washing powder, put it on the list".
bool DoubtFinder::holds_next_clause(const Sentence& sentence, WordRange words) const {
  for (size_t at = words.begin + 1; at < words.end; ++at) {
    if (sentence.text[sentence.words[at - 1].to] != ',') continue;
    const auto stands_here = [&](const auto& phrase) { return stands_at(sentence, at, phrase); };
    if (std::any_of(words_.next_clauses.begin(), words_.next_clauses.end(), stands_here)) return true;
  }
  return false;
}

bool DoubtFinder::holds_time(const Sentence& sentence, WordRange words, const TimeContext& context) const {
  return !times_in(sentence, words, context).empty();
}

// "lunch for two on Friday at|1", but "1984" is a title.
bool DoubtFinder::is_small_number(const Sentence& sentence, WordRange words, const TimeContext& context) const {
  constexpr size_t kMostDigits = 2;
  const std::string_view said = sentence.part(words.begin, words.end);
  if (said.find_first_not_of("0123456789") == std::string_view::npos) return said.size() <= kMostDigits;
  const auto found = finder_->find_at(said, 0, EntityKind::kNumber, context);
  return !found.empty() && found.front().to == said.size();
}

// "for tomorrow: call Ana".
bool DoubtFinder::starts_with_time(const Sentence& sentence, WordRange words, const TimeContext& context) const {
  const std::string& first = sentence.words[words.begin].text;
  if (words.end - words.begin < 2 || !is_one_of(words_.before_time, first)) return false;
  const size_t second = sentence.words[words.begin + 1].from - sentence.words[words.begin].from;
  const std::vector<size_t> times = times_in(sentence, words, context);
  return !times.empty() && times.front() <= second;
}

// "pay the March invoice on Friday", where no template took the time.
bool DoubtFinder::ends_with_time(const Sentence& sentence, WordRange words, const TimeContext& context) const {
  const std::string_view text = sentence.part(words.begin, words.end);
  const std::vector<Entity> found = finder_->find(text, context);
  return std::any_of(found.begin(), found.end(), [&](const Entity& entity) {
    const bool is_point = entity.kind != EntityKind::kRange || !entity.part.empty();  // "tomorrow evening" is one
    return is_time(entity.kind) && is_point && entity.to == text.size();
  });
}

// Where in the words times begin, in bytes from the first.
std::vector<size_t> DoubtFinder::times_in(const Sentence& sentence, WordRange words, const TimeContext& context) const {
  std::vector<size_t> places;
  const std::string_view text = sentence.part(words.begin, words.end);
  for (const Entity& entity : finder_->find(text, context)) {
    const std::string_view said = text.substr(entity.from, entity.to - entity.from);
    // "the weekly report": one word that tells how often describes what it stands before; "take tablets daily" does
    // not.
    const bool describes =
        entity.kind == EntityKind::kRecurrence && said.find(' ') == std::string_view::npos && entity.to < text.size();
    // "lunch" is a meal here, not noon.
    const bool is_meal = said.find(' ') == std::string_view::npos && is_one_of(words_.events, std::string(said));
    if (is_time(entity.kind) && !describes && !is_meal) places.push_back(entity.from);
  }
  return places;
}

}  // namespace favilla

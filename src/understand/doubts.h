// What speaks against a match of a template, and how sure that leaves it.
//
//   const DoubtFinder doubts(finder, read_doubt_words(...));
//   if (doubts.is_broken(sentence, match, context)) ...;    // refused: the next template is tried
//   const Doubts found = doubts.find(sentence, match, context);
//   doubts.confidence(found);                               // 0..1, the share of such matches that are right
//   to_json(found);                                         // {"free_word": 3, "thing": 1}, for the trace
//
// A confidence is a logistic sum of counted doubts. The weights are data (lang/NAME/talk/doubt_weights.txt), fitted by
// training/doubts/fit.py, which tells how.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "understand/entities.h"
#include "understand/templates.h"

namespace favilla {

enum class Doubt : uint8_t {
  kFreeWord,      // each word of a text that another text, a name or one word follows: it may end at any of them. Of
                  // "eggs, butter and olive oil" those of the longest part
  kNameWord,      // each word of a name beyond the third, without an article
  kBareTemplate,  // the template has next to no words of its own
  kEarlierEnd,    // a slot holds the word behind it: it might have ended there
  kThing,         // a name holds a word for something that another action is about: "my alarm"; so does a text, which
                  // other words follow: "the stamps reminder"
  kPointer,       // a name or text points at something unnamed: "the next one", "something"
  kPreposition,   // a name holds one: "event on my calendar"
  kClause,        // a name or a text goes on as a sentence of its own: "and then he called", "and emails from Rui", or
                  // as a whole request
  kTimeInText,    // a text holds a time that no slot took, though the action knows times
  kSecondBest,    // a cheaper match was refused
};
inline constexpr size_t kDoubtCount = 10;

struct Doubts {
  std::array<uint8_t, kDoubtCount> counts{};

  uint8_t& operator[](Doubt doubt) { return counts[static_cast<size_t>(doubt)]; }
  uint8_t operator[](Doubt doubt) const { return counts[static_cast<size_t>(doubt)]; }
};

// Those that were found, by name.
Json to_json(const Doubts& doubts);

// Words by which doubts are found, all sorted. From lang/NAME/talk/.
struct DoubtWords {
  using Phrases = std::vector<std::vector<std::string>>;
  Phrases loose_begins;  // with which no free text begins
  std::vector<std::string> no_name_begins;
  std::vector<std::string> scopes;  // nor with these behind an article
  Phrases loose_ends;
  Phrases next_clauses;                  // which after a comma are no more of a free text
  std::vector<std::string> before_time;  // neither it nor
  std::vector<std::string> of_time;      // this ends a text that a time follows
  std::vector<std::string> times_off;    // unless before the time stands a preposition, and no such word before it
  std::vector<std::string> things;
  std::vector<std::string> pointers;
  std::vector<std::string> nameless;  // alone they are no name
  std::vector<std::string> prepositions;
  std::vector<std::string> articles;
  std::vector<std::string> clauses;
  std::vector<std::string> events;  // words that make a thing an event; alone none is a time
};

struct DoubtWeights {
  double sure = 0;  // the sum of a match without doubts
  std::array<double, kDoubtCount> each{};
  double least_confidence = 0;  // below it a match is not acted on
};

// kCorrupt for a text that lacks a weight or has one that nothing is called by.
Result<DoubtWeights> read_doubt_weights(std::string_view text);

// Immutable; thread-safe.
class DoubtFinder {
 public:
  // `finder` must outlive it.
  DoubtFinder(const EntityFinder& finder, DoubtWords words, const DoubtWeights& weights)
      : finder_(&finder), words_(std::move(words)), weights_(weights) {}

  // Whether words that another slot should have had are in a slot: the template did not understand the sentence.
  bool is_broken(const Sentence& sentence, const TemplateMatch& match, const TimeContext& context) const;

  Doubts find(const Sentence& sentence, const TemplateMatch& match, const TimeContext& context) const;
  double confidence(const Doubts& doubts) const;
  // Whether a word for what some action is about is among the words: "list", "timer".
  bool names_thing(const Sentence& sentence, WordRange words) const;
  double least_confidence() const { return weights_.least_confidence; }

 private:
  std::vector<size_t> times_in(const Sentence& sentence, WordRange words, const TimeContext& context) const;
  bool holds_time(const Sentence& sentence, WordRange words, const TimeContext& context) const;
  bool starts_with_time(const Sentence& sentence, WordRange words, const TimeContext& context) const;
  bool is_small_number(const Sentence& sentence, WordRange words, const TimeContext& context) const;
  bool ends_with_time(const Sentence& sentence, WordRange words, const TimeContext& context) const;
  bool is_loose(const Sentence& sentence, WordRange words) const;
  bool holds_next_clause(const Sentence& sentence, WordRange words) const;
  bool holds_clause(const Sentence& sentence, const TemplateMatch& match, const SaidSlot& slot) const;
  bool points(const Sentence& sentence, const SaidSlot& slot) const;
  bool is_known_thing(const Sentence& sentence, WordRange words) const;

  const EntityFinder* finder_;
  DoubtWords words_;
  DoubtWeights weights_;
};

}  // namespace favilla

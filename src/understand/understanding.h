// From a sentence to a plan, by templates.
//
//   Understanding understanding = TRY(Understanding::load({{"reminders", sentences}}));
//   std::optional<Plan> plan = understanding.plan("could you remind me to call Ana at 6 please?", {now, zone});
//   plan->actions[0].arguments;  // {"text": "call Ana", "due": "2026-11-23T18:00:00"}
//
// A sentence is understood as a whole or not at all: courtesy at its ends aside, templates must cover every word.
// Several actions may be joined by "and" or "then". What is not understood, or not surely enough (doubts.h), is
// nullopt, never a guess.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "understand/doubts.h"
#include "understand/entities.h"
#include "understand/plan.h"
#include "understand/slots.h"
#include "understand/templates.h"

namespace favilla {

// More joined actions than this are not understood.
inline constexpr size_t kMaxActions = 8;

// What a slot of an action's templates reads in some words of a sentence, whatever the rest of it says.
struct FoundSlot {
  size_t from = 0;  // bytes of the sentence, with the word of the template before the slot
  size_t to = 0;
  std::vector<std::pair<std::string, Json>> arguments;  // one or two
};

// Immutable after load; thread-safe.
class Understanding {
 public:
  // kCorrupt for a file of sentences that breaks the format. A few milliseconds.
  static Result<Understanding> load(const std::vector<SentenceFile>& files, std::string_view language = "en");

  std::optional<Plan> plan(std::string_view text, const TimeContext& context,
                           const std::vector<Mention>& mentions = {}) const;

  // The same, however doubtful: what the weights of doubts are fitted to.
  std::optional<Plan> likeliest(std::string_view text, const TimeContext& context,
                                const std::vector<Mention>& mentions = {}) const;

  // All that the typed slots of the action's templates read anywhere in the sentence, also where readings overlap: of
  // "physio every Tuesday at 8:30" and calendar, add both "every Tuesday" and "every Tuesday at 8:30".
  // Nothing in a sentence of more than 64 words.
  std::vector<FoundSlot> find_slots(std::string_view tool, std::string_view action, std::string_view text,
                                    const TimeContext& context) const;

  // `text` without "hey Favilla", "could you", "please" and the like at its ends.
  std::string_view without_courtesy(std::string_view text) const;

  const EntityFinder& entities() const { return *finder_; }

 private:
  using Phrases = std::vector<std::vector<std::string>>;  // longest first
  // What languages have as words around requests, not as rules of entities: lang/NAME/talk.
  struct Talk {
    Phrases fillers;  // the last word of each is said while thinking, anywhere
    Phrases courtesy_before;
    Phrases courtesy_after;
    Phrases no_courtesy;                 // at the end
    std::vector<std::string> questions;  // first words of one, sorted
    Phrases after_questions;             // as courtesy_after, of a question only
    SlotWords slot_words;
    DoubtWords doubt_words;
    std::string_view doubt_weights;
  };

  Understanding(std::unique_ptr<EntityFinder> finder, Templates templates, Talk talk, DoubtFinder doubts);
  static Talk read_talk(std::string_view language);
  static Phrases read_phrases(std::string_view text, std::string_view section);
  Sentence read_without_fillers(std::string_view text) const;
  WordRange strip_courtesy(const Sentence& sentence) const;
  std::optional<TemplateMatch> match_one(const Sentence& sentence, WordRange words, const SlotReader& reader,
                                         const TimeContext& context) const;
  bool share_noun(const Sentence& sentence, const std::vector<TemplateMatch>& matches) const;
  bool goes_on(const Sentence& sentence, const TemplateMatch& first, WordRange rest, const SlotReader& reader,
               const TimeContext& context) const;
  struct Reading {
    Plan plan;
    size_t text_words;  // that text slots swallowed
  };
  std::optional<Reading> read_with_repeated_words(const Sentence& sentence, const std::vector<Mention>& mentions,
                                                  const TimeContext& context) const;
  Reading reading_of(const Sentence& sentence, const std::vector<TemplateMatch>& matches,
                     const TimeContext& context) const;
  std::optional<std::vector<TemplateMatch>> match(const Sentence& sentence, WordRange words, const SlotReader& reader,
                                                  const TimeContext& context, size_t actions) const;

  std::unique_ptr<EntityFinder> finder_;
  Templates templates_;
  Talk talk_;
  DoubtFinder doubts_;
};

}  // namespace favilla

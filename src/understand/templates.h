// Sentence templates: how people ask for an action, as readable text that is compiled once.
//
//   # comment
//   [add]
//   (remind|tell) me to {text:text} [at|on] {datetime:due}
//   (wake me up|alarm) [at] {time:time} -> label="wake up"
//   ! remind me to {text} (if|unless) {text}
//
// A block [action] holds one template a line. Words stand for themselves, in any case; (a|b) is one of several, [a|b]
// one of several or nothing; {kind:argument} is a slot that fills an argument, {kind:a+b} one that fills two (a range,
// a recurrence), {kind} one whose value is not wanted. ` -> name=value ...` sets fixed arguments. A line that starts
// with ! tells sentences that must not be taken for the action. A template covers a sentence from its first word to its
// last.
//
//   Templates templates = TRY(Templates::compile({{"reminders", text}}));
//   std::optional<TemplateMatch> match = templates.best(sentence, {0, sentence.words.size()}, reader);
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "understand/sentence.h"

namespace favilla {

struct SentenceFile {
  std::string tool;
  std::string_view text;  // copied
};

// What a slot that starts at some word can be: until which word, and its one or two values.
struct SlotReading {
  size_t end_word;
  Json values[2];
  uint32_t cost = 0;  // compare kTextWordCost: how much less sure than a typed value
};

// What each word costs that a slot for free text swallows; the match with the lowest sum is the best.
inline constexpr uint32_t kTextWordCost = 16;

// Reads the typed slots. The slot kinds "text" (one or more words), "task" (a text that ends with no time, else the
// match is doubted), "sentence" (a text that may be anything, never doubted) and "word" (one) are the compiler's own.
class SlotReader {
 public:
  virtual ~SlotReader() = default;
  virtual bool knows(std::string_view kind) const = 0;
  virtual std::vector<SlotReading> read(std::string_view kind, const Sentence& sentence, size_t word) const = 0;
};

struct WordRange {
  size_t begin;
  size_t end;
};

// A slot whose value is the words themselves.
struct SaidSlot {
  enum class Kind {
    kText,  // any words
    kTask,  // any words that do not end with a time
    kName,  // of something that has a name elsewhere, or a title
  };
  Kind kind;
  WordRange words;
  bool might_end_before = false;  // it holds the words of the template that follow it
  bool is_fenced = false;         // two words of the template follow it, or the last one: it ends nowhere else
};

struct TemplateMatch {
  std::string tool;
  std::string action;
  Json arguments = Json::object();
  std::vector<SaidSlot> slots;
  size_t end = 0;                // the word behind the last
  size_t text_words = 0;         // words that text slots swallowed: the fewer, the surer
  size_t template_words = 0;     // words of the template itself
  std::vector<WordRange> times;  // what slots for times were filled with
  bool takes_time = false;       // some template of the action has one
  bool ends_with_text = false;   // the last words are a text slot's, so what follows might belong to it
  bool is_second_best = false;   // a cheaper match was refused
  bool hides_request = false;    // behind an "and" of its last text stands another request
};

// A slot that reads what words mean, and what stands before it in the templates of one action.
struct SlotUse {
  std::string kind;
  std::string arguments[2];
  std::vector<std::string> before = {};  // words of the templates, each once
  bool is_bare = false;                  // another slot or nothing may stand there as well
};

class Templates {
 public:
  // kCorrupt with tool, line and reason for a text that breaks the format or uses a kind that `reader` does not know.
  static Result<Templates> compile(const std::vector<SentenceFile>& files, const SlotReader& reader);

  Templates(Templates&&) noexcept;
  Templates& operator=(Templates&&) noexcept;
  ~Templates();

  // Of the matches that `accept` accepts the one with the fewest words in text slots; of equals the first in the files.
  // nullopt when no template covers exactly these words, or when the sentence is one that the action excludes.
  std::optional<TemplateMatch> best(const Sentence& sentence, WordRange words, const SlotReader& reader,
                                    const std::function<bool(const TemplateMatch&)>& accept = nullptr) const;

  // Those of all templates of an action that fill arguments, each kind with its arguments once. Slots for free text,
  // names and what was mentioned are none of them. Empty where the action has none or is unknown. Put together anew in
  // each call, so that no start pays for it.
  std::vector<SlotUse> slots_of(std::string_view tool, std::string_view action) const;

  size_t size() const;  // templates

 private:
  struct Program;
  explicit Templates(std::unique_ptr<Program> program);
  std::unique_ptr<Program> program_;
};

}  // namespace favilla

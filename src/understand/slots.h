// The typed slots of templates: numbers, times, and words that point at what was talked about.
//
// Kind and value of each: number (JSON number), numeral (its words), ordinal (1, 2, -1), percentage (number), duration
// (whole seconds), date ("2026-11-27"), time ("18:00:00"), datetime (a date, or "2026-11-27T18:00:00" when the words
// say a time), waking (the same, in the morning where the half of the day is open), range (start and end),
// planned_range and planned_date (of what lies ahead), past_range and past_date (of what was), recurrence (RRULE and
// its first time), money and quantity (the words), it.KIND (the id of the mentioned thing of that kind), name (at most
// kMaxNameWords words, for what has a name elsewhere), event (at most kMaxEventWords words that name an event: "dinner
// with Ana"), title (the same without a word for events), owner (a name before a possessive 's, which is left out),
// file_name (a name whose last word has an ending such as .txt), device (one whose last word is a device's: "the desk
// lamp"), player and extension (one word: "mpv", "pdf"), phone (a telephone number), calculation (numbers and what
// joins them, as text), clause (words until a comma, a colon or a semicolon behind the last of them), unbroken (words
// with none of these between them, and others after them).
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "understand/entities.h"
#include "understand/planned_time.h"
#include "understand/templates.h"

namespace favilla {

// A thing that was just talked about.
struct Mention {
  std::string kind;  // "event", "task", "timer"
  std::string id;
  std::string title;
};

inline constexpr size_t kMaxNameWords = 5;
inline constexpr size_t kMaxEventWords = 10;

// Words with which slots tell what is meant. All sorted.
struct SlotWords {
  std::vector<std::string> event;            // one of them is among the first three words of an event
  std::vector<std::string> not_event;        // none of them is in the title of one, or in a name
  std::vector<std::string> no_event_begins;  // none of them is the first word of an event
  std::vector<std::string> not_name;         // none of them is in a name; a title may have them
  std::vector<std::string> device;           // one of them is the last word of a device's name
  std::vector<std::string> player;           // the names of programs that play
  std::vector<std::string> extension;        // the endings of files
  std::vector<std::string> calculation_operators;
  std::vector<std::string> calculation_joins;   // operators with which none begins
  std::vector<std::string> calculation_others;  // that a calculation has beside numbers and operators
  std::vector<std::string> before_time;         // after which a bare number is a time
  HalfOfDayWords half_of_day;
};

// Reads slots of one sentence after the other; remembers what it found in the last one, because many templates ask the
// same. Not thread-safe.
class EntitySlots : public SlotReader {
 public:
  // All must outlive the reader.
  EntitySlots(const EntityFinder& finder, const SlotWords& words, const TimeContext& context,
              const std::vector<Mention>& mentions)
      : finder_(finder), words_(words), context_(context), mentions_(mentions) {}

  bool knows(std::string_view kind) const override;
  std::vector<SlotReading> read(std::string_view kind, const Sentence& sentence, size_t word) const override;

 private:
  std::vector<SlotReading> read_anew(std::string_view kind, const Sentence& sentence, size_t word) const;
  std::vector<SlotReading> read_mention(std::string_view kind, const Sentence& sentence, size_t word) const;
  bool is_cut(const Entity& entity, const Sentence& sentence, size_t word) const;
  std::vector<SlotReading> read_entity(std::string_view kind, EntityKind entity_kind, const Sentence& sentence,
                                       size_t word) const;
  std::vector<SlotReading> read_title(const Sentence& sentence, size_t word, bool is_event) const;
  std::vector<SlotReading> read_calculation(const Sentence& sentence, size_t word) const;
  std::vector<SlotReading> read_phone(const Sentence& sentence, size_t word) const;
  std::optional<size_t> after_number(const Sentence& sentence, size_t word) const;
  std::vector<SlotReading> read_owner(const Sentence& sentence, size_t word) const;
  static std::vector<SlotReading> read_clause(const Sentence& sentence, size_t word, bool until_mark);
  bool is_meal(std::string_view said, const Sentence& sentence, size_t word) const;
  std::vector<SlotReading> read_part_of_day(const Sentence& sentence, size_t word) const;

  const EntityFinder& finder_;
  const SlotWords& words_;
  const TimeContext& context_;
  const std::vector<Mention>& mentions_;
  mutable std::string text_;  // of the sentence that `known_` is about
  mutable std::map<std::pair<std::string, size_t>, std::vector<SlotReading>> known_;
};

// The value that a slot of `kind` gets from the whole of `text`; nullopt when it is not one.
std::optional<Json> slot_value(std::string_view kind, std::string_view text, const EntityFinder& finder,
                               const TimeContext& context);

}  // namespace favilla

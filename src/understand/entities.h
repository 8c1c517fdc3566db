// Finds what a sentence says in numbers, units and times, and says exactly what is meant.
//
//   EntityFinder finder = TRY(EntityFinder::load());          // once; a few milliseconds
//   const TimeContext context{now, zone};
//   for (const Entity& entity : finder.find("call Ana tomorrow at 6", context))
//     use(entity.kind, entity.reading.start);                 // kDateTime, 2026-11-24T18:00:00
//
// A template slot asks where an entity that starts at a byte may end, longest first, and takes what lets the rest
// match:
//   for (const Entity& entity : finder.find_at(text, 10, EntityKind::kDateTime, context)) ...
//
// Words and patterns are data: lang/en/*.txt. Choices for ambiguous words are told in docs/understand.md.
// Values are the owner's wall clock; base/time_zone.h says which moment that is when clocks change.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/time_zone.h"

namespace favilla {

struct TimeContext {
  LocalSeconds now;
  TimeZone zone = TimeZone::utc();
};

enum class EntityKind {
  kNumber,      // "2.5 million", "two thirds"
  kOrdinal,     // "third", "last but one"
  kPercentage,  // "20 %"
  kMoney,       // "$5", "three euros fifty"
  kQuantity,    // "3 miles", "20 degrees"
  kBoolean,     // "yes", "nope"
  kDate,        // a day
  kTime,        // a time of day, the day is not said
  kDateTime,    // a day and a time
  kDuration,    // "two hours and a half"
  kRange,       // from one time until another, or open at one side
  kRecurrence,  // "every other Tuesday at 5"
};

// "number", "date", ... as in JSON.
std::string_view entity_kind_name(EntityKind kind);

using EntityKinds = uint32_t;  // a set: the sum of kind_bit()s

constexpr EntityKinds kind_bit(EntityKind kind) {
  return EntityKinds{1} << static_cast<int>(kind);
}

constexpr EntityKinds kAllKinds = ~EntityKinds{0};
constexpr EntityKinds kTimeKinds = kind_bit(EntityKind::kDate) | kind_bit(EntityKind::kTime) |
                                   kind_bit(EntityKind::kDateTime) | kind_bit(EntityKind::kDuration) |
                                   kind_bit(EntityKind::kRange) | kind_bit(EntityKind::kRecurrence);

// One way to understand a time. A point has no `end`. Both ends are there in a closed range; the end is exclusive, so
// "Monday to Wednesday" ends at Thursday's midnight. "before Friday" has no start, "after 5" no end.
struct Reading {
  std::optional<LocalSeconds> start;
  std::optional<LocalSeconds> end;
  bool operator==(const Reading&) const = default;
};

struct Entity {
  size_t from = 0;  // byte offsets in the text; `to` is exclusive
  size_t to = 0;
  EntityKind kind = EntityKind::kNumber;

  // kNumber, kPercentage, kMoney, kQuantity: exact decimal digits ("13.45"); 15 significant digits for fractions that
  // have none. kOrdinal: "3"; from the end "-1" is the last. kBoolean: "true", "false".
  std::string number;
  std::string unit;         // kMoney: ISO 4217 if the words say which, else "dollar"; kQuantity: "mile", "celsius"
  std::string dimension;    // kQuantity: "length", "temperature", "age"
  std::string relative_to;  // kOrdinal: "start", "end", "current"

  // Times: the reading that a plan means, so the next one. kTime and ranges of times of day (`clock_only`): the next
  // time the clock shows it.
  Reading reading;
  std::optional<Reading> past;  // the same words about what was ("on Friday": last Friday)
  std::vector<Reading> others;  // further readings, likely ones first ("at 5": the other half of the day)
  bool clock_only = false;      // kRange: times of day, the day is not said
  bool whole_days = false;      // kRange: starts and ends at midnights
  std::string part;             // "morning", "weekend", "spring" when vague
  bool approximate = false;     // "around 5"
  // Named, but without a reading: "30 February", which no calendar has, or "last fiscal year", which is another one for
  // everybody. Only find() tells of these.
  bool is_unresolved = false;

  std::string duration;          // kDuration: ISO 8601, "P1M2D", "PT1H30M"
  double seconds = 0;            // kDuration: with months of 30 and years of 365 days
  std::string rrule;             // kRecurrence: RFC 5545, "FREQ=WEEKLY;BYDAY=MO"; `reading` is the first time
  bool except_holidays = false;  // kRecurrence: "... except holidays"; which days those are is the caller's choice
};

// Immutable after load; find functions are thread-safe.
class EntityFinder {
 public:
  // Compiles the built-in rules of a language. kUnsupported for a language without rules.
  static Result<EntityFinder> load(std::string_view language = "en");

  EntityFinder(EntityFinder&&) noexcept;
  EntityFinder& operator=(EntityFinder&&) noexcept;
  ~EntityFinder();

  // Entities that do not overlap, in the order of the text. Words that only sometimes are meant as an entity ("may",
  // "7") are left out unless they are the whole text. Texts longer than 64 KiB are read up to there.
  std::vector<Entity> find(std::string_view text, const TimeContext& context, EntityKinds kinds = kAllKinds) const;

  // All entities of `kind` that start with the word at byte `from`, longest first; words that alone would be doubtful
  // count here. kDateTime stands for any point in time: a date, a time or both.
  std::vector<Entity> find_at(std::string_view text, size_t from, EntityKind kind, const TimeContext& context) const;

  // The whole of a slot's text as an entity of `kind`; nullopt when it is not one. kDateTime as above.
  std::optional<Entity> resolve(std::string_view text, EntityKind kind, const TimeContext& context) const;

 private:
  struct Rules;
  explicit EntityFinder(std::unique_ptr<Rules> rules);
  std::unique_ptr<Rules> rules_;
};

// What `favilla when --json` prints for an entity: text, from_char and to_char (code points), type, and its values.
Json to_json(const Entity& entity, std::string_view text);

}  // namespace favilla

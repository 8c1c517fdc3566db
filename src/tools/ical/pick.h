// Which item a call means: `id`, or `match` words, or when it takes place.
//
//   auto picked = TRY(pick(vdir, arguments, {ItemKind::kEvent, now, context.zone}));
//   if (picked.question) return *std::move(picked.question);  // "Which one?", or nothing was named
//   picked.stored->file ...
#pragma once

#include <optional>
#include <string>

#include "base/json.h"
#include "tools/ical/vdir.h"
#include "tools/tool.h"
#include "tools/wording.h"

namespace favilla {

struct PickOptions {
  ItemKind kind = ItemKind::kEvent;
  Moment now;
  const TimeZone& zone;
  bool done_too = false;  // tasks that are completed can be meant
};

struct Picked {
  const StoredItem* stored = nullptr;
  // The occurrence that was meant, or the next one (else the last one); nullopt for a task without a date.
  std::optional<Occurrence> occurrence;
  bool occurrence_named = false;  // by `occurrence`, or by an id that holds one
  std::optional<Outcome> question;
};

// Arguments: `id` (a UID, or an occurrence_id), `match`, `occurrence` (a day, a time or both, of the owner's clock).
// Events to come are preferred to past ones. kNotFound when nothing fits: one sentence.
Result<Picked> pick(const Vdir& vdir, const Json& arguments, const PickOptions& options);

// "UID" or, for one of a series, "UID#2026-11-27T15:00:00": what `id` takes and references carry.
std::string occurrence_id(const CalendarItem& item, const Occurrence& one, const IcalZones& zones);

// What an item is for people: "call Ana, today at 18:00".
std::string describe(const CalendarItem& item, const std::optional<Occurrence>& one, const TimeZone& zone, Moment now,
                     Say say = Say::kWritten);

// When it takes place or is due: "today, 13:00-14:00", "tomorrow"; empty without a date.
std::string describe_time(const CalendarItem& item, const std::optional<Occurrence>& one, const TimeZone& zone,
                          Moment now, Say say);

// The same for programs: id, title, start, end, all_day, ... in the owner's clock.
Json item_json(const StoredItem& stored, const CalendarItem& item, const std::optional<Occurrence>& one,
               const TimeZone& zone);

// The current occurrence of a task: tasks recur by moving on when they are completed. nullopt without a date.
std::optional<Occurrence> task_occurrence(const ItemFile& file);

}  // namespace favilla

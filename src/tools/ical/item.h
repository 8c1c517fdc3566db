// Events and tasks as the tools see them: one .ics file is one item, with the changed instances of a series beside it.
//
//   ItemFile file = TRY(read_item_file(bytes, zone));
//   for (const Occurrence& one : expand(file, from, to).occurrences) ...
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "tools/ical/content.h"
#include "tools/ical/rule.h"
#include "tools/ical/time.h"

namespace favilla {

// Of one series, in one range.
inline constexpr size_t kMaxOccurrences = 10000;

enum class ItemKind { kEvent, kTask };

struct Attendee {
  std::string name;  // CN, or the address when there is none
  std::string address;
};

// One VEVENT or VTODO.
struct CalendarItem {
  ItemKind kind = ItemKind::kEvent;
  std::string uid;
  std::string title;
  std::string place;
  std::string note;
  std::string status;  // "CONFIRMED", "CANCELLED", "COMPLETED"; upper case
  std::optional<Attendee> organizer;
  std::vector<Attendee> attendees;
  std::vector<std::string> categories;
  std::optional<IcalTime> start;
  std::optional<IcalTime> due;     // of a task
  std::chrono::seconds length{0};  // of an event; whole days when it starts with a date
  std::optional<RecurrenceRule> rule;
  std::optional<IcalTime> rule_until;
  std::string rule_problem;          // why the rule is not understood; then only the first occurrence is known
  std::vector<IcalTime> extra;       // RDATE
  std::vector<IcalTime> excluded;    // EXDATE
  std::optional<IcalTime> instance;  // RECURRENCE-ID: this replaces that one of the series
  std::optional<IcalTime> completed;
  bool takes_time = true;  // not TRANSP:TRANSPARENT: the owner is busy then
  int priority = 0;        // 1 high .. 9 low, 0 none
  int sequence = 0;
  std::optional<std::chrono::seconds> alarm;  // of the first VALARM, before (positive) the start or the due time

  bool recurs() const { return rule.has_value() || !extra.empty(); }
  bool done() const { return status == "COMPLETED" || status == "CANCELLED"; }
  // What the item is about in time: an event's start, a task's due time or else its start.
  const std::optional<IcalTime>& when() const { return kind == ItemKind::kTask && due ? due : start; }
};

// A file's content, understood. `items` holds the item itself first, then its changed instances.
struct ItemFile {
  IcalComponent calendar;
  IcalZones zones;
  std::vector<CalendarItem> items;

  const CalendarItem& main() const { return items.front(); }
};

// kCorrupt when the bytes are no calendar with one event or task that has a UID and readable times (a second UID in the
// file counts as a fault: it would be lost in an edit). `owner` gives floating times and dates a meaning.
Result<ItemFile> read_item_file(std::string_view bytes, const TimeZone& owner);

// One time that an event takes place or a task is due.
struct Occurrence {
  const CalendarItem* item = nullptr;  // the item or the changed instance; lives in the ItemFile
  Moment start;
  Moment end;                        // the same as start for a task
  bool whole_days = false;           // from a date to a date
  std::optional<IcalTime> instance;  // which one of the series, as its RECURRENCE-ID; nullopt when there is no series
};

struct Expansion {
  std::vector<Occurrence> occurrences;  // sorted by start
  bool cut = false;                     // a limit stopped the search
};

// Those that take place within [from, to), at least partly; something without length counts when it starts in it.
Expansion expand(const ItemFile& file, Moment from, Moment to);

// The first one that starts at `from` or later, for at most the next 50 years.
std::optional<Occurrence> next_occurrence(const ItemFile& file, Moment from);

}  // namespace favilla

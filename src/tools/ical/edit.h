// Making and changing items. All of these work on the text layer, so what they do not name stays as it is.
//
//   IcalComponent calendar = make_calendar();
//   IcalComponent event = make_item(ItemKind::kEvent, uid, now);
//   event.add(make_text_line("SUMMARY", "Lunch"));
//   put_item(calendar, std::move(event), zone);
//   write(calendar.to_text());
#pragma once

#include <optional>
#include <string>

#include "tools/ical/item.h"

namespace favilla {

IcalComponent make_calendar();

// With UID, DTSTAMP and CREATED.
IcalComponent make_item(ItemKind kind, std::string_view uid, Moment now);

// A UID for a new item: a hash of what it is and of the moment, so that a test can repeat it and no two items share it.
std::string make_uid(Moment now, std::string_view what);

// A time of the owner's wall clock as new items write it: with the owner's zone, or as UTC where that is the zone.
IcalTime owner_time(LocalSeconds local, bool whole_day, const TimeZone& zone);

// Adds a VTIMEZONE for each IANA zone that the item's times name and the calendar does not define yet.
void define_zones(IcalComponent& calendar, const IcalComponent& item, const TimeZone& owner);

// Adds the item, and the zones it names.
void put_item(IcalComponent& calendar, IcalComponent item, const TimeZone& owner);

// The main item (without RECURRENCE-ID), which every file of a Vdir may lack only if it holds changed instances alone;
// then the first of those.
IcalComponent& main_component(IcalComponent& calendar, ItemKind kind);

// The changed instance of a series; nullptr when that one is unchanged.
IcalComponent* find_instance(IcalComponent& calendar, const IcalZones& zones, ItemKind kind, const IcalTime& instance);

// Notes that the item was changed now: LAST-MODIFIED, DTSTAMP and SEQUENCE.
void touch(IcalComponent& item, Moment now);

// Moves an event to [start, start + length), or a task's due time (and its DTSTART by as much). Keeps DURATION where
// the item has one instead of DTEND.
void set_event_time(IcalComponent& event, const IcalTime& start, std::chrono::seconds length, const IcalZones& zones);
void set_due(IcalComponent& task, const IcalTime& due, const IcalZones& zones);

// Rings that long before the start (of a task: before it is due). Replaces all alarms; nullopt removes them.
void set_alarm(IcalComponent& item, std::optional<std::chrono::seconds> before);

// Takes one occurrence out of a series: EXDATE, and its changed instance is removed.
void exclude(IcalComponent& calendar, const ItemFile& file, const IcalTime& instance, Moment now);

// The changed instance for `instance`, made from the series when there is none yet. It has the series' properties but
// not its rule; the times are the occurrence's own until they are set.
IcalComponent& change_instance(IcalComponent& calendar, const ItemFile& file, const IcalTime& instance, Moment now);

}  // namespace favilla

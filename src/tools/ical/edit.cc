// Edits of calendar text. Each leaves the lines it does not name alone.
#include "tools/ical/edit.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "base/sha256.h"

namespace favilla {
namespace {

using std::chrono::days;
using std::chrono::seconds;

constexpr int kMaxSequence = 1000000;

constexpr const char* name_of(ItemKind kind) {
  return kind == ItemKind::kTask ? "VTODO" : "VEVENT";
}

IcalTime utc(Moment moment) {
  return {LocalSeconds{std::chrono::floor<seconds>(moment.time_since_epoch())}, IcalTime::Kind::kUtc, ""};
}

// The zones that an item's own lines name.
std::set<std::string> zones_named(const IcalComponent& item) {
  std::set<std::string> names;
  for (const IcalNode& node : item.nodes) {
    const IcalLine* line = std::get_if<IcalLine>(&node.value);
    if (line == nullptr) continue;
    if (std::optional<std::string> zone = line->parameter("TZID")) names.insert(*std::move(zone));
  }
  return names;
}

bool is_instance(const IcalComponent& component, const IcalZones& zones, ItemKind kind, const IcalTime& instance) {
  if (component.name != name_of(kind)) return false;
  const IcalLine* line = component.find("RECURRENCE-ID");
  const std::optional<IcalTime> time = line == nullptr ? std::nullopt : read_time(*line);
  return time && zones.to_moment(*time) == zones.to_moment(instance);
}

// The length as it is written for `start`: the end has the start's form.
IcalTime end_of(const IcalTime& start, seconds length, const IcalZones& zones) {
  IcalTime end = start;
  if (start.is_date()) {
    end.local += std::max<seconds>(length, days{1});
  } else {
    end = zones.from_moment(zones.to_moment(start) + length, start);
  }
  return end;
}

}  // namespace

IcalComponent make_calendar() {
  IcalComponent calendar = make_component("VCALENDAR");
  calendar.add(make_line("VERSION", "2.0"));
  calendar.add(make_line("PRODID", "-//Favilla//Favilla " FAVILLA_VERSION "//EN"));
  return calendar;
}

IcalComponent make_item(ItemKind kind, std::string_view uid, Moment now) {
  IcalComponent item = make_component(name_of(kind));
  item.add(make_text_line("UID", uid));
  item.add(make_time_line("DTSTAMP", utc(now)));
  item.add(make_time_line("CREATED", utc(now)));
  return item;
}

std::string make_uid(Moment now, std::string_view what) {
  Sha256 hash;
  const std::string text = fmt::format("{} {}", now.time_since_epoch().count(), what);
  hash.update(std::as_bytes(std::span(text.data(), text.size())));
  const std::string hex = hash.hex();
  // The form of a UUID of version 8, which is the one for hashes of one's own (RFC 9562).
  return fmt::format("{}-{}-8{}-8{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 3), hex.substr(15, 3),
                     hex.substr(18, 12));
}

IcalTime owner_time(LocalSeconds local, bool whole_day, const TimeZone& zone) {
  if (whole_day) return {std::chrono::floor<days>(local), IcalTime::Kind::kDate, ""};
  const bool is_utc = zone.name() == "Etc/UTC" || zone.name() == "UTC";
  return {local, is_utc ? IcalTime::Kind::kUtc : IcalTime::Kind::kZoned, is_utc ? "" : std::string(zone.name())};
}

void define_zones(IcalComponent& calendar, const IcalComponent& item, const TimeZone& owner) {
  std::set<std::string> defined;
  for (const IcalComponent* zone : calendar.components("VTIMEZONE")) {
    if (const IcalLine* tzid = zone->find("TZID")) defined.insert(std::string(tzid->value()));
  }
  const IcalLine* start_line = item.find("DTSTART");
  if (start_line == nullptr) start_line = item.find("DUE");
  const std::optional<IcalTime> start = start_line == nullptr ? std::nullopt : read_time(*start_line);
  for (const std::string& name : zones_named(item)) {
    if (defined.contains(name)) continue;
    const auto zone = TimeZone::find(name);
    if (!zone) continue;
    IcalComponent definition = make_timezone(*zone, start ? owner.to_moment(start->local) : Moment{});
    definition.set(make_text_line("TZID", name));
    calendar.add_first_component(std::move(definition));
  }
}

void put_item(IcalComponent& calendar, IcalComponent item, const TimeZone& owner) {
  define_zones(calendar, item, owner);
  calendar.add_component(std::move(item));
}

IcalComponent& main_component(IcalComponent& calendar, ItemKind kind) {
  IcalComponent* first = nullptr;
  for (IcalNode& node : calendar.nodes) {
    IcalComponent* component = std::get_if<IcalComponent>(&node.value);
    if (component == nullptr || component->name != name_of(kind)) continue;
    if (component->find("RECURRENCE-ID") == nullptr) return *component;
    if (first == nullptr) first = component;
  }
  return *first;
}

IcalComponent* find_instance(IcalComponent& calendar, const IcalZones& zones, ItemKind kind, const IcalTime& instance) {
  for (IcalNode& node : calendar.nodes) {
    IcalComponent* component = std::get_if<IcalComponent>(&node.value);
    if (component != nullptr && is_instance(*component, zones, kind, instance)) return component;
  }
  return nullptr;
}

void touch(IcalComponent& item, Moment now) {
  item.set(make_time_line("LAST-MODIFIED", utc(now)));
  item.set(make_time_line("DTSTAMP", utc(now)));
  const IcalLine* line = item.find("SEQUENCE");
  int sequence = 0;
  if (line != nullptr) std::from_chars(line->value().data(), line->value().data() + line->value().size(), sequence);
  item.set(make_line("SEQUENCE", std::to_string(std::clamp(sequence, 0, kMaxSequence) + 1)));
}

void set_event_time(IcalComponent& event, const IcalTime& start, seconds length, const IcalZones& zones) {
  event.set(make_time_line("DTSTART", start));
  if (event.find("DURATION") != nullptr) {
    event.set(make_line("DURATION", format_duration(length)));
  } else if (length > seconds{0}) {
    event.set(make_time_line("DTEND", end_of(start, length, zones)));
  } else {
    event.remove("DTEND");
  }
}

void set_due(IcalComponent& task, const IcalTime& due, const IcalZones& zones) {
  const IcalLine* due_line = task.find("DUE");
  const IcalLine* start_line = task.find("DTSTART");
  const std::optional<IcalTime> old_due = due_line == nullptr ? std::nullopt : read_time(*due_line);
  const std::optional<IcalTime> old_start = start_line == nullptr ? std::nullopt : read_time(*start_line);
  if (old_start) {
    IcalTime start = due;
    if (old_due) {
      const auto ahead = zones.to_moment(*old_due) - zones.to_moment(*old_start);
      start = zones.from_moment(zones.to_moment(due) - ahead, due);
    }
    task.set(make_time_line("DTSTART", start));
  }
  task.remove("DURATION");
  task.set(make_time_line("DUE", due));
}

void set_alarm(IcalComponent& item, std::optional<seconds> before) {
  item.remove_components("VALARM");
  if (!before) return;
  IcalComponent alarm = make_component("VALARM");
  alarm.add(make_line("ACTION", "DISPLAY"));
  const IcalLine* title = item.find("SUMMARY");
  alarm.add(make_line("DESCRIPTION", title == nullptr ? "" : title->value()));
  const bool has_end = item.name == "VTODO";
  alarm.add(make_line(has_end ? "TRIGGER;RELATED=END" : "TRIGGER", format_duration(-*before)));
  item.add_component(std::move(alarm));
}

void exclude(IcalComponent& calendar, const ItemFile& file, const IcalTime& instance, Moment now) {
  const ItemKind kind = file.main().kind;
  std::erase_if(calendar.nodes, [&](const IcalNode& node) {
    const IcalComponent* component = std::get_if<IcalComponent>(&node.value);
    return component != nullptr && is_instance(*component, file.zones, kind, instance);
  });
  IcalComponent& series = main_component(calendar, kind);
  series.add(make_time_line("EXDATE", instance));
  touch(series, now);
}

IcalComponent& change_instance(IcalComponent& calendar, const ItemFile& file, const IcalTime& instance, Moment now) {
  const ItemKind kind = file.main().kind;
  if (IcalComponent* known = find_instance(calendar, file.zones, kind, instance)) {
    touch(*known, now);
    return *known;
  }
  IcalComponent copy = main_component(calendar, kind);
  for (const char* property : {"RRULE", "RDATE", "EXDATE", "EXRULE"}) copy.remove(property);
  copy.set(make_time_line("RECURRENCE-ID", instance));
  if (kind == ItemKind::kEvent) {
    set_event_time(copy, instance, file.main().length, file.zones);
  } else {
    set_due(copy, instance, file.zones);
  }
  touch(copy, now);
  calendar.add_component(std::move(copy));
  return *find_instance(calendar, file.zones, kind, instance);
}

}  // namespace favilla

// From content lines to items. Text is made valid UTF-8 here, once, because it goes into replies and JSON.
#include "tools/ical/item.h"

#include <fmt/format.h>

#include <charconv>

#include "base/utf8.h"

namespace favilla {
namespace {

using std::chrono::days;
using std::chrono::seconds;

constexpr size_t kMaxInstances = 10000;

std::string text_of(const IcalComponent& component, std::string_view property) {
  const IcalLine* line = component.find(property);
  return line == nullptr ? "" : to_valid_utf8(line->text());
}

int number_of(const IcalComponent& component, std::string_view property) {
  const IcalLine* line = component.find(property);
  int number = 0;
  if (line != nullptr) std::from_chars(line->value().data(), line->value().data() + line->value().size(), number);
  return number;
}

Error corrupt(std::string what) {
  return {ErrorKind::kCorrupt, std::move(what)};
}

// nullopt when there is no such property; an error when it is there and no time.
Result<std::optional<IcalTime>> time_of(const IcalComponent& component, std::string_view property) {
  const IcalLine* line = component.find(property);
  if (line == nullptr) return std::optional<IcalTime>();
  std::optional<IcalTime> time = read_time(*line);
  if (!time) return corrupt(fmt::format("{} \"{}\" is not a time", property, line->value().substr(0, 40)));
  return time;
}

Result<std::vector<IcalTime>> times_of(const IcalComponent& component, std::string_view property) {
  std::vector<IcalTime> all;
  for (const IcalLine* line : component.all(property)) {
    std::optional<std::vector<IcalTime>> times = read_times(*line);
    if (!times) return corrupt(fmt::format("{} \"{}\" is not a list of times", property, line->value().substr(0, 40)));
    all.insert(all.end(), times->begin(), times->end());
    if (all.size() > kMaxInstances) return corrupt(fmt::format("more than {} of {}", kMaxInstances, property));
  }
  return all;
}

Attendee attendee_of(const IcalLine& line) {
  Attendee attendee;
  std::string address = to_valid_utf8(line.value());
  if (address.size() > 7 && (address.starts_with("mailto:") || address.starts_with("MAILTO:"))) address.erase(0, 7);
  attendee.address = address;
  attendee.name = to_valid_utf8(line.parameter("CN").value_or(""));
  if (attendee.name.empty()) attendee.name = address;
  return attendee;
}

std::vector<std::string> categories_of(const IcalComponent& component) {
  std::vector<std::string> categories;
  for (const IcalLine* line : component.all("CATEGORIES")) {
    std::string one;
    const std::string_view value = line->value();
    for (size_t i = 0; i <= value.size(); ++i) {
      if (i == value.size() || value[i] == ',') {
        if (!one.empty()) categories.push_back(to_valid_utf8(one));
        one.clear();
      } else if (value[i] != '\\' || (i > 0 && value[i - 1] == '\\')) {
        one += value[i];
      }
    }
  }
  return categories;
}

// The length of an event: DTEND or DURATION; else a day for a date, nothing for a time (RFC 5545, section 3.6.1).
Result<seconds> length_of(const IcalComponent& component, const IcalTime& start, const std::optional<IcalTime>& end,
                          const IcalZones& zones) {
  if (end) {
    if (end->is_date() && start.is_date()) return std::max<seconds>(end->local - start.local, days{1});
    return std::max(seconds{0}, std::chrono::floor<seconds>(zones.to_moment(*end) - zones.to_moment(start)));
  }
  if (const IcalLine* line = component.find("DURATION")) {
    const std::optional<seconds> length = parse_duration(line->value());
    if (!length || *length < seconds{0}) return corrupt("DURATION is not a duration");
    return start.is_date() ? std::max<seconds>(std::chrono::ceil<days>(*length), days{1}) : *length;
  }
  return start.is_date() ? seconds{days{1}} : seconds{0};
}

std::optional<seconds> alarm_of(const IcalComponent& component) {
  const std::vector<const IcalComponent*> alarms = component.components("VALARM");
  if (alarms.empty()) return std::nullopt;
  const IcalLine* trigger = alarms.front()->find("TRIGGER");
  if (trigger == nullptr) return std::nullopt;
  const std::optional<seconds> offset = parse_duration(trigger->value());
  return offset ? std::optional(-*offset) : std::nullopt;
}

Result<void> read_recurrence(const IcalComponent& component, CalendarItem& item) {
  if (const IcalLine* line = component.find("RRULE")) {
    auto rule = RecurrenceRule::parse(line->value());
    if (rule) {
      if (const std::optional<std::string> until = rule->part("UNTIL")) {
        item.rule_until = parse_time(*until);
        if (!item.rule_until) item.rule_problem = "its UNTIL is no time";
      }
      if (item.rule_problem.empty()) item.rule = *std::move(rule);
    } else {
      item.rule_problem = rule.error().message;
    }
  }
  item.extra = TRY(times_of(component, "RDATE"));
  item.excluded = TRY(times_of(component, "EXDATE"));
  item.instance = TRY(time_of(component, "RECURRENCE-ID"));
  return {};
}

Result<CalendarItem> read_item_in(const IcalComponent& component, const IcalZones& zones) {
  CalendarItem item;
  item.kind = component.name == "VTODO" ? ItemKind::kTask : ItemKind::kEvent;
  item.uid = text_of(component, "UID");
  if (item.uid.empty()) return corrupt("an item without UID");
  item.title = text_of(component, "SUMMARY");
  item.place = text_of(component, "LOCATION");
  item.note = text_of(component, "DESCRIPTION");
  item.status = text_of(component, "STATUS");
  for (char& c : item.status) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  if (const IcalLine* line = component.find("ORGANIZER")) item.organizer = attendee_of(*line);
  for (const IcalLine* line : component.all("ATTENDEE")) item.attendees.push_back(attendee_of(*line));
  item.categories = categories_of(component);
  item.start = TRY(time_of(component, "DTSTART"));
  item.due = TRY(time_of(component, "DUE"));
  item.completed = TRY(time_of(component, "COMPLETED"));
  if (item.completed && item.status.empty()) item.status = "COMPLETED";
  item.takes_time = text_of(component, "TRANSP") != "TRANSPARENT";
  item.priority = number_of(component, "PRIORITY");
  item.sequence = number_of(component, "SEQUENCE");
  item.alarm = alarm_of(component);
  if (item.kind == ItemKind::kEvent) {
    if (!item.start) return corrupt("an event without DTSTART");
    const std::optional<IcalTime> end = TRY(time_of(component, "DTEND"));
    item.length = TRY(length_of(component, *item.start, end, zones));
  } else if (item.start && !item.due) {
    if (const IcalLine* line = component.find("DURATION")) {
      if (const std::optional<seconds> length = parse_duration(line->value())) {
        item.due = item.start;
        item.due->local += *length;
      }
    }
  }
  TRY(read_recurrence(component, item));
  return item;
}

}  // namespace

Result<ItemFile> read_item_file(std::string_view bytes, const TimeZone& owner) {
  IcalComponent calendar = TRY(parse_ical(bytes));
  IcalZones zones(calendar, owner);
  std::vector<CalendarItem> items;
  for (const char* kind : {"VEVENT", "VTODO"}) {
    for (const IcalComponent* component : calendar.components(kind)) {
      CalendarItem item = TRY(read_item_in(*component, zones));
      if (!items.empty() && item.uid != items.front().uid) return corrupt("items with different UIDs in one file");
      const bool changed_instance = item.instance.has_value();
      items.insert(changed_instance ? items.end() : items.begin(), std::move(item));
      if (items.size() > kMaxInstances) return corrupt("too many items in one file");
    }
  }
  if (items.empty()) return corrupt("there is no event and no task");
  return ItemFile{std::move(calendar), std::move(zones), std::move(items)};
}

}  // namespace favilla

// Importing an .ics file: an invitation, its update, its cancellation, or an export with many events.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/file.h"
#include "base/utf8.h"
#include "tools/builtin/calendar/actions.h"
#include "tools/ical/edit.h"
#include "tools/ical/target.h"

namespace favilla {
namespace {

constexpr size_t kMaxImported = 2000;
constexpr size_t kMaxNamed = 5;

// One UID of the file as a file of its own, with the zones that it names; METHOD is of the message, not of the event.
std::string file_of(const IcalComponent& message, std::string_view uid) {
  IcalComponent own = make_calendar();
  std::vector<const IcalComponent*> events;
  for (const IcalComponent* event : message.components("VEVENT")) {
    const IcalLine* line = event->find("UID");
    if (line != nullptr && line->text() == uid) events.push_back(event);
  }
  for (const IcalComponent* zone : message.components("VTIMEZONE")) {
    const IcalLine* tzid = zone->find("TZID");
    const bool named = tzid != nullptr && std::any_of(events.begin(), events.end(), [&](const IcalComponent* event) {
                         return event->to_text().find(tzid->value()) != std::string::npos;
                       });
    if (named) own.add_component(*zone);
  }
  for (const IcalComponent* event : events) own.add_component(*event);
  return own.to_text();
}

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return result;
}

struct Imported {
  std::vector<std::string> added;
  std::vector<std::string> updated;
  std::vector<std::string> removed;
  size_t unchanged = 0;
  std::vector<std::string> refused;
  std::string conflicts;
};

// The known series with what the message says about single occurrences of it: changed, or cancelled.
std::string merge_instances(const StoredItem& known, const ItemFile& message, bool cancelled,
                            const ToolContext& context) {
  IcalComponent calendar = known.file.calendar;
  if (cancelled) {
    for (const CalendarItem& item : message.items) exclude(calendar, known.file, *item.instance, context.clock.now());
    return calendar.to_text();
  }
  for (const IcalComponent* event : message.calendar.components("VEVENT")) {
    const IcalLine* line = event->find("RECURRENCE-ID");
    const std::optional<IcalTime> instance = line == nullptr ? std::nullopt : read_time(*line);
    if (!instance) continue;
    if (IcalComponent* old = find_instance(calendar, known.file.zones, ItemKind::kEvent, *instance)) {
      *old = *event;
      define_zones(calendar, *event, context.zone);
    } else {
      put_item(calendar, *event, context.zone);
    }
  }
  return calendar.to_text();
}

// Takes one UID in: new, newer than what is there, or cancelled.
void import_one(const ToolContext& context, const Vdir& vdir, std::string_view calendar, const std::string& content,
                bool cancelled, Outcome& outcome, Imported& imported) {
  const Moment now = context.clock.now();
  auto file = read_item_file(content, context.zone);
  if (!file) {
    imported.refused.push_back(file.error().message);
    return;
  }
  const CalendarItem& item = file->main();
  const std::optional<Occurrence> next = next_occurrence(*file, file->zones.to_moment(*item.start));
  std::string words = describe(item, next, context.zone, now) + rule_words(item);
  if (item.organizer) words += ", from " + item.organizer->name;
  const StoredItem* known = vdir.find_uid(item.uid);
  if (cancelled) {
    if (known == nullptr) {
      ++imported.unchanged;
      return;
    }
    const bool whole = !item.instance.has_value();
    outcome.changes.push_back(
        replace_file(*known, whole ? std::nullopt : std::optional(merge_instances(*known, *file, true, context))));
    imported.removed.push_back(words);
    return;
  }
  if (known != nullptr && (known->file.main().sequence > item.sequence || known->bytes == content)) {
    ++imported.unchanged;
    return;
  }
  outcome.references.push_back({"event", item.uid, item.title});
  imported.conflicts += conflict_words(vdir, *file, context);
  if (known != nullptr) {
    const bool merge = item.instance.has_value() && !known->file.main().instance;
    outcome.changes.push_back(replace_file(*known, merge ? merge_instances(*known, *file, false, context) : content));
    imported.updated.push_back(words);
    return;
  }
  outcome.changes.push_back(create_file(vdir, calendar, item.uid, content));
  imported.added.push_back(words);
}

std::string part_words(std::string_view verb, const std::vector<std::string>& events) {
  if (events.empty()) return "";
  if (events.size() > kMaxNamed) return fmt::format(" {}: {}.", verb, say_count(events.size(), "event"));
  return " " + sentence(fmt::format("{}: {}", verb, fmt::join(events, "; ")));
}

std::string reply_of(const Imported& imported) {
  std::string reply = part_words("Added", imported.added) + part_words("Updated", imported.updated) +
                      part_words("Cancelled", imported.removed) + imported.conflicts;
  if (imported.unchanged > 0) {
    reply += imported.unchanged == 1 ? " Nothing new about 1 event."
                                     : fmt::format(" Nothing new about {} events.", imported.unchanged);
  }
  if (!imported.refused.empty()) {
    reply += fmt::format(" {} could not be read ({}).", say_count(imported.refused.size(), "event"),
                         imported.refused.front());
  }
  return reply.empty() ? "There is no event in the file." : reply.substr(1);
}

}  // namespace

Result<Outcome> plan_event_import(const ToolContext& context, const Json& arguments) {
  std::filesystem::path path = asked_text(arguments, "file");
  if (path.native().starts_with("~/")) path = path.native().substr(2);
  if (path.is_relative()) path = context.folders.home / path;
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    return Error{ErrorKind::kNotFound, fmt::format("There is no file {}.", to_valid_utf8(path.string()))};
  const std::string bytes = TRY(read_file(path, kMaxIcalBytes));
  const IcalComponent message = TRY(parse_ical(bytes).context(to_valid_utf8(path.filename().string())));
  const IcalLine* method = message.find("METHOD");
  const std::string method_name = method == nullptr ? "PUBLISH" : upper(method->value());
  if (method_name != "REQUEST" && method_name != "PUBLISH" && method_name != "CANCEL" && method_name != "ADD") {
    return Error{ErrorKind::kUnsupported,
                 fmt::format("{} is a {} message, which changes no calendar.", path.filename().string(),
                             to_valid_utf8(method_name.substr(0, 40)))};
  }
  const Vdir vdir = TRY(load_events(context));
  const std::string calendar = TRY(target_calendar(vdir, asked_text(arguments, "calendar"), default_calendar(context)));
  std::vector<std::string> uids;  // in the order of the file
  Outcome outcome;
  Imported imported;
  for (const IcalComponent* event : message.components("VEVENT")) {
    const IcalLine* line = event->find("UID");
    if (line == nullptr) {
      imported.refused.push_back("it has no UID");
    } else if (std::find(uids.begin(), uids.end(), line->text()) == uids.end()) {
      uids.push_back(line->text());
    }
  }
  if (uids.size() > kMaxImported) {
    return Error{ErrorKind::kExhausted, fmt::format("{} holds {} events, at most {} are taken at once.",
                                                    path.filename().string(), uids.size(), kMaxImported)};
  }
  for (const std::string& uid : uids) {
    if (context.cancel.requested()) return Error{ErrorKind::kCancelled, "stopped while importing"};
    import_one(context, vdir, calendar, file_of(message, uid), method_name == "CANCEL", outcome, imported);
  }
  outcome.result = {{"added", imported.added.size()},
                    {"updated", imported.updated.size()},
                    {"cancelled", imported.removed.size()},
                    {"unchanged", imported.unchanged}};
  outcome.reply = reply_of(imported) + vdir.broken_note();
  return outcome;
}

}  // namespace favilla

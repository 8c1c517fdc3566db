// The owner's calendars on disk: one folder for each calendar, one .ics file for each event or task (the vdir layout of
// khal, todoman and vdirsyncer). Reading only; writing is Changes.
//
//   const Vdir vdir = TRY(load_vdir(context.folders.calendars, ItemKind::kTask, context.zone, context.cancel));
//   for (const StoredItem& stored : vdir.items) ...
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "tools/change.h"
#include "tools/ical/item.h"

namespace favilla {

// More files than that in all calendars together are an error that says so.
inline constexpr size_t kMaxItemFiles = 100000;

struct StoredItem {
  std::filesystem::path path;
  std::string calendar;  // the folder's name
  std::string bytes;     // the file as it was read, for SetFile's `before`
  ItemFile file;
};

struct Vdir {
  struct Calendar {
    std::string name;   // the folder's name
    std::string title;  // its `displayname` file, or the name
    std::filesystem::path folder;
  };
  // A file that is no calendar item. It is left alone, and replies name it.
  struct Broken {
    std::filesystem::path path;
    std::string why;
  };
  std::filesystem::path root;
  std::vector<Calendar> calendars;  // sorted by name
  std::vector<StoredItem> items;    // sorted by path
  std::vector<Broken> broken;

  // The calendar of that name or title, whatever its case; nullptr when there is none.
  const Calendar* find_calendar(std::string_view name) const;
  const StoredItem* find_uid(std::string_view uid) const;
  // " (1 file could not be read: tasks/a.ics, line 3: ...)", or nothing.
  std::string broken_note() const;
};

// Reads the items of one kind. A missing root is an empty Vdir. kIo when a folder cannot be read; kExhausted beyond
// kMaxItemFiles; kCancelled.
Result<Vdir> load_vdir(const std::filesystem::path& root, ItemKind kind, const TimeZone& owner,
                       const CancelFlag& cancel);

// What creates `uid`'s file in calendar `name`, and with it the folders that are missing.
Change create_file(const Vdir& vdir, std::string_view name, std::string_view uid, std::string content);

// What replaces the file of `stored`, or removes it.
Change replace_file(const StoredItem& stored, std::optional<std::string> content);

// Whether a name can be a calendar's folder: no slash, no control character, no leading dot, at most 100 bytes.
bool is_calendar_name(std::string_view name);

}  // namespace favilla

// config.toml: what the owner has set by hand.
//
//   [data]
//   calendars = "~/.calendars"     # also contacts, notes, lists, mail, home
//   [home_assistant]
//   url = "http://homeassistant.local:8123"
#pragma once

#include <filesystem>

#include "base/paths.h"
#include "base/result.h"
#include "tools/tools.h"

namespace favilla {

// All tables as JSON; an empty object without a file. kCorrupt names the line. Dates become their text.
Result<Settings> read_settings(const std::filesystem::path& config_file);

// The `[data]` table over the defaults: folders below paths.data, ~/Mail or ~/Maildir, and the home folder.
// kInvalidArgument for unknown names and for paths that are neither absolute nor begin with "~/".
Result<DataFolders> data_folders(const Settings& settings, const Paths& paths, const std::filesystem::path& home);

}  // namespace favilla

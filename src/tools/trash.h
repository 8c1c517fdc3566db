// Where something goes when it is deleted: the freedesktop.org Trash specification, version 1.0.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "base/time_zone.h"
#include "tools/step.h"

namespace favilla {

// Chooses the trash folder (the home trash, or $topdir/.Trash/UID or $topdir/.Trash-UID on another file system) and a
// free name in it. Writes nothing. kNotFound when nothing is at `path`; kPermission for the root of a file system and
// for what is in a trash already.
Result<TrashStep> choose_trash(const std::filesystem::path& path, const std::filesystem::path& home_trash,
                               LocalSeconds now);

}  // namespace favilla

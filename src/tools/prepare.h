// From the changes of a tool to steps: names chosen, links resolved, missing folders added. Reads the world, writes
// nothing.
#pragma once

#include <filesystem>
#include <vector>

#include "base/result.h"
#include "base/time_zone.h"
#include "tools/change.h"
#include "tools/step.h"

namespace favilla {

struct PrepareOptions {
  std::filesystem::path trash;  // the home trash: $XDG_DATA_HOME/Trash
  LocalSeconds now;             // stands in the trash as the time of deletion
};

// kInvalidArgument for relative paths, for contents over the limit, and when one action would touch a path twice
// (except that several SetFile of one file become one). kNotFound when what is to be moved is not there,
// kBusy when something is where it should go.
Result<std::vector<Step>> prepare_changes(const std::vector<Change>& changes, const PrepareOptions& options);

// The steps that take `steps` back, in the order to apply them. kUnsupported, with the reason, when nothing does.
Result<std::vector<Step>> prepare_undo(const std::vector<Step>& steps, const PrepareOptions& options);

}  // namespace favilla

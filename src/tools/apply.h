// Does steps to files, and takes them back. Both look at the world and may be repeated from any point at which a
// process can be killed. What a step replaces stays beside it under a temporary name until clean(), so that taking back
// needs no space on the disk.
//
// Records and outward calls are no files: the runner handles them.
#pragma once

#include <string>

#include "base/file.h"
#include "base/result.h"
#include "tools/step.h"

namespace favilla {

// Makes the temporary names of one step: ".favilla-TOKEN-INDEX.tmp" in the folder of what it changes.
struct StepPlace {
  std::string token;  // of the action, unlike every other's
  size_t index = 0;   // of the step in it
  Flush flush = Flush::kYes;
};

// On the disk when it returns. kBusy when the world is not what the step expects (another program was faster); then,
// and after every other error, take_back() leaves the world as it was.
Result<void> apply_step(const Step& step, const StepPlace& place);

// kBusy when what the step made has been changed since, so that taking it back would lose something.
Result<void> take_back_step(const Step& step, const StepPlace& place);

// The world is as the step leaves it. False when that cannot be known.
bool is_applied(const Step& step);

// Removes what a step that is applied for good no longer needs: temporary names, an empty folder, an entry of the
// trash.
// May be repeated.
Result<void> clean_step(const Step& step, const StepPlace& place);

// Whether clean_step may have something to do.
bool needs_cleaning(const Step& step);

}  // namespace favilla

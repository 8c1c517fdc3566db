// tools: what Favilla can do, and doing it so that nothing is lost and everything can be undone.
//
//   Store store({.file = paths.data / "favilla.db"});
//   StoreRecords records(store);
//   const ToolContext context{clock, zone, folders, records, settings, cancel, ""};
//   Runner runner(store, builtin_tools(), context, {.trash = trash});
//   RunResult result = TRY(runner.run("lists", "add", {{"item", "milk"}}));
//   TRY(runner.undo(result.id));
//
// A tool plans (tool.h) and says what it would change (change.h); the runner (runner.h) makes the changes.
#pragma once

#include "tools/builtin/builtin.h"          // IWYU pragma: export
#include "tools/builtin/memory/memory_tool.h"  // IWYU pragma: export
#include "tools/builtin/phrases/phrases.h"  // IWYU pragma: export
#include "tools/change.h"                   // IWYU pragma: export
#include "tools/runner.h"                   // IWYU pragma: export
#include "tools/schema.h"                   // IWYU pragma: export
#include "tools/tool.h"                     // IWYU pragma: export

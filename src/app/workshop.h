// Everything a tool needs to run, put together: the same for every command, the chat and the service.
//
//   std::unique_ptr<Workshop> workshop = TRY(open_workshop(context.paths, {.now = "2026-11-23T18:00"}, cancel));
//   workshop->runner.run("clock", "now", Json::object());
#pragma once

#include <memory>
#include <string>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/paths.h"
#include "base/result.h"
#include "base/time_zone.h"
#include "tools/tools.h"

namespace favilla {

struct WorkshopOptions {
  std::string now = "";   // ISO 8601; empty: the real time
  std::string zone = "";  // IANA name; empty: the machine's
  std::string area = "";  // the room of the device that heard the sentence
  bool flush = true;      // false only for measuring: a power failure may take the last actions
};

// Stays where it is: its members refer to each other. The database is opened by the first action that needs it.
struct Workshop {
  Workshop(std::unique_ptr<Clock> clock, TimeZone zone, DataFolders folders, Settings settings, StoreOptions store,
           RunnerOptions runner, const CancelFlag& cancel, std::string area, std::filesystem::path cache);
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;

  const std::unique_ptr<Clock> clock;
  const TimeZone zone;
  const DataFolders folders;
  const Settings settings;
  Store store;
  const StoreRecords records;
  const ToolContext context;
  Runner runner;
};

// The owner's rules (policy/rules.h).
std::filesystem::path rules_file(const Paths& paths);

// Reads config.toml and the rules, and fails when either cannot be understood: a rule that is not read is a hole. Opens
// nothing else. `cancel` must outlive the workshop.
Result<std::unique_ptr<Workshop>> open_workshop(const Paths& paths, const WorkshopOptions& options,
                                                const CancelFlag& cancel,
                                                const GetEnvironment& environment = process_environment);

}  // namespace favilla

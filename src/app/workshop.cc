// Paths, settings, clock and store become a runner.
#include "app/workshop.h"

#include <utility>

#include "app/config.h"
#include "tools/mcp/config.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

// The trash of all programs, not one of our own.
fs::path home_trash(const GetEnvironment& environment, const fs::path& home) {
  const std::string data = environment("XDG_DATA_HOME").value_or("");
  return (fs::path(data).is_absolute() ? fs::path(data) : home / ".local/share") / "Trash";
}

}  // namespace

Workshop::Workshop(std::unique_ptr<Clock> the_clock, TimeZone the_zone, DataFolders the_folders, Settings the_settings,
                   StoreOptions store_options, RunnerOptions runner_options, const CancelFlag& cancel, std::string area,
                   fs::path cache)
    : clock(std::move(the_clock)),
      zone(the_zone),
      folders(std::move(the_folders)),
      settings(std::move(the_settings)),
      store(std::move(store_options)),
      records(store),
      context{*clock, zone, folders, records, settings, cancel, std::move(area), std::move(cache)},
      runner(store, builtin_tools(), context, std::move(runner_options)) {}

fs::path rules_file(const Paths& paths) {
  return paths.config / "rules.txt";
}

Result<std::unique_ptr<Workshop>> open_workshop(const Paths& paths, const WorkshopOptions& options,
                                                const CancelFlag& cancel, const GetEnvironment& environment) {
  const fs::path home = environment("HOME").value_or("/");
  const TimeZone zone =
      options.zone.empty() ? TimeZone::of_this_machine(environment) : TRY(TimeZone::find(options.zone));
  std::unique_ptr<Clock> clock = std::make_unique<SystemClock>();
  if (!options.now.empty()) clock = std::make_unique<FixedClock>(TRY(parse_iso_moment(options.now, zone)));
  Settings settings = TRY(read_settings(paths.config / "config.toml"));
  settings["own_folders"] = {paths.config.string(), paths.data.string(), paths.cache.string()};
  TRY(complete_mcp_settings(settings, paths.config / "mcp.json", home));
  DataFolders folders = TRY(data_folders(settings, paths, home));
  folders.trash = home_trash(environment, home);
  RunnerOptions runner{
      .trash = folders.trash,
      .rules = TRY(read_rules(rules_file(paths), action_names(builtin_tools()))),
      .protected_places = {paths.config, paths.data / "favilla.db", settings["mcp"]["file"].get<std::string>()}};
  return std::make_unique<Workshop>(std::move(clock), zone, std::move(folders), std::move(settings),
                                    StoreOptions{paths.data / "favilla.db", options.flush}, std::move(runner), cancel,
                                    options.area, paths.cache / "tools");
}

}  // namespace favilla

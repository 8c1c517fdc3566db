// favilla undo: takes an action back.
#include <fmt/format.h>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/outcomes.h"

namespace favilla::cli {

int cmd_undo(CommandContext& context, const std::vector<std::string>& args) {
  std::optional<int64_t> id;
  RunOptions options;
  WorkshopOptions workshop_options;
  bool json = false;
  CLI::App app{
      "Takes back the last action, or the one with this number in `favilla journal`. Undoing an undo does the "
      "action again.",
      "favilla undo"};
  app.add_option("id", id, "number of the entry");
  app.add_flag("--yes", options.approved, "approve it without being asked");
  app.add_flag("--dry-run", options.dry_run, "say what it would take back, and do nothing");
  app.add_flag("--json", json, "print as JSON");
  add_clock_options(app, workshop_options);
  app.footer(examples({"favilla undo", "favilla undo 12"}));
  if (const std::optional<int> code = parse_arguments(app, args, context)) return *code;
  const Result<std::unique_ptr<Workshop>> workshop = open_workshop(context.paths, workshop_options, context.cancel);
  if (!workshop) return print_error(context, workshop.error());
  Runner& runner = (*workshop)->runner;
  const Result<RunResult> result = run_with_approval(
      context, runner, options, [&](const RunOptions& run_options) { return runner.undo(id, run_options); });
  print_recovered(context, runner);
  if (!result) return print_error(context, result.error());
  if (json) {
    fmt::print(context.out, "{}\n", to_json_text(outcome_json(*result, options.dry_run)));
    return kExitOk;
  }
  return print_outcome(context, *result, options.dry_run);
}

}  // namespace favilla::cli

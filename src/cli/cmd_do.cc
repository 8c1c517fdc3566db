// favilla do: calls one action of one tool, with no words to understand.
#include <fmt/format.h>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/outcomes.h"

namespace favilla::cli {
namespace {

struct DoOptions {
  std::string tool;
  std::string action;
  std::vector<std::string> arguments;
  bool yes = false;
  bool dry_run = false;
  bool json = false;
  WorkshopOptions workshop;
};

Result<Json> parse_action_arguments(const Action& action, const std::vector<std::string>& words) {
  const Json schema = TRY(parse_json(action.parameters));
  Json arguments = Json::object();
  for (const std::string& word : words) {
    const size_t equals = word.find('=');
    if (equals == std::string::npos) {
      return Error{ErrorKind::kInvalidArgument, fmt::format("--arg {} is not NAME=VALUE", word)};
    }
    const std::string name = word.substr(0, equals);
    arguments[name] = TRY(typed_argument(schema, name, word.substr(equals + 1)));
  }
  return arguments;
}

Result<int> run_action(const CommandContext& context, const DoOptions& options) {
  const Action* action = TRY(find_action(builtin_tools(), options.tool, options.action));
  const Json arguments = TRY(parse_action_arguments(*action, options.arguments));
  const std::unique_ptr<Workshop> workshop = TRY(open_workshop(context.paths, options.workshop, context.cancel));
  const Result<RunResult> result =
      run_with_approval(context, workshop->runner, {.approved = options.yes, .dry_run = options.dry_run},
                        [&](const RunOptions& run_options) {
                          return workshop->runner.run(options.tool, options.action, arguments, run_options);
                        });
  print_recovered(context, workshop->runner);
  if (!result) return result.error();
  if (!options.json) return print_outcome(context, *result, options.dry_run);
  fmt::print(context.out, "{}\n", to_json_text(outcome_json(*result, options.dry_run)));
  return result->outcome.question ? kExitUsage : kExitOk;
}

}  // namespace

int cmd_do(CommandContext& context, const std::vector<std::string>& args) {
  DoOptions options;
  CLI::App app{"Calls one action of a tool (`favilla tools` lists them). What it changes can be undone.", "favilla do"};
  app.add_option("tool", options.tool, "name of a tool")->required();
  app.add_option("action", options.action, "name of its action")->required();
  app.add_option("--arg", options.arguments, "NAME=VALUE, once for each argument")->allow_extra_args(false);
  app.add_flag("--yes", options.yes, "approve it without being asked");
  app.add_flag("--dry-run", options.dry_run, "say what it would do, and do nothing");
  app.add_flag("--json", options.json, "print as JSON");
  add_clock_options(app, options.workshop);
  app.footer(examples({"favilla do clock now --arg place=Tokyo", "favilla do lists add --arg item=milk"}));
  if (const std::optional<int> code = parse_arguments(app, args, context)) return *code;
  const Result<int> code = run_action(context, options);
  return code ? *code : print_error(context, code.error());
}

}  // namespace favilla::cli

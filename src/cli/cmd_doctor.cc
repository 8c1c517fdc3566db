// favilla doctor: what this machine has, what is missing, and the command that mends it.
#include <fmt/format.h>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/health.h"

namespace favilla::cli {
namespace {

constexpr const char* kGreen = "\033[32m";
constexpr const char* kYellow = "\033[33m";
constexpr const char* kRed = "\033[31m";
constexpr const char* kPlain = "\033[0m";

const char* colour_of(HealthState state) {
  switch (state) {
    case HealthState::kOk:
      return kGreen;
    case HealthState::kNote:
      return kYellow;
    case HealthState::kMissing:
      return kRed;
  }
  return kPlain;
}

void print_checks(const CommandContext& context, const std::vector<HealthCheck>& checks) {
  fmt::print(context.out, "favilla {}\n", FAVILLA_VERSION);
  for (const HealthCheck& check : checks) {
    fmt::print(context.out, "  {}{:<8}{}{:<10}{}\n", context.colour ? colour_of(check.state) : "",
               health_state_name(check.state), context.colour ? kPlain : "", check.name, check.summary);
    if (!check.remedy.empty()) fmt::print(context.out, "  {:18}-> {}\n", "", check.remedy);
  }
}

void print_json(const CommandContext& context, const std::vector<HealthCheck>& checks, bool healthy) {
  Json report{{"version", FAVILLA_VERSION}, {"healthy", healthy}, {"checks", Json::array()}};
  for (const HealthCheck& check : checks) {
    report["checks"].push_back({{"name", check.name},
                                {"state", health_state_name(check.state)},
                                {"summary", check.summary},
                                {"remedy", check.remedy},
                                {"details", check.details}});
  }
  fmt::print(context.out, "{}\n", to_json_text(report));
}

}  // namespace

// Exit code 1 when something is missing, so that a script can ask.
int cmd_doctor(CommandContext& context, const std::vector<std::string>& args) {
  CLI::App app{"Shows what this machine has for Favilla, what is missing, and the command that mends it.",
               "favilla doctor"};
  bool json = false;
  app.add_flag("--json", json, "print one JSON object");
  app.footer(examples({"favilla doctor", "favilla doctor --json"}));
  if (const std::optional<int> code = parse_arguments(app, args, context)) return *code;

  const std::vector<HealthCheck> checks =
      check_health({.paths = context.paths, .is_terminal = context.out_is_terminal, .cancel = &context.cancel});
  bool healthy = true;
  for (const HealthCheck& check : checks) healthy = healthy && check.state != HealthState::kMissing;
  if (json) {
    print_json(context, checks, healthy);
  } else {
    print_checks(context, checks);
  }
  return healthy ? kExitOk : kExitFailure;
}

}  // namespace favilla::cli

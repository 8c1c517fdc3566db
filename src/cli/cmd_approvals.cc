// favilla approvals: what the owner agreed to and has not been used or is not over.
#include <fmt/format.h>

#include "base/utf8.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/outcomes.h"
#include "cli/table.h"
#include "cli/terminal.h"

namespace favilla::cli {
namespace {

struct ApprovalsOptions {
  std::string verb = "list";
  std::string id;
  bool json = false;
  WorkshopOptions workshop;
};

Result<void> run(const CommandContext& context, const ApprovalsOptions& options) {
  const std::unique_ptr<Workshop> workshop = TRY(open_workshop(context.paths, options.workshop, context.cancel));
  Approvals approvals(workshop->store);
  if (options.verb == "revoke") TRY(approvals.revoke(options.id, context.cancel));
  const std::vector<Approval> all = TRY(approvals.all(workshop->clock->now()));
  if (options.json) {
    Json rows = Json::array();
    for (const Approval& each : all) {
      rows.push_back({{"id", each.id},
                      {"scope", name_of(each.scope)},
                      {"call", each.call},
                      {"given", format_iso(each.given)},
                      {"until", each.until ? Json(format_iso(*each.until)) : Json()}});
    }
    fmt::print(context.out, "{}\n", to_json_text(rows));
    return {};
  }
  if (all.empty()) fmt::print(context.out, "Nothing is approved in advance.\n");
  std::vector<TableRow> table{{"ID", "SCOPE", "UNTIL", "CALL"}};
  for (const Approval& each : all) {
    const std::string until = each.until ? format_iso(workshop->zone.to_local(*each.until)) : "revoked";
    table.push_back({each.id, name_of(each.scope), until, without_controls(to_valid_utf8(each.call))});
  }
  if (!all.empty()) fmt::print(context.out, "{}", format_table(table));
  return {};
}

}  // namespace

int cmd_approvals(CommandContext& context, const std::vector<std::string>& args) {
  ApprovalsOptions options;
  CLI::App app{"Lists what you approved and what still holds, or revokes one.", "favilla approvals"};
  app.add_option("verb", options.verb, "list or revoke")->check(CLI::IsMember({"list", "revoke"}));
  app.add_option("id", options.id, "of the approval to revoke");
  app.add_flag("--json", options.json, "print as JSON");
  add_clock_options(app, options.workshop);
  app.footer(examples({"favilla approvals", "favilla approvals revoke 3f2a9c01b7de"}));
  if (const std::optional<int> code = parse_arguments(app, args, context)) return *code;
  const Result<void> done = run(context, options);
  return done ? kExitOk : print_error(context, done.error());
}

}  // namespace favilla::cli

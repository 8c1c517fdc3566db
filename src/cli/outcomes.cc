// Outcomes on a terminal and as JSON.
#include "cli/outcomes.h"

#include <fmt/format.h>

#include "base/utf8.h"
#include "cli/models.h"
#include "cli/terminal.h"

namespace favilla::cli {
namespace {

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};

// One line for a person: "change lists/shopping.md".
std::string describe(const Change& change) {
  return std::visit(Overloaded{
                        [](const SetFile& c) {
                          const char* verb = !c.before ? "create" : (c.after ? "change" : "remove");
                          return fmt::format("{} {}", verb, c.path.string());
                        },
                        [](const MoveFile& c) { return fmt::format("move {} to {}", c.from.string(), c.to.string()); },
                        [](const CopyFile& c) { return fmt::format("copy {} to {}", c.from.string(), c.to.string()); },
                        [](const TrashFile& c) { return fmt::format("move {} to the trash", c.path.string()); },
                        [](const MakeFolder& c) { return fmt::format("make the folder {}", c.path.string()); },
                        [](const SetRecord& c) { return fmt::format("note {} {}", c.collection, c.key); },
                        [](const OutwardCall& c) { return fmt::format("call {}", to_json_text(c.request)); },
                    },
                    change);
}

// What the owner types; the first letter is enough.
constexpr std::pair<std::string_view, Scope> kScopeWords[] = {
    {"yes", Scope::kOnce}, {"task", Scope::kTask}, {"hour", Scope::kUntil}, {"always", Scope::kAlways}};

std::string shown(const std::string& text) {
  return without_controls(to_valid_utf8(text));
}

}  // namespace

void add_clock_options(CLI::App& app, WorkshopOptions& options) {
  app.add_option("--now", options.now, "pretend that it is this time (ISO 8601)");
  app.add_option("--tz", options.zone, "time zone, such as Europe/Lisbon, instead of this machine's");
}

std::optional<Grant> ask_grant(const CommandContext& context, const std::string& what, bool in_task) {
  if (!can_ask(context)) return std::nullopt;
  const std::string answer =
      ask_line(context, fmt::format("{}\nDo it? [y]es once, {}for an [h]our, [a]lways when it is exactly this, [N]o ",
                                    shown(what), in_task ? "for this [t]ask, " : ""));
  for (const auto& [word, scope] : kScopeWords) {
    if (scope == Scope::kTask && !in_task) continue;
    if (answer == word || (answer.size() == 1 && (answer[0] | 0x20) == word[0])) return Grant{.scope = scope};
  }
  return std::nullopt;
}

Result<RunResult> run_with_approval(const CommandContext& context, Runner& runner, const RunOptions& options,
                                    const std::function<Result<RunResult>(const RunOptions&)>& action) {
  Result<RunResult> result = action(options);
  if (result || !runner.asked()) return result;
  if (!can_ask(context)) {
    Error error = std::move(result).error();
    error.message += ": pass --yes to give it";
    return error;
  }
  const AskedApproval& asked = *runner.asked();
  const std::optional<Grant> grant =
      ask_grant(context, fmt::format("{}\n{}", result.error().message, asked.question), !asked.turn.empty());
  if (!grant) return Error{ErrorKind::kPermission, "not approved, nothing was done"};
  TRY(runner.approve(*grant));
  return action(options);
}

void print_recovered(const CommandContext& context, Runner& runner) {
  for (const Recovered& recovered : runner.take_recovered()) {
    fmt::print(context.err, "favilla: {}\n", shown(recovered.text));
  }
}

int print_outcome(const CommandContext& context, const RunResult& result, bool dry_run) {
  const Outcome& outcome = result.outcome;
  if (outcome.question) {
    fmt::print(context.out, "{}\n", shown(outcome.question->text));
    for (const std::string& choice : outcome.question->choices) fmt::print(context.out, "  {}\n", shown(choice));
    fmt::print(context.err, "favilla: nothing was done; answer with --arg {}=...\n", outcome.question->argument);
    return kExitUsage;
  }
  if (!outcome.reply.empty()) fmt::print(context.out, "{}\n", shown(outcome.reply));
  if (!dry_run) return kExitOk;
  fmt::print(context.out, "{}\n", outcome.changes.empty() ? "Nothing would change." : "Nothing was done. It would");
  for (const Change& change : outcome.changes) fmt::print(context.out, "  {}\n", shown(describe(change)));
  return kExitOk;
}

Json outcome_json(const RunResult& result, bool dry_run) {
  const Outcome& outcome = result.outcome;
  Json json{{"reply", outcome.reply},
            {"spoken", outcome.spoken.empty() ? outcome.reply : outcome.spoken},
            {"result", outcome.result},
            {"references", Json::array()},
            {"id", result.id ? Json(*result.id) : Json()}};
  for (const Reference& reference : outcome.references) {
    json["references"].push_back({{"kind", reference.kind}, {"id", reference.id}, {"title", reference.title}});
  }
  if (outcome.question) {
    json["question"] = {{"text", outcome.question->text},
                        {"argument", outcome.question->argument},
                        {"choices", outcome.question->choices}};
  }
  if (!dry_run) return json;
  json["changes"] = Json::array();
  for (const Change& change : outcome.changes) json["changes"].push_back(describe(change));
  return json;
}

}  // namespace favilla::cli

// favilla journal: what was done, newest first; and whether the record of it is whole.
#include <fmt/format.h>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/outcomes.h"
#include "cli/table.h"

namespace favilla::cli {
namespace {

struct JournalOptions {
  std::string verb;
  std::string since;
  int64_t limit = 20;
  bool json = false;
  WorkshopOptions workshop;
};

std::string text_of(const Json& json, const char* key) {
  return json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : "";
}

Json value_of(const Json& json, const char* key) {
  return json.contains(key) ? json[key] : Json();
}

Json entry_json(const JournalEntry& entry) {
  const Json& intent = entry.intent;
  Json json{{"id", entry.id}, {"time", format_iso(entry.at)}};
  for (const char* key : {"turn", "tool", "action", "arguments", "effect", "reply", "changes", "undo_of"}) {
    json[key] = value_of(intent, key);
  }
  json["state"] = entry.state;
  for (const char* key : {"result", "calls", "error"}) json[key] = value_of(entry.end, key);
  if (intent.contains("result")) json["result"] = intent["result"];  // of a sealed entry
  json["undone_by"] = entry.state == "undone" ? value_of(entry.end, "by") : Json();
  return json;
}

Result<int> list(const CommandContext& context, const JournalOptions& options, const Workshop& workshop) {
  JournalQuery query;
  query.limit = options.limit;
  if (!options.since.empty()) query.since = TRY(parse_iso_moment(options.since, workshop.zone));
  const std::vector<JournalEntry> entries = TRY(workshop.store.entries(query));
  if (options.json) {
    Json json{{"entries", Json::array()}};
    for (const JournalEntry& entry : entries) json["entries"].push_back(entry_json(entry));
    fmt::print(context.out, "{}\n", to_json_text(json));
    return kExitOk;
  }
  if (entries.empty()) {
    fmt::print(context.out, "Nothing yet.\n");
    return kExitOk;
  }
  std::vector<TableRow> table{{"ID", "TIME", "STATE", "ACTION", "WHAT"}};
  for (const JournalEntry& entry : entries) {
    std::string time = format_iso(workshop.zone.to_local(entry.at));
    time[10] = ' ';
    const std::string action = fmt::format("{} {}", text_of(entry.intent, "tool"), text_of(entry.intent, "action"));
    const std::string reply = text_of(entry.intent, "reply");
    table.push_back({fmt::format("{}", entry.id), time, entry.state, action, reply.substr(0, reply.find('\n'))});
  }
  fmt::print(context.out, "{}", format_table(table));
  return kExitOk;
}

Result<int> verify(const CommandContext& context, const JournalOptions& options, const Workshop& workshop) {
  const VerifyReport report = TRY(workshop.store.verify());
  const bool whole = report.problems.empty();
  if (options.json) {
    const Json json{{"whole", whole},           {"rows", report.rows},         {"contents", report.blobs},
                    {"head", report.head_hash}, {"problems", report.problems}, {"notes", report.notes}};
    fmt::print(context.out, "{}\n", to_json_text(json));
    return whole ? kExitOk : kExitBadFile;
  }
  for (const std::string& problem : report.problems) fmt::print(context.out, "broken: {}\n", problem);
  for (const std::string& note : report.notes) fmt::print(context.out, "note: {}\n", note);
  if (whole) {
    fmt::print(context.out, "The journal is whole: {} rows, {} file contents.\n", report.rows, report.blobs);
    if (report.rows > 0) fmt::print(context.out, "Its last row is {}\n", report.head_hash);
  }
  return whole ? kExitOk : kExitBadFile;
}

}  // namespace

int cmd_journal(CommandContext& context, const std::vector<std::string>& args) {
  JournalOptions options;
  CLI::App app{
      "Lists what was done, newest first. `verify` looks for edited, missing or reordered rows; it cannot notice "
      "somebody who rewrites both the database and its mark.",
      "favilla journal"};
  app.add_option("verb", options.verb, "verify, or nothing to list")->check(CLI::IsMember({"verify"}));
  app.add_option("--since", options.since, "only what was done since this time (ISO 8601)");
  app.add_option("--limit", options.limit, "at most so many entries")->check(CLI::Range(1, 1'000'000));
  app.add_flag("--json", options.json, "print as JSON");
  app.add_option("--tz", options.workshop.zone, "time zone, such as Europe/Lisbon, instead of this machine's");
  app.footer(examples({"favilla journal", "favilla journal --since 2026-11-23", "favilla journal verify"}));
  if (const std::optional<int> code = parse_arguments(app, args, context)) return *code;
  const Result<std::unique_ptr<Workshop>> workshop = open_workshop(context.paths, options.workshop, context.cancel);
  if (!workshop) return print_error(context, workshop.error());
  const Result<int> code =
      options.verb == "verify" ? verify(context, options, **workshop) : list(context, options, **workshop);
  return code ? *code : print_error(context, code.error());
}

}  // namespace favilla::cli

// favilla when: the times, and on request numbers and units, that a text speaks of.
#include <fmt/format.h>

#include <chrono>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/engine_flags.h"
#include "cli/table.h"
#include "understand/understand.h"

namespace favilla::cli {
namespace {

struct WhenFlags {
  std::vector<std::string> words;
  std::string now;
  std::string zone;
  std::string in;
  std::vector<std::string> kinds;
  bool json = false;
};

Result<EntityKinds> kinds_of(const std::vector<std::string>& names) {
  if (names.empty()) return kTimeKinds;
  EntityKinds kinds = 0;
  for (const std::string& name : names) {
    EntityKinds found = name == "all" ? kAllKinds : name == "times" ? kTimeKinds : 0;
    for (int k = 0; k <= static_cast<int>(EntityKind::kRecurrence); ++k) {
      const EntityKind kind = static_cast<EntityKind>(k);
      if (entity_kind_name(kind) == name) found = kind_bit(kind);
    }
    if (found == 0) return Error{ErrorKind::kInvalidArgument, "there is no kind \"" + name + "\""};
    kinds |= found;
  }
  return kinds;
}

Result<TimeContext> context_of(const std::string& now, const std::string& zone) {
  TimeContext context{{}, zone.empty() ? TimeZone::of_this_machine() : TRY(TimeZone::find(zone))};
  const Moment moment = now.empty() ? SystemClock().now() : TRY(parse_iso_moment(now, context.zone).context("--now"));
  context.now = context.zone.to_local(moment);
  return context;
}

Json results(const EntityFinder& finder, std::string_view text, const TimeContext& context, EntityKinds kinds) {
  Json list = Json::array();
  for (const Entity& entity : finder.find(text, context, kinds)) list.push_back(to_json(entity, text));
  return list;
}

std::string optional_text(const Json& row, const char* key, const std::string& otherwise) {
  return row.contains(key) && row[key].is_string() ? row[key].get<std::string>() : otherwise;
}

// One JSON object a line: text, and perhaps now, tz and kinds of its own. Answers in the same order.
Result<void> run_batch(CommandContext& out, const EntityFinder& finder, const WhenFlags& flags) {
  const std::string input = TRY(read_input(flags.in));
  std::string_view rest = input;
  for (int line = 1; !rest.empty(); ++line) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view text = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (text.empty()) continue;
    const std::string where = flags.in + ":" + std::to_string(line);
    const Json row = TRY(parse_json(text).context(where));
    if (!row.is_object() || !row.contains("text") || !row["text"].is_string()) {
      return Error{ErrorKind::kInvalidArgument, where + ": expected an object with a string `text`"};
    }
    const TimeContext context =
        TRY(context_of(optional_text(row, "now", flags.now), optional_text(row, "tz", flags.zone)).context(where));
    std::vector<std::string> names = flags.kinds;
    if (row.contains("kind")) names = {optional_text(row, "kind", "times")};
    const EntityKinds kinds = TRY(kinds_of(names).context(where));
    const auto start = std::chrono::steady_clock::now();
    Json answer = {{"results", results(finder, row["text"].get<std::string>(), context, kinds)}};
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    answer["ms"] = took.count();
    fmt::print(out.out, "{}\n", to_json_text(answer));
  }
  return {};
}

std::string shown_value(const Json& result) {
  if (result.contains("rrule")) {
    const Json& rule = result["rrule"];
    return rule.get<std::string>() + (result.contains("start") ? " from " + result["start"].get<std::string>() : "");
  }
  if (result.contains("unresolved")) return "no such time, or not known which";
  if (result["type"] == "range") {
    const auto side = [&](const char* key) {
      return result.contains(key) ? result[key].get<std::string>() : std::string("...");
    };
    return side("start") + " until " + side("end");
  }
  const Json& value = result["value"];
  std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  if (result.contains("unit")) text += " " + result["unit"].get<std::string>();
  return text;
}

Result<void> run_when(CommandContext& out, const WhenFlags& flags) {
  const EntityFinder finder = TRY(EntityFinder::load());
  if (!flags.in.empty()) return run_batch(out, finder, flags);
  if (flags.words.empty()) return Error{ErrorKind::kInvalidArgument, "say a TEXT, or --in FILE"};
  const std::string text = fmt::format("{}", fmt::join(flags.words, " "));
  const TimeContext context = TRY(context_of(flags.now, flags.zone));
  const Json list = results(finder, text, context, TRY(kinds_of(flags.kinds)));
  if (flags.json) {
    fmt::print(out.out, "{}\n", to_json_text({{"results", list}}));
    return {};
  }
  if (list.empty()) fmt::print(out.out, "nothing found\n");
  std::vector<TableRow> rows;
  for (const Json& result : list) {
    rows.push_back({result["text"].get<std::string>(), result["type"].get<std::string>(), shown_value(result)});
  }
  fmt::print(out.out, "{}", format_table(rows));
  return {};
}

}  // namespace

int cmd_when(CommandContext& context, const std::vector<std::string>& args) {
  CLI::App app{"Finds the times that a text speaks of, as the wall clock of a time zone.", "favilla when"};
  WhenFlags flags;
  app.add_option("text", flags.words, "the text")->type_name("TEXT");
  app.add_option("--now", flags.now, "the time to count from (ISO 8601); the clock's when absent")->type_name("TIME");
  app.add_option("--tz", flags.zone, "the time zone (IANA name); the computer's when absent")->type_name("ZONE");
  app.add_option("--kind", flags.kinds, "what to find: times (when absent), all, or kinds such as date, money, number")
      ->type_name("KIND")
      ->delimiter(',');
  app.add_option("--in", flags.in, "read JSON lines with text, now, tz from a file, or - for standard input")
      ->type_name("FILE");
  app.add_flag("--json", flags.json, "print one JSON object: results");
  app.footer(examples({"favilla when \"lunch with Ana next Tuesday at 1\"",
                       "favilla when \"every other Friday\" --json", "favilla when --in texts.jsonl"}));
  if (const auto code = parse_arguments(app, args, context)) return *code;
  const Result<void> result = run_when(context, flags);
  return result ? static_cast<int>(kExitOk) : print_error(context, result.error());
}

}  // namespace favilla::cli

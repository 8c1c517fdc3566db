// favilla mcp: the MCP servers of mcp.json, and what the owner lets their tools do.
#include <fmt/format.h>

#include <algorithm>

#include "base/foreign_text.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/outcomes.h"
#include "tools/mcp/config.h"

namespace favilla::cli {
namespace {

struct McpOptions {
  std::string verb = "list";
  std::vector<std::string> words;    // server, tool, arguments
  std::vector<std::string> command;  // of `add`, behind --
  std::vector<std::string> env;
  std::vector<std::string> headers;
  std::vector<std::string> read;
  std::vector<std::string> write;
  bool network = false;
  bool yes = false;
  bool json = false;
  WorkshopOptions workshop;
};

const std::vector<std::string> kVerbs{"list", "add", "remove", "approve", "revoke", "call"};

Error usage(std::string message) {
  return {ErrorKind::kInvalidArgument, std::move(message)};
}

// "NAME=VALUE" or "NAME: VALUE" of an option that may be given several times.
Result<Json> pairs(const std::vector<std::string>& options, char separator, const char* form) {
  Json object = Json::object();
  for (const std::string& each : options) {
    const size_t at = each.find(separator);
    if (at == std::string::npos || at == 0) return usage(fmt::format("{} is not {}", shown_line(each, 100), form));
    std::string value = each.substr(at + 1);
    if (value.starts_with(' ')) value.erase(0, 1);
    object[each.substr(0, at)] = std::move(value);
  }
  return object;
}

// What `add` writes into mcp.json.
Result<Json> new_entry(const McpOptions& options) {
  Json entry = Json::object();
  if (!options.command.empty() && options.words.size() == 1) {
    entry["command"] = options.command[0];
    if (options.command.size() > 1)
      entry["args"] = std::vector<std::string>(options.command.begin() + 1, options.command.end());
  } else if (options.command.empty() && options.words.size() == 2) {
    entry["url"] = options.words[1];
  } else {
    return usage("add what? favilla mcp add NAME URL, or favilla mcp add NAME -- COMMAND ARGUMENTS");
  }
  if (!options.env.empty()) entry["env"] = TRY(pairs(options.env, '=', "NAME=VALUE"));
  if (!options.headers.empty()) entry["headers"] = TRY(pairs(options.headers, ':', "\"NAME: VALUE\""));
  Json sandbox = Json::object();
  if (options.network) sandbox["network"] = true;
  if (!options.read.empty()) sandbox["read"] = options.read;
  if (!options.write.empty()) sandbox["write"] = options.write;
  if (!sandbox.empty()) entry["sandbox"] = std::move(sandbox);
  return entry;
}

// An action of the tool `mcp` that the verb stands for.
struct Call {
  std::string action;
  Json arguments = Json::object();
};

Result<Call> call_of(const McpOptions& options) {
  const std::vector<std::string>& words = options.words;
  const auto check = [&](size_t least, size_t most, const char* form) -> Result<void> {
    if (words.size() >= least && words.size() <= most) return {};
    return usage(fmt::format("favilla mcp {} {}", options.verb, form));
  };
  if (options.verb == "list") {
    TRY(check(0, 1, "[SERVER]"));
    return words.empty() ? Call{"servers"} : Call{"tools", {{"server", words[0]}}};
  }
  if (options.verb == "call") {
    TRY(check(2, 3, "SERVER TOOL [ARGUMENTS as JSON]"));
    const Json arguments = words.size() == 3 ? TRY(parse_json(words[2]).context("the arguments")) : Json::object();
    return Call{"call", {{"server", words[0]}, {"tool", words[1]}, {"arguments", arguments}}};
  }
  TRY(check(1, 2, "SERVER [TOOL]"));
  Call call{options.verb, {{"server", words[0]}}};
  if (words.size() == 2) call.arguments["tool"] = words[1];
  return call;
}

Result<int> run_action(const CommandContext& context, const McpOptions& options) {
  const Call call = TRY(call_of(options));
  const std::unique_ptr<Workshop> workshop = TRY(open_workshop(context.paths, options.workshop, context.cancel));
  const Result<RunResult> result =
      run_with_approval(context, workshop->runner, {.approved = options.yes}, [&](const RunOptions& run_options) {
        return workshop->runner.run("mcp", call.action, call.arguments, run_options);
      });
  print_recovered(context, workshop->runner);
  if (!result) return result.error();
  if (!options.json) return print_outcome(context, *result, false);
  fmt::print(context.out, "{}\n", to_json_text(outcome_json(*result, false)));
  return kExitOk;
}

Result<int> edit(const CommandContext& context, const McpOptions& options) {
  const std::unique_ptr<Workshop> workshop = TRY(open_workshop(context.paths, options.workshop, context.cancel));
  if (options.words.empty()) return usage(fmt::format("favilla mcp {} NAME ...", options.verb));
  const std::string& name = options.words[0];
  const bool adds = options.verb == "add";
  if (!adds && options.words.size() > 1) return usage("favilla mcp remove NAME");
  std::optional<Json> entry;
  if (adds) entry = TRY(new_entry(options));
  TRY(edit_mcp_servers(workshop->context, name, entry));
  if (options.json) {
    fmt::print(context.out, "{}\n", to_json_text({{"name", name}, {"entry", entry ? *entry : Json()}}));
    return kExitOk;
  }
  // What will run is said in full, whoever wrote the line that was pasted.
  for (const McpServer& server : TRY(read_mcp_servers(workshop->context))) {
    if (adds && server.name == name) fmt::print(context.out, "Added {}: {}\n", name, told_start(server));
  }
  if (adds) {
    fmt::print(context.out,
               "Nothing of it may be called yet: favilla mcp list {} shows its tools, favilla mcp approve {} "
               "approves them.\n",
               name, name);
  } else {
    fmt::print(context.out, "Removed {}.\n", name);
  }
  return kExitOk;
}

}  // namespace

int cmd_mcp(CommandContext& context, const std::vector<std::string>& args) {
  McpOptions options;
  CLI::App app{"Lists MCP servers or the tools of one, adds and removes servers, approves their tools and calls them.",
               "favilla mcp"};
  app.add_option("verb", options.verb, "list, add, remove, approve, revoke or call")->check(CLI::IsMember(kVerbs));
  app.add_option("words", options.words, "the server; for some verbs a URL, a tool and its arguments as JSON")
      ->type_name("SERVER ...");
  app.add_option("--env", options.env, "NAME=VALUE that the added server gets")->allow_extra_args(false);
  app.add_option("--header", options.headers, "\"NAME: VALUE\" that the added URL gets")->allow_extra_args(false);
  app.add_option("--read", options.read, "a folder that the added server may see")->allow_extra_args(false);
  app.add_option("--write", options.write, "a folder that it may change")->allow_extra_args(false);
  app.add_flag("--network", options.network, "let it use the network");
  app.add_flag("--yes", options.yes, "give the approval without being asked");
  app.add_flag("--json", options.json, "print as JSON");
  add_clock_options(app, options.workshop);
  app.footer(examples({"favilla mcp add notes --read ~/mcp -- python3 ~/mcp/notes.py",
                       "favilla mcp add weather https://weather.example/mcp", "favilla mcp list weather",
                       "favilla mcp approve weather", "favilla mcp call weather forecast '{\"city\": \"Lisbon\"}'"}));
  const auto separator = std::find(args.begin(), args.end(), "--");
  if (const auto code = parse_arguments(app, {args.begin(), separator}, context)) return *code;
  if (separator != args.end()) options.command.assign(separator + 1, args.end());
  const bool edits = options.verb == "add" || options.verb == "remove";
  const Result<int> code = edits ? edit(context, options) : run_action(context, options);
  return code ? *code : print_error(context, code.error());
}

}  // namespace favilla::cli

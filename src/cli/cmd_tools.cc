// favilla tools: what Favilla can do, for people and as function schemas for a model.
#include <fmt/format.h>

#include <algorithm>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/table.h"
#include "tools/tools.h"

namespace favilla::cli {
namespace {

std::string effect_text(const Action& action) {
  std::string text;
  switch (action.effect) {
    case Effect::kPure:
      text = "reads only";
      break;
    case Effect::kIdempotent:
      text = "can be repeated";
      break;
    case Effect::kAtMostOnce:
      text = "never repeated";
      break;
    case Effect::kAskOnDoubt:
      text = "repeated only after asking";
      break;
  }
  return action.declared.asks == Asks::kAlways || action.declared.undo == Undo::kImpossible ? text + ", needs approval"
                                                                                            : text;
}

// "integer from 1, one of a, b; required".
std::string kind_text(const Json& property, bool required) {
  std::string text = property.value("format", property.value("type", "anything"));
  if (property.contains("enum")) {
    text = "one of";
    for (const Json& choice : property["enum"])
      text += " " + (choice.is_string() ? choice.get<std::string>() : choice.dump());
  }
  return required ? text + ", required" : text;
}

Result<void> print_action(const CommandContext& context, const Tool& tool, const Action& action) {
  const Json schema = TRY(parse_json(action.parameters));
  fmt::print(context.out, "\n{} {}: {} ({})\n", tool.name, action.name, action.summary, effect_text(action));
  std::vector<TableRow> table;
  const Json required = schema.value("required", Json::array());
  const Json properties = schema.value("properties", Json::object());
  for (const auto& [name, property] : properties.items()) {
    const bool is_required = std::find(required.begin(), required.end(), Json(name)) != required.end();
    table.push_back({"  --arg " + name + "=", kind_text(property, is_required), property.value("description", "")});
  }
  if (!table.empty()) fmt::print(context.out, "{}", format_table(table));
  return {};
}

Result<int> describe(const CommandContext& context, const std::vector<const Tool*>& tools) {
  for (const Tool* tool : tools) {
    fmt::print(context.out, "{}: {}\n", tool->name, tool->summary);
    for (const Action& action : tool->actions) TRY(print_action(context, *tool, action));
  }
  return kExitOk;
}

// The form in which OpenAI-compatible servers take tools.
Result<int> print_schemas(const CommandContext& context, const std::vector<const Tool*>& tools) {
  Json functions = Json::array();
  for (const Tool* tool : tools) {
    for (const Action& action : tool->actions) {
      Json function{{"name", fmt::format("{}_{}", tool->name, action.name)},
                    {"description", action.summary},
                    {"parameters", TRY(parse_json(action.parameters))}};
      functions.push_back({{"type", "function"}, {"function", std::move(function)}});
    }
  }
  fmt::print(context.out, "{}\n", to_json_text(functions));
  return kExitOk;
}

int list(const CommandContext& context, const std::vector<const Tool*>& tools) {
  std::vector<TableRow> table{{"TOOL", "ACTIONS", "WHAT"}};
  for (const Tool* tool : tools) {
    std::string actions;
    for (const Action& action : tool->actions) actions += (actions.empty() ? "" : " ") + std::string(action.name);
    table.push_back({tool->name, actions, tool->summary});
  }
  fmt::print(context.out, "{}", format_table(table));
  return kExitOk;
}

}  // namespace

int cmd_tools(CommandContext& context, const std::vector<std::string>& args) {
  std::string name;
  bool json = false;
  CLI::App app{"Lists the tools, or describes one: its actions and their arguments.", "favilla tools"};
  app.add_option("name", name, "name of a tool");
  app.add_flag("--json", json, "print function schemas, as OpenAI-compatible servers take them");
  app.footer(examples({"favilla tools", "favilla tools clock", "favilla tools --json"}));
  if (const std::optional<int> code = parse_arguments(app, args, context)) return *code;
  std::vector<const Tool*> tools;
  for (const Tool& tool : builtin_tools()) {
    if (name.empty() || name == tool.name) tools.push_back(&tool);
  }
  if (tools.empty()) {
    return print_error(
        context, {ErrorKind::kNotFound, fmt::format("there is no tool \"{}\" (`favilla tools` lists them)", name)});
  }
  if (name.empty() && !json) return list(context, tools);
  const Result<int> code = json ? print_schemas(context, tools) : describe(context, tools);
  return code ? *code : print_error(context, code.error());
}

}  // namespace favilla::cli

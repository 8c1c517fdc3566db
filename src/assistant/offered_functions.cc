// See offered_functions.h.
#include "assistant/offered_functions.h"

#include <fmt/format.h>

#include <algorithm>

#include "assistant/agent/parameter.h"
#include "base/embedded_text.h"

namespace favilla {

std::span<const EmbeddedText> assistant_examples();

namespace {

// Not for a model. An empty action is all of the tool.
struct Withheld {
  std::string_view tool;
  std::string_view action;
};
constexpr Withheld kWithheld[] = {
    {"memory", "why"},     // by an id
    {"memory", "edit"},    // by an id
    {"memory", "export"},  // for programs
    {"memory", "import"},  // for programs
    {"phrases", ""},       // what a phrase stands for is said in the words of the rules
    {"shell", "run"},      // a command is written letter by letter, not guessed
    {"mcp", ""},           // the tools of servers have names and arguments of their own
};

// Arguments that no sentence says: an id, the sentence itself; or that another one says as well.
constexpr std::string_view kUnsaid[] = {"id",       "source", "first",   "operator", "items",
                                        "calendar", "tags",   "all_day", "attendees"};

// Written in a language of its own, that of RFC 5545.
constexpr const char* kRule = "recurrence";

// Arguments without which an action asks, so that its schema does not require them. A call that lacks one is no call:
// the model is to find them, and they tell whether the function fits.
struct Needed {
  std::string_view function;
  std::initializer_list<const char*> arguments;
};
constexpr Needed kNeeded[] = {
    {"calendar_cancel", {"match"}},  {"calendar_change", {"match"}}, {"calendar_move", {"match", "start"}},
    {"clock_alarm_set", {"time"}},   {"contacts_change", {"match"}}, {"contacts_delete", {"match"}},
    {"contacts_find", {"words"}},    {"contacts_show", {"match"}},   {"files_find", {"words"}},
    {"lists_add", {"item"}},         {"lists_check", {"item"}},      {"lists_remove", {"item"}},
    {"lists_uncheck", {"item"}},     {"memory_forget", {"about"}},   {"notes_add", {"text"}},
    {"notes_append", {"match"}},     {"notes_delete", {"match"}},    {"notes_find", {"words"}},
    {"notes_rename", {"match"}},     {"notes_show", {"match"}},      {"reminders_complete", {"match"}},
    {"reminders_delete", {"match"}}, {"reminders_edit", {"match"}},  {"reminders_move", {"match", "due"}},
};

bool is_withheld(std::string_view tool, std::string_view action) {
  return std::any_of(std::begin(kWithheld), std::end(kWithheld), [&](const Withheld& each) {
    return each.tool == tool && (each.action.empty() || each.action == action);
  });
}

Json said_parameters(const std::string& function, const Action& action) {
  Json schema = parse_json(action.parameters).value_or(Json::object());
  for (const std::string_view name : kUnsaid) schema["properties"].erase(std::string(name));
  if (schema["properties"].contains(kRule)) schema["properties"][kRule]["format"] = kByRulesFormat;
  for (const Needed& needed : kNeeded) {
    if (needed.function != function) continue;
    for (const char* argument : needed.arguments) schema["required"].push_back(argument);
  }
  return schema;
}

}  // namespace

std::string function_name(std::string_view tool, std::string_view action) {
  return fmt::format("{}_{}", tool, action);
}

std::vector<ToolDefinition> offered_functions(std::span<const Tool> tools, std::span<const McpToolOffer> offers) {
  std::vector<ToolDefinition> functions;
  for (const Tool& tool : tools) {
    for (const Action& action : tool.actions) {
      if (is_withheld(tool.name, action.name)) continue;
      functions.push_back({.name = function_name(tool.name, action.name),
                           .description = action.summary,
                           .parameters = said_parameters(function_name(tool.name, action.name), action)});
    }
  }
  for (const McpToolOffer& offer : offers) functions.push_back({offer.name, offer.description, offer.parameters});
  return functions;
}

std::map<std::string, std::vector<std::string>> function_examples() {
  std::map<std::string, std::vector<std::string>> examples;
  std::string name;
  for (const EmbeddedText& file : assistant_examples()) {
    std::string_view rest = file.content;
    while (!rest.empty()) {
      const size_t end = std::min(rest.find('\n'), rest.size());
      const std::string_view line = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (line.empty() || line.starts_with('#')) continue;
      if (line.starts_with('[')) {
        name = line.substr(1, line.size() - 2);
      } else {
        examples[name].emplace_back(line);
      }
    }
  }
  return examples;
}

std::optional<PlannedAction> action_of(const ToolCall& call, std::span<const Tool> tools,
                                       std::span<const McpToolOffer> offers) {
  for (const McpToolOffer& offer : offers) {
    if (offer.name == call.name) return PlannedAction{"mcp", "call", mcp_call_arguments(offer, call.arguments)};
  }
  for (const Tool& tool : tools) {
    for (const Action& action : tool.actions) {
      if (is_withheld(tool.name, action.name) || function_name(tool.name, action.name) != call.name) continue;
      return PlannedAction{tool.name, action.name, call.arguments};
    }
  }
  return std::nullopt;
}

Json& said_arguments(PlannedAction& action) {
  return action.tool == "mcp" && action.action == "call" ? action.arguments["arguments"] : action.arguments;
}

}  // namespace favilla

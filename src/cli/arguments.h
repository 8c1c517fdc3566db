// Options of a subcommand: CLI11 parses them, this maps its exceptions to our exit codes.
//
//   CLI::App app{"Removes a model.", "favilla rm"};
//   std::string name;
//   app.add_option("model", name, "name or path")->required();
//   app.footer(examples({"favilla rm smollm2-135m"}));
//   if (std::optional<int> code = parse_arguments(app, args, context)) return *code;
#pragma once

#include <CLI/CLI.hpp>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"

namespace favilla::cli {

// Fills the variables bound to `app` from the words after the subcommand. Returns an exit code when the command should
// end now: kExitOk after --help (printed on context.out), kExitUsage after one sentence on context.err.
std::optional<int> parse_arguments(CLI::App& app, const std::vector<std::string>& args, CommandContext& context);

// The "Examples:" block at the end of a help text.
std::string examples(std::initializer_list<std::string_view> command_lines);

}  // namespace favilla::cli

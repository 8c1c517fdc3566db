// One subcommand of `favilla` is one file cmd_NAME.cc with one function, listed in the table of commands.cc.
#pragma once

#include <cstdio>
#include <span>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/paths.h"
#include "base/result.h"

namespace favilla::cli {

// What a command gets instead of globals.
struct CommandContext {
  Paths paths;
  const CancelFlag& cancel;  // set by SIGINT and SIGTERM
  std::FILE* out = stdout;   // results
  std::FILE* err = stderr;   // progress, warnings, errors
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  bool colour = false;  // a terminal, NO_COLOR unset, TERM not "dumb"
};

// args: the words after the subcommand. Returns the exit code; errors are printed by print_error.
using CommandFunction = int (*)(CommandContext& context, const std::vector<std::string>& args);

struct Command {
  const char* name;
  const char* group;    // heading in --help: "Talk", "Models", "Engine", "System"
  const char* summary;  // one line
  CommandFunction run;
};

// All subcommands in the order of --help.
std::span<const Command> commands();

// Exit codes, the same for every command.
enum ExitCode : int {
  kExitOk = 0,
  kExitFailure = 1,  // kInternal, kIo
  kExitUsage = 2,    // kInvalidArgument
  kExitNotFound = 3,
  kExitBadFile = 4,    // kCorrupt, kUnsupported
  kExitExhausted = 5,  // memory, disk, context window
  kExitNetwork = 6,
  kExitBusy = 7,
  kExitPermission = 8,
  kExitInterrupted = 130  // kCancelled: SIGINT (143 after SIGTERM)
};

int exit_code(const Error& error);

// "favilla: <message>" on context.err, and the exit code of its kind.
int print_error(const CommandContext& context, const Error& error);

}  // namespace favilla::cli

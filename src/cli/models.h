// What the commands about models share.
#pragma once

#include <string>

#include "base/json.h"
#include "catalog/catalog.h"
#include "cli/command.h"

namespace favilla::cli {

// The row as --json prints it, with the path of its first file.
Json row_json(const Catalog& catalog, const ModelRow& row);

// True when standard input and the error output are terminals, so that a question reaches a person.
bool can_ask(const CommandContext& context);

// Writes `prompt` and waits for a line; what was typed until the end of the input, or until cancelled.
std::string ask_line(const CommandContext& context, const std::string& prompt);

// Asks "question [y/N] ". False for anything but yes.
bool ask_yes_no(const CommandContext& context, const std::string& question);

}  // namespace favilla::cli

// What the commands share that run actions of tools: options, approval, how outcomes look.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "app/workshop.h"
#include "cli/command.h"

namespace favilla::cli {

// --now, --tz.
void add_clock_options(CLI::App& app, WorkshopOptions& options);

// Shows what is to be approved and asks how far; "for this task" only within one. nullopt: no, or there is no terminal.
std::optional<Grant> ask_grant(const CommandContext& context, const std::string& what, bool in_task);

// Runs `action`. When it needs approval and a terminal is there, asks once, with yes approves exactly that call, and
// runs it again; otherwise the error says to pass --yes.
Result<RunResult> run_with_approval(const CommandContext& context, Runner& runner, const RunOptions& options,
                                    const std::function<Result<RunResult>(const RunOptions&)>& action);

// What recovery has to tell, on context.err.
void print_recovered(const CommandContext& context, Runner& runner);

// Reply, question, and with dry_run the changes. Returns the exit code: a question means that an argument is missing.
int print_outcome(const CommandContext& context, const RunResult& result, bool dry_run);

// One object: reply, spoken, result, references, question, id, and with dry_run the changes.
Json outcome_json(const RunResult& result, bool dry_run);

}  // namespace favilla::cli

// The table of subcommands, and how errors look.
#include "cli/commands.h"

#include <fmt/format.h>

#include "base/utf8.h"
#include "cli/terminal.h"

namespace favilla::cli {
namespace {

constexpr Command kCommands[] = {
    {"chat", "Talk", "Talk with a model in the terminal (what plain `favilla` does)", cmd_chat},
    {"ask", "Talk", "Ask the default model one question", cmd_ask},
    {"run", "Talk", "Run a model on one prompt", cmd_run},
    {"when", "Talk", "Find the times that a text speaks of", cmd_when},
    {"intents", "Understand", "Tell what sentences ask for", cmd_intents},
    {"teach", "Understand", "Learn intents from example sentences", cmd_teach},
    {"pull", "Models", "Fetch a model by name, address or file", cmd_pull},
    {"list", "Models", "List the models on this computer", cmd_list},
    {"show", "Models", "Show what a model file holds", cmd_show},
    {"cp", "Models", "Give a model a second name", cmd_cp},
    {"rm", "Models", "Remove a model", cmd_rm},
    {"batch", "Engine", "Answer a file of requests (OpenAI's batch format)", cmd_batch},
    {"embed", "Engine", "Turn texts into vectors with an embedding model", cmd_embed},
    {"tokenize", "Engine", "Show how a text becomes tokens", cmd_tokenize},
    {"logprobs", "Engine", "Print the probability of each token of a text", cmd_logprobs},
    {"perplexity", "Engine", "Measure how well a model predicts a text", cmd_perplexity},
    {"bench", "Engine", "Measure reading and writing speed", cmd_bench},
    {"do", "Actions", "Call one action of a tool", cmd_do},
    {"undo", "Actions", "Take back the last action, or any other", cmd_undo},
    {"journal", "Actions", "List what was done, and check that the list is whole", cmd_journal},
    {"rules", "Actions", "List and change your rules of what may be done", cmd_rules},
    {"approvals", "Actions", "List what you approved, or revoke it", cmd_approvals},
    {"mcp", "Actions", "List, approve and call the tools of MCP servers", cmd_mcp},
    {"skills", "Actions", "List the skills that the model can use", cmd_skills},
    {"tools", "Actions", "List the tools and what they take", cmd_tools},
    {"latency", "System", "Measure how long the owner waits, against fixed bars", cmd_latency},
    {"doctor", "System", "Check this computer and say what is missing", cmd_doctor},
    {"completions", "System", "Print completions for bash, zsh or fish", cmd_completions},
};

}  // namespace

std::span<const Command> commands() {
  return kCommands;
}

int exit_code(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kInvalidArgument:
      return kExitUsage;
    case ErrorKind::kNotFound:
      return kExitNotFound;
    case ErrorKind::kCorrupt:
    case ErrorKind::kUnsupported:
      return kExitBadFile;
    case ErrorKind::kExhausted:
      return kExitExhausted;
    case ErrorKind::kNetwork:
      return kExitNetwork;
    case ErrorKind::kBusy:
      return kExitBusy;
    case ErrorKind::kPermission:
      return kExitPermission;
    case ErrorKind::kCancelled:
      return kExitInterrupted;
    case ErrorKind::kIo:
    case ErrorKind::kInternal:
      return kExitFailure;
  }
  return kExitFailure;
}

int print_error(const CommandContext& context, const Error& error) {
  std::fflush(context.out);
  fmt::print(context.err, "favilla: {}\n", without_controls(to_valid_utf8(error.message)));
  return exit_code(error);
}

}  // namespace favilla::cli

// The functions behind the subcommands, one file cmd_NAME.cc each. commands.cc lists them in a table.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace favilla::cli {

int cmd_chat(CommandContext& context, const std::vector<std::string>& args);
int cmd_ask(CommandContext& context, const std::vector<std::string>& args);
int cmd_run(CommandContext& context, const std::vector<std::string>& args);

int cmd_intents(CommandContext& context, const std::vector<std::string>& args);
int cmd_teach(CommandContext& context, const std::vector<std::string>& args);

int cmd_pull(CommandContext& context, const std::vector<std::string>& args);
int cmd_list(CommandContext& context, const std::vector<std::string>& args);
int cmd_show(CommandContext& context, const std::vector<std::string>& args);
int cmd_cp(CommandContext& context, const std::vector<std::string>& args);
int cmd_rm(CommandContext& context, const std::vector<std::string>& args);

int cmd_batch(CommandContext& context, const std::vector<std::string>& args);
int cmd_embed(CommandContext& context, const std::vector<std::string>& args);
int cmd_tokenize(CommandContext& context, const std::vector<std::string>& args);
int cmd_when(CommandContext& context, const std::vector<std::string>& args);
int cmd_logprobs(CommandContext& context, const std::vector<std::string>& args);
int cmd_perplexity(CommandContext& context, const std::vector<std::string>& args);
int cmd_bench(CommandContext& context, const std::vector<std::string>& args);
int cmd_rules(CommandContext& context, const std::vector<std::string>& args);
int cmd_approvals(CommandContext& context, const std::vector<std::string>& args);
int cmd_latency(CommandContext& context, const std::vector<std::string>& args);

int cmd_do(CommandContext& context, const std::vector<std::string>& args);
int cmd_undo(CommandContext& context, const std::vector<std::string>& args);
int cmd_journal(CommandContext& context, const std::vector<std::string>& args);
int cmd_mcp(CommandContext& context, const std::vector<std::string>& args);
int cmd_skills(CommandContext& context, const std::vector<std::string>& args);
int cmd_tools(CommandContext& context, const std::vector<std::string>& args);

int cmd_doctor(CommandContext& context, const std::vector<std::string>& args);
int cmd_completions(CommandContext& context, const std::vector<std::string>& args);

}  // namespace favilla::cli

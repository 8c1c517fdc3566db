// favilla run MODEL [PROMPT]: one answer of one model, nothing else around it.
#include <unistd.h>

#include "cli/commands.h"
#include "cli/talk.h"

namespace favilla::cli {

int cmd_run(CommandContext& context, const std::vector<std::string>& args) {
  SingleTurn turn;
  std::vector<std::string> words;
  bool raw = false;
  CLI::App app{"Lets a model answer one prompt, or continue a text.", "favilla run"};
  app.add_option("model", turn.model_name, "name or path of the model")->required()->type_name("MODEL");
  app.add_option("prompt", words, "the prompt; - reads it from standard input")->type_name("PROMPT");
  add_talk_options(app, turn.flags);
  app.add_flag("--raw", raw, "continue the prompt as it stands, without the model's chat template");
  app.add_flag("--json", turn.json, "print one JSON object: text, stop_reason, usage, timings");
  app.footer(examples({"favilla run smollm2-135m \"Why is the sky blue?\"",
                       "git diff | favilla run smollm2-135m - --system \"Write a commit message.\"",
                       "favilla run gemma3-270m --raw \"Once upon a time\" --temperature 0.8 --seed 1"}));
  if (const std::optional<int> code = parse_arguments(app, args, context)) return *code;

  // `command | favilla run MODEL` means what it looks like; at a terminal silence would only puzzle.
  if (words.empty() && ::isatty(STDIN_FILENO) == 0) words = {"-"};
  if (words.empty()) {
    return print_error(context,
                       {ErrorKind::kInvalidArgument,
                        "give a prompt, or - to read it from standard input; favilla chat opens a conversation"});
  }
  if (raw) turn.use_template = Template::kNone;
  Result<std::string> prompt = read_prompt(words);
  if (!prompt) return print_error(context, prompt.error());
  turn.prompt = std::move(*prompt);
  return answer_once(context, turn);
}

}  // namespace favilla::cli

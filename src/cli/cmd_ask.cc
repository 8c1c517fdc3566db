// favilla ask TEXT: one question to the default model.
#include "cli/commands.h"
#include "cli/talk.h"

namespace favilla::cli {

int cmd_ask(CommandContext& context, const std::vector<std::string>& args) {
  SingleTurn turn;
  turn.flags = assistant_flags();
  std::vector<std::string> words;
  CLI::App app{"Asks the default model one question.", "favilla ask"};
  app.add_option("text", words, "the question; - reads it from standard input")->required()->type_name("TEXT");
  app.add_option("--model", turn.model_name, "name or path of another model")->type_name("MODEL");
  add_talk_options(app, turn.flags);
  app.add_flag("--json", turn.json, "print one JSON object: text, stop_reason, usage, timings");
  app.footer(examples({"favilla ask What is the capital of France?", "favilla ask - < letter.txt"}));
  if (const std::optional<int> code = parse_arguments(app, args, context)) return *code;

  Result<std::string> prompt = read_prompt(words);
  if (!prompt) return print_error(context, prompt.error());
  turn.prompt = std::move(*prompt);
  return answer_once(context, turn);
}

}  // namespace favilla::cli

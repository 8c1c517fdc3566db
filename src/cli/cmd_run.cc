// favilla run MODEL [PROMPT]: one answer of one model, nothing else around it.
#include <unistd.h>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/engine_flags.h"
#include "cli/talk.h"

namespace favilla::cli {
namespace {

// What --schema, --regex and --grammar say; at most one is given.
struct GrammarWords {
  std::string schema_file, regex, gbnf_file;
};

Result<std::optional<Grammar>> read_grammar(const GrammarWords& words) {
  if (!words.regex.empty()) return std::optional(TRY(Grammar::from_regex(words.regex)));
  const bool is_schema = !words.schema_file.empty();
  const std::string& file = is_schema ? words.schema_file : words.gbnf_file;
  if (file.empty()) return std::optional<Grammar>();
  const std::string text = TRY(read_file(file));
  Result<Grammar> grammar = is_schema ? Grammar::from_json_schema(text) : Grammar::from_gbnf(text);
  return std::optional(TRY(std::move(grammar).context(file)));
}

}  // namespace

int cmd_run(CommandContext& context, const std::vector<std::string>& args) {
  SingleTurn turn;
  std::vector<std::string> words;
  bool raw = false;
  CLI::App app{"Lets a model answer one prompt, or continue a text.", "favilla run"};
  app.add_option("model", turn.model_name, "name or path of the model")->required()->type_name("MODEL");
  app.add_option("prompt", words, "the prompt; - reads it from standard input")->type_name("PROMPT");
  add_talk_options(app, turn.flags);
  add_adapter_option(app, turn.flags.adapter);
  GrammarWords grammar;
  CLI::Option* schema =
      app.add_option("--schema", grammar.schema_file, "answer with JSON that is valid under this schema");
  CLI::Option* regex = app.add_option("--regex", grammar.regex, "answer with a text that matches as a whole");
  CLI::Option* gbnf = app.add_option("--grammar", grammar.gbnf_file, "answer with a text of this grammar (GBNF)");
  schema->type_name("FILE")->excludes(regex)->excludes(gbnf);
  regex->type_name("REGEX")->excludes(gbnf);
  gbnf->type_name("FILE");
  app.add_flag("--raw", raw, "continue the prompt as it stands, without the model's chat template");
  app.add_flag("--json", turn.json, "print one JSON object: text, stop_reason, usage, timings");
  app.footer(examples({"favilla run smollm2-135m \"Why is the sky blue?\"",
                       "git diff | favilla run smollm2-135m - --system \"Write a commit message.\"",
                       "favilla run smollm2-135m \"Is the sky blue?\" --regex \"yes|no\"",
                       "favilla run gemma3-270m --raw \"Once upon a time\" --temperature 0.8 --seed 1"}));
  if (const std::optional<int> code = parse_arguments(app, args, context)) return *code;

  // `command | favilla run MODEL` means what it looks like; at a terminal silence would only puzzle.
  if (words.empty() && ::isatty(STDIN_FILENO) == 0) words = {"-"};
  if (words.empty()) {
    return print_error(context,
                       {ErrorKind::kInvalidArgument,
                        "give a prompt, or - to read it from standard input; favilla chat opens a conversation"});
  }
  Result<std::optional<Grammar>> answers = read_grammar(grammar);
  if (!answers) return print_error(context, answers.error());
  turn.flags.grammar = *std::move(answers);
  if (raw) turn.use_template = Template::kNone;
  Result<std::string> prompt = read_prompt(words);
  if (!prompt) return print_error(context, prompt.error());
  turn.prompt = std::move(*prompt);
  return answer_once(context, turn);
}

}  // namespace favilla::cli

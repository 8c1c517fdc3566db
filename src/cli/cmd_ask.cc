// favilla ask TEXT: one turn. Understood by rules and done at once where possible, else answered by the default model.
#include <fmt/format.h>

#include "base/file.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/instant_turns.h"
#include "cli/outcomes.h"
#include "cli/talk.h"
#include "cli/terminal.h"

namespace favilla::cli {
namespace {

constexpr size_t kMaxRequests = 100'000;

struct AskOptions {
  SingleTurn turn;
  InstantFlags instant;
  bool no_instant = false;
  bool instant_only = false;
  std::string in;  // a file of requests
};

void print_answer(const CommandContext& context, const InstantAnswer& answer, bool json) {
  if (json) {
    fmt::print(context.out, "{}\n", to_json_text(to_json(answer)));
  } else {
    const std::string text = context.out_is_terminal ? without_controls(to_valid_utf8(answer.reply)) : answer.reply;
    fmt::print(context.out, "{}\n", text);
  }
  std::fflush(context.out);
}

// The exit code, or nullopt when the sentence is the model's.
Result<std::optional<int>> answer_instantly(CommandContext& context, AskOptions& options) {
  const std::unique_ptr<InstantTurns> turns = TRY(InstantTurns::open(context, options.instant));
  turns->load_dialogue();
  const std::optional<InstantAnswer> answer = turns->answer(options.turn.prompt);
  for (const std::string& notice : turns->notices()) {
    fmt::print(options.turn.json ? context.err : context.out, "{}\n", without_controls(to_valid_utf8(notice)));
  }
  if (!answer) {
    options.turn.prompt = turns->meaning(options.turn.prompt);
    options.turn.facts = turns->facts_about(options.turn.prompt);
    options.turn.skill = turns->skill_for(options.turn.prompt);
    return std::optional<int>{};
  }
  print_answer(context, *answer, options.turn.json);
  turns->save_dialogue();
  if (options.turn.flags.verbose) {
    fmt::print(context.err, "instant: understood in {:.2f} ms, done in {:.2f} ms, confidence {:.3f}\n",
               answer->understand_ms, answer->act_ms, answer->plan.confidence);
  }
  return std::optional<int>(exit_code(*answer));
}

// One request a line, each a dialogue of its own: {"text"} in, the JSON of an answer out.
Result<void> answer_file(CommandContext& context, const AskOptions& options) {
  const std::string text = TRY(options.in == "-" ? read_standard_input() : read_file(options.in));
  const std::unique_ptr<InstantTurns> turns = TRY(InstantTurns::open(context, options.instant));
  std::string_view rest = text;
  for (size_t line = 1; !rest.empty(); ++line) {
    if (line > kMaxRequests) return Error{ErrorKind::kExhausted, fmt::format("more than {} lines", kMaxRequests)};
    if (context.cancel.requested()) return Error{ErrorKind::kCancelled, "stopped"};
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view row = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (row.empty()) continue;
    const Json request = TRY(parse_json(row).context(fmt::format("line {}", line)));
    if (!request.is_object() || !request.contains("text") || !request["text"].is_string()) {
      return Error{ErrorKind::kInvalidArgument, fmt::format("line {}: no \"text\" in it", line)};
    }
    turns->forget_dialogue();
    const std::optional<InstantAnswer> answer = turns->answer(request["text"].get<std::string>());
    Json json = answer ? to_json(*answer) : Json{{"path", "none"}, {"actions", Json::array()}};
    if (request.contains("id")) json["id"] = request["id"];
    fmt::print(context.out, "{}\n", to_json_text(json));
  }
  return {};
}

}  // namespace

int cmd_ask(CommandContext& context, const std::vector<std::string>& args) {
  AskOptions options;
  SingleTurn& turn = options.turn;
  turn.flags = assistant_flags();
  turn.as_turn_json = true;
  std::vector<std::string> words;
  CLI::App app{"Asks for something: a thing to do, done at once, or a question to the default model.", "favilla ask"};
  app.add_option("text", words, "what you want; - reads it from standard input")->type_name("TEXT");
  app.add_option("--model", turn.model_name, "name or path of another model")->type_name("MODEL");
  add_local_option(app, turn.flags);
  add_talk_options(app, turn.flags);
  app.add_flag("--json", turn.json, "print one JSON object: path, reply, plan, actions, undo_ids, timings, ...");
  app.add_flag("--yes", options.instant.yes, "give every approval");
  app.add_flag("--dry-run", options.instant.dry_run, "say what would be done, and do nothing");
  app.add_option("--area", options.instant.workshop.area, "the room that the words came from")->type_name("ROOM");
  add_clock_options(app, options.instant.workshop);
  CLI::Option* no_instant = app.add_flag("--no-instant", options.no_instant, "ask the model, whatever the words are");
  app.add_flag("--instant-only", options.instant_only, "never ask the model")->excludes(no_instant);
  app.add_option("--in", options.in, "answer a file of rows {\"text\"} with rows of JSON; needs --instant-only")
      ->type_name("FILE|-");
  app.footer(examples({"favilla ask remind me to call Ana at 6", "favilla ask What is the capital of France?",
                       "favilla ask - < letter.txt"}));
  if (const std::optional<int> code = parse_arguments(app, args, context)) return *code;

  if (!options.in.empty()) {
    if (!options.instant_only || !words.empty()) {
      return print_error(context, {ErrorKind::kInvalidArgument, "--in goes with --instant-only and without a text"});
    }
    const Result<void> done = answer_file(context, options);
    return done ? kExitOk : print_error(context, done.error());
  }
  if (words.empty()) return print_error(context, {ErrorKind::kInvalidArgument, "what? favilla ask TEXT"});
  Result<std::string> prompt = read_prompt(words);
  if (!prompt) return print_error(context, prompt.error());
  turn.prompt = std::move(*prompt);
  if (!options.no_instant) {
    const Result<std::optional<int>> code = answer_instantly(context, options);
    if (!code) return print_error(context, code.error());
    if (*code) return **code;
  }
  if (options.instant_only) return print_error(context, {ErrorKind::kNotFound, "no rule understands this"});
  return answer_once(context, turn);
}

}  // namespace favilla::cli

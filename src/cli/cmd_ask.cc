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
  bool instant_only = false;
  bool act_only = false;
  std::string in;  // a file of requests
};

// Prints the answer; returns the exit code.
int print_answer(const CommandContext& context, const ActionAnswer& answer, const AskOptions& options) {
  if (options.turn.json) {
    fmt::print(context.out, "{}\n", to_json_text(to_json(answer)));
  } else {
    const std::string text = context.out_is_terminal ? without_controls(to_valid_utf8(answer.reply)) : answer.reply;
    fmt::print(context.out, "{}\n", text);
  }
  std::fflush(context.out);
  if (options.turn.flags.verbose) {
    fmt::print(context.err, "{}: understood in {:.2f} ms, done in {:.2f} ms, confidence {:.3f}\n", path_of(answer),
               answer.understand_ms, answer.act_ms, answer.plan.confidence);
  }
  return exit_code(answer);
}

void print_decisions(const CommandContext& context, const InstantTurns& turns) {
  for (const AgentReply& decision : turns.decisions()) {
    fmt::print(context.err, "{}", without_controls(to_valid_utf8(in_lines(decision))));
  }
}

// Rules, then the model's actions, then its words. Returns the exit code.
Result<int> ask_once(CommandContext& context, AskOptions& options) {
  SingleTurn& turn = options.turn;
  if (turn.prompt.find_first_not_of(" \t\r\n") == std::string::npos) {
    return Error{ErrorKind::kInvalidArgument, "nothing was asked; for example: favilla ask what time is it"};
  }
  const std::unique_ptr<InstantTurns> turns = TRY(InstantTurns::open(context, options.instant));
  turns->load_dialogue();
  std::optional<ActionAnswer> answer = turns->answer(turn.prompt);
  for (const std::string& notice : turns->notices()) {
    fmt::print(turn.json ? context.err : context.out, "{}\n", without_controls(to_valid_utf8(notice)));
  }
  if (answer || options.instant_only) {
    turns->save_dialogue();
    if (!answer) return Error{ErrorKind::kNotFound, "no rule understands this"};
    return print_answer(context, *answer, options);
  }
  turn.prompt = turns->meaning(turn.prompt);
  const std::unique_ptr<Talk> talk = TRY(open_talk(context, turn.model_name, turn.flags));
  Result<std::optional<ActionAnswer>> acted = turns->act(turn.prompt, local_model(*talk), context.cancel);
  turns->save_dialogue();
  if (turn.flags.verbose) print_decisions(context, *turns);
  answer = TRY(std::move(acted));
  if (!answer && options.act_only) return Error{ErrorKind::kNotFound, "nothing that can be done fits this"};
  if (!answer) {
    turn.facts = turns->facts_about(turn.prompt);
    turn.skill = turns->skill_for(turn.prompt);
  }
  const int code = answer ? print_answer(context, *answer, options) : answer_once(context, turn, *talk);
  turns->keep_vectors();
  return code;
}

// {"text"} or {"text", "id"} of one row.
Result<Json> request_of(std::string_view row) {
  Json request = TRY(parse_json(row));
  if (!request.is_object() || !request.contains("text") || !request["text"].is_string()) {
    return Error{ErrorKind::kInvalidArgument, "no \"text\" in it"};
  }
  return request;
}

// One request a line, each a dialogue of its own: {"text"} in, the JSON of an answer out.
Result<void> answer_file(CommandContext& context, const AskOptions& options) {
  const std::string text = TRY(options.in == "-" ? read_standard_input() : read_file(options.in));
  const std::unique_ptr<InstantTurns> turns = TRY(InstantTurns::open(context, options.instant));
  std::optional<LoadedModel> model;
  if (options.act_only) model = TRY(load_model(context.paths, options.turn.model_name, {}));
  std::string_view rest = text;
  for (size_t line = 1; !rest.empty(); ++line) {
    if (line > kMaxRequests) return Error{ErrorKind::kExhausted, fmt::format("more than {} lines", kMaxRequests)};
    if (context.cancel.requested()) return Error{ErrorKind::kCancelled, "stopped"};
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view row = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (row.empty()) continue;
    const Json request = TRY(request_of(row).context(fmt::format("line {}", line)));
    const std::string said = request["text"];
    turns->forget_dialogue();
    std::optional<ActionAnswer> answer = turns->answer(said);
    if (!answer && model) answer = TRY(turns->act(said, &*model, context.cancel));
    Json json = answer ? to_json(*answer) : Json{{"path", "none"}, {"actions", Json::array()}};
    if (request.contains("id")) json["id"] = request["id"];
    if (options.turn.flags.verbose) {
      for (const AgentReply& decision : turns->decisions()) json["decisions"].push_back(to_json(decision));
    }
    fmt::print(context.out, "{}\n", to_json_text(json));
  }
  turns->keep_vectors();
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
  CLI::Option* no_instant =
      app.add_flag("--no-instant", options.instant.no_instant, "leave the rules out: all is the model's");
  CLI::Option* no_act =
      app.add_flag("--no-act", options.instant.no_act, "let the model answer in words and do nothing");
  CLI::Option* instant_only = app.add_flag("--instant-only", options.instant_only, "never ask the model");
  instant_only->excludes(no_instant);
  app.add_flag("--act-only", options.act_only, "do something or nothing, without an answer in words")
      ->excludes(no_act)
      ->excludes(instant_only);
  app.add_option("--in", options.in,
                 "answer a file of rows {\"text\"} with rows of JSON; needs --instant-only or --act-only")
      ->type_name("FILE|-");
  app.footer(examples({"favilla ask remind me to call Ana at 6", "favilla ask What is the capital of France?",
                       "favilla ask - < letter.txt"}));
  if (const std::optional<int> code = parse_arguments(app, args, context)) return *code;

  if (!options.in.empty()) {
    if (!(options.instant_only || options.act_only) || !words.empty()) {
      return print_error(
          context, {ErrorKind::kInvalidArgument, "--in goes with --instant-only or --act-only, and without a text"});
    }
    const Result<void> done = answer_file(context, options);
    return done ? kExitOk : print_error(context, done.error());
  }
  if (words.empty()) return print_error(context, {ErrorKind::kInvalidArgument, "what? favilla ask TEXT"});
  Result<std::string> prompt = read_prompt(words);
  if (!prompt) return print_error(context, prompt.error());
  turn.prompt = std::move(*prompt);
  if (options.instant.no_instant && options.instant.no_act) return answer_once(context, turn);
  const Result<int> code = ask_once(context, options);
  return code ? *code : print_error(context, code.error());
}

}  // namespace favilla::cli

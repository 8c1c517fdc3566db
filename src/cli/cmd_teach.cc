// favilla teach: the owner's phrases, and example sentences to a model of intents.
#include <fmt/format.h>

#include <chrono>

#include "assistant/assistant.h"
#include "base/file.h"
#include "base/thread_team.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/engine_flags.h"
#include "cli/intent_models.h"
#include "cli/outcomes.h"

namespace favilla::cli {
namespace {

struct TeachFlags {
  std::string data;
  std::string model;
  std::string embedder;
  int threads = 0;
  uint64_t seed = 1;
};

struct PhraseFlags {
  std::vector<std::string> words;      // the phrase
  std::vector<std::string> sentences;  // what it stands for
  std::string forget;
  bool list = false;
  bool json = false;
};

// A sentence that rules do not understand is the model's: said when it is taught, not found out later.
Result<void> tell_what_is_not_understood(const CommandContext& context, const Workshop& workshop,
                                         const std::string& phrase) {
  const Understanding understanding = TRY(InstantPath::load_understanding(builtin_tools()));
  const PhraseBook phrases(workshop.records, understanding);
  for (const std::string& sentence : TRY(phrases.meaning(phrase))) {
    if (understanding.plan(sentence, {workshop.zone.to_local(workshop.clock->now()), workshop.zone})) continue;
    fmt::print(context.err, "favilla: no rule understands \"{}\": it will be the model's\n", sentence);
  }
  return {};
}

Result<int> run_phrases(const CommandContext& context, const PhraseFlags& flags) {
  const std::string phrase = fmt::format("{}", fmt::join(flags.words, " "));
  const std::unique_ptr<Workshop> workshop = TRY(open_workshop(context.paths, {}, context.cancel));
  const auto run = [&]() -> Result<RunResult> {
    if (flags.list) return workshop->runner.run("phrases", "list", Json::object());
    if (!flags.forget.empty()) return workshop->runner.run("phrases", "forget", {{"phrase", flags.forget}});
    const Json arguments{{"phrase", phrase}, {"sentence", fmt::format("{}", fmt::join(flags.sentences, "; "))}};
    return workshop->runner.run("phrases", "teach", arguments);
  };
  const Result<RunResult> result = run();
  print_recovered(context, workshop->runner);
  if (!result) return result.error();
  if (flags.json) {
    fmt::print(context.out, "{}\n", to_json_text(outcome_json(*result, false)));
  } else {
    print_outcome(context, *result, false);
  }
  if (!phrase.empty()) TRY(tell_what_is_not_understood(context, *workshop, phrase));
  return kExitOk;
}

Result<void> run_teach(CommandContext& context, const TeachFlags& flags) {
  const auto start = std::chrono::steady_clock::now();
  const std::filesystem::path path = TRY(intent_model_path(context.paths, flags.model));
  const std::string lines = TRY(read_input(flags.data));
  const std::vector<Example> examples = TRY(parse_examples(lines).context(flags.data));
  TeachOptions options{.threads = flags.threads > 0 ? flags.threads : usable_physical_cores(),
                       .seed = flags.seed,
                       .embedder = {},
                       .cancel = &context.cancel,
                       .progress = {}};
  if (!flags.embedder.empty()) options.embedder = TRY(load_embedder(context, flags.embedder));
  if (context.err_is_terminal) {
    options.progress = [&](double part) { fmt::print(context.err, "\rlearning {:3.0f} %", 100 * part); };
  }
  const Result<IntentModel> model = teach(examples, options);
  if (context.err_is_terminal) fmt::print(context.err, "\r\033[K");
  if (!model) return Error(model.error());
  const std::string bytes = model->bytes();
  if (path.parent_path() == context.paths.data / "intents") TRY(make_private_folder(path.parent_path()));
  TRY(write_file_atomically(path, bytes));
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  fmt::print(context.out, "learned {} intents and {} kinds of entities from {} sentences in {:.1f} s: {} ({:.1f} MB)\n",
             model->intents().size(), model->entity_kinds().size(), examples.size(), taken.count(), path.string(),
             static_cast<double>(bytes.size()) / 1e6);
  return {};
}

}  // namespace

int cmd_teach(CommandContext& context, const std::vector<std::string>& args) {
  CLI::App app{
      "Lets a phrase of yours stand for what you would say in full. With --data, learns intents and entities from "
      "example sentences instead, one JSON object a line: text, intent, and entities with start, end (exclusive, in "
      "characters), value and entity. An intent of null or \"oos\" marks a sentence that means none of the intents.",
      "favilla teach"};
  TeachFlags flags;
  PhraseFlags phrases;
  app.add_option("phrase", phrases.words, "the phrase; what it stands for follows after --, each argument a sentence")
      ->type_name("PHRASE -- SENTENCE");
  app.add_flag("--list", phrases.list, "list the phrases");
  app.add_option("--forget", phrases.forget, "forget a phrase")->type_name("PHRASE");
  app.add_flag("--json", phrases.json, "print what was done with a phrase as JSON");
  app.add_option("--data", flags.data, "the example sentences; - for standard input")->type_name("FILE");
  app.add_option("--model", flags.model, "name or path of the model to write")->type_name("MODEL");
  app.add_option("--embedder", flags.embedder, "an embedding model whose sentence vectors to learn from too")
      ->type_name("MODEL");
  app.add_option("--threads", flags.threads, "threads; 0: one per core")
      ->check(CLI::Range(0, 64))
      ->capture_default_str();
  app.add_option("--seed", flags.seed, "another order of learning")->capture_default_str();
  app.footer(examples({"favilla teach \"movie time\" -- \"dim the lights and pause the music\"", "favilla teach --list",
                       "favilla teach --forget \"movie time\"", "favilla teach --data house.jsonl --model house",
                       "favilla teach --data house.jsonl --model ./house.model --embedder minilm"}));
  const auto separator = std::find(args.begin(), args.end(), "--");
  if (const auto code = parse_arguments(app, {args.begin(), separator}, context)) return *code;
  if (separator != args.end()) phrases.sentences.assign(separator + 1, args.end());
  const int jobs = (phrases.words.empty() ? 0 : 1) + (phrases.list ? 1 : 0) + (phrases.forget.empty() ? 0 : 1) +
                   (flags.data.empty() ? 0 : 1);
  if (jobs != 1 || phrases.words.empty() != phrases.sentences.empty() || flags.data.empty() != flags.model.empty()) {
    return print_error(context,
                       {ErrorKind::kInvalidArgument,
                        "teach what? PHRASE -- SENTENCE, or --list, or --forget PHRASE, or --data FILE --model "
                        "MODEL"});
  }
  if (flags.data.empty()) {
    const Result<int> code = run_phrases(context, phrases);
    return code ? *code : print_error(context, code.error());
  }
  const Result<void> result = run_teach(context, flags);
  return result ? static_cast<int>(kExitOk) : print_error(context, result.error());
}

}  // namespace favilla::cli

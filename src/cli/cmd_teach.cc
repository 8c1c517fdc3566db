// favilla teach: example sentences to a model of intents.
#include <fmt/format.h>

#include <chrono>

#include "base/file.h"
#include "base/thread_team.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/engine_flags.h"
#include "cli/intent_models.h"
#include "cli/progress.h"

namespace favilla::cli {
namespace {

struct TeachFlags {
  std::string data;
  std::string model;
  std::string embedder;
  int threads = 0;
  uint64_t seed = 1;
};

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
      "Learns intents and entities from example sentences, one JSON object a line: text, intent, and entities with "
      "start, end (exclusive, in characters), value and entity. An intent of null or \"oos\" marks a sentence that "
      "means none of the intents.",
      "favilla teach"};
  TeachFlags flags;
  app.add_option("--data", flags.data, "the sentences; - for standard input")->required()->type_name("FILE");
  app.add_option("--model", flags.model, "name or path of the model to write")->required()->type_name("MODEL");
  app.add_option("--embedder", flags.embedder, "an embedding model whose sentence vectors to learn from too")
      ->type_name("MODEL");
  app.add_option("--threads", flags.threads, "threads; 0: one per core")
      ->check(CLI::Range(0, 64))
      ->capture_default_str();
  app.add_option("--seed", flags.seed, "another order of learning")->capture_default_str();
  app.footer(examples({"favilla teach --data house.jsonl --model house",
                       "favilla teach --data house.jsonl --model ./house.model --embedder minilm"}));
  if (const auto code = parse_arguments(app, args, context)) return *code;
  const Result<void> result = run_teach(context, flags);
  return result ? static_cast<int>(kExitOk) : print_error(context, result.error());
}

}  // namespace favilla::cli

// favilla intents: what sentences ask for, by a taught model.
#include <fmt/format.h>

#include <cmath>

#include "base/file.h"
#include "base/json.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/engine_flags.h"
#include "cli/intent_models.h"

namespace favilla::cli {
namespace {

struct IntentsFlags {
  std::string model;
  std::string embedder;
  std::string in = "-";
  std::string out = "-";
  std::vector<std::string> texts;
};

Result<IntentModel> load_intents(const CommandContext& context, const std::string& name_or_path) {
  if (name_or_path.empty()) return built_in_intents();
  return IntentModel::load(TRY(intent_model_path(context.paths, name_or_path)));
}

Json row_of(const RecognizedIntent& understanding) {
  Json entities = Json::array();
  for (const FoundEntity& entity : understanding.entities) {
    entities.push_back({{"entity", entity.kind}, {"value", entity.value}});
  }
  return {{"intent", understanding.intent},
          {"score", std::round(understanding.score * 1e4) / 1e4},
          {"in_scope", understanding.in_scope},
          {"entities", std::move(entities)}};
}

Result<std::string> understand_lines(const CommandContext& context, const IntentModel& model,
                                     const SentenceEmbedder& embedder, std::string_view lines) {
  std::string rows;
  size_t number = 0;
  for (size_t begin = 0; begin < lines.size();) {
    const size_t end = std::min(lines.find('\n', begin), lines.size());
    const std::string_view line = lines.substr(begin, end - begin);
    begin = end + 1;
    ++number;
    if (context.cancel.requested()) return Error{ErrorKind::kCancelled, "stopped"};
    if (line.find_first_not_of(" \t\r") == line.npos) continue;
    const std::string where = fmt::format("line {}", number);
    const std::string text = TRY(parse_sentence(line).context(where));
    rows += to_json_text(row_of(TRY(model.understand(text, embedder).context(where)))) + "\n";
  }
  return rows;
}

Result<void> run_intents(CommandContext& context, const IntentsFlags& flags) {
  const IntentModel model = TRY(load_intents(context, flags.model));
  SentenceEmbedder embedder;
  if (!flags.embedder.empty()) {
    if (!model.takes_vectors()) {
      return Error{ErrorKind::kInvalidArgument, "--embedder: this model was taught without sentence vectors"};
    }
    embedder = TRY(load_embedder(context, flags.embedder));
  }
  std::string rows;
  for (const std::string& text : flags.texts) {
    rows += to_json_text(row_of(TRY(model.understand(text, embedder)))) + "\n";
  }
  if (flags.texts.empty()) {
    const std::string lines = TRY(read_input(flags.in));
    rows = TRY(understand_lines(context, model, embedder, lines).context(flags.in));
  }
  if (flags.out != "-") return write_file_atomically(flags.out, rows);
  fmt::print(context.out, "{}", rows);
  return {};
}

}  // namespace

int cmd_intents(CommandContext& context, const std::vector<std::string>& args) {
  CLI::App app{
      "Tells what sentences ask for: one JSON object for each, with intent, score (the probability that it is right), "
      "in_scope and entities. Reads one JSON object a line, of which it takes \"text\".",
      "favilla intents"};
  IntentsFlags flags;
  app.add_option("--model", flags.model, "name or path of a model of `favilla teach`; the built-in one when absent")
      ->type_name("MODEL");
  app.add_option("--in", flags.in, "the sentences; - for standard input")->type_name("FILE")->capture_default_str();
  app.add_option("--out", flags.out, "where the answers go; - for standard output")
      ->type_name("FILE")
      ->capture_default_str();
  app.add_option("--embedder", flags.embedder, "the embedding model that the model was taught with")
      ->type_name("MODEL");
  app.add_option("text", flags.texts, "sentences, instead of a file")->type_name("TEXT");
  app.footer(examples({"favilla intents \"wake me at seven tomorrow\"",
                       "favilla intents --model house --in sentences.jsonl --out answers.jsonl"}));
  if (const auto code = parse_arguments(app, args, context)) return *code;
  const Result<void> result = run_intents(context, flags);
  return result ? static_cast<int>(kExitOk) : print_error(context, result.error());
}

}  // namespace favilla::cli

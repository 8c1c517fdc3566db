// favilla batch: a file of requests, a file of answers.
#include <fmt/format.h>

#include <chrono>

#include "app/served_models.h"
#include "base/clock.h"
#include "cli/commands.h"
#include "cli/engine_flags.h"
#include "cli/progress.h"

namespace favilla::cli {
namespace {

struct BatchFlags {
  std::string input, output;
  std::string model;
  int threads = 0;
  bool no_adapter = false;
  bool json = false;
};

int64_t now_s() {
  return std::chrono::duration_cast<std::chrono::seconds>(SystemClock().now().time_since_epoch()).count();
}

void print_summary(const CommandContext& context, const BatchSummary& summary, double seconds, bool json) {
  if (json) {
    fmt::print(context.out, "{}\n",
               to_json_text({{"rows", summary.rows},
                             {"already_answered", summary.already_answered},
                             {"answered", summary.answered},
                             {"failed", summary.failed},
                             {"prompt_tokens", summary.prompt_tokens},
                             {"completion_tokens", summary.completion_tokens},
                             {"seconds", seconds}}));
    return;
  }
  fmt::print(context.out, "{} rows: {} answered, {} with an error", summary.rows, summary.answered, summary.failed);
  if (summary.already_answered > 0) fmt::print(context.out, ", {} were there already", summary.already_answered);
  fmt::print(context.out, "; {} prompt and {} completion tokens in {}\n", summary.prompt_tokens,
             summary.completion_tokens, format_duration(seconds));
}

Result<BatchSummary> run(CommandContext& context, const BatchFlags& flags) {
  BatchFiles files = TRY(BatchFiles::open(flags.input, flags.output));
  if (files.torn_bytes() > 0) {
    fmt::print(context.err, "{}: the last line was torn, and was cut off ({} bytes)\n", flags.output,
               files.torn_bytes());
  }
  ServedModels models(context.paths, {.threads = flags.threads}, flags.model,
                      flags.no_adapter ? BuiltInAdapters::kNone : BuiltInAdapters::kForAnyFunctions);
  const BatchHandlers handlers{
      .chat = [&](const ChatRequest& request) { return models.chat(request, &context.cancel); },
      .embed = [&](const EmbeddingRequest& request) { return models.embed(request, &context.cancel); },
      .now_s = now_s,
      .default_model = flags.model,
      .cancel = &context.cancel};
  ProgressBar bar(context.err, context.err_is_terminal, "rows");
  Result<BatchSummary> summary = run_batch(files, handlers, [&](const BatchSummary& now) {
    bar.update(now.already_answered + now.answered + now.failed, now.rows, std::chrono::steady_clock::now());
  });
  bar.finish();
  return summary;
}

}  // namespace

int cmd_batch(CommandContext& context, const std::vector<std::string>& args) {
  CLI::App app{"Answers a file of requests in OpenAI's batch format; started again, it goes on where it stopped.",
               "favilla batch"};
  BatchFlags flags;
  app.add_option("input", flags.input, "requests, one JSON object a line")->required()->type_name("IN.jsonl");
  app.add_option("output", flags.output, "answers; those that are in it already are kept")
      ->required()
      ->type_name("OUT.jsonl");
  app.add_option("--model", flags.model, "for rows that name no model, and behind the model \"favilla\"")
      ->type_name("NAME");
  app.add_option("--threads", flags.threads, "threads of the engine; 0: one per core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app.add_flag("--no-adapter", flags.no_adapter, "let the model \"favilla\" do without the adapters trained for it");
  app.add_flag("--json", flags.json, "the summary as one JSON object");
  app.footer(examples({"favilla batch requests.jsonl answers.jsonl",
                       "favilla batch requests.jsonl answers.jsonl --model smollm2-135m --json"}));
  if (const auto code = parse_arguments(app, args, context)) return *code;

  const auto start = std::chrono::steady_clock::now();
  const Result<BatchSummary> summary = run(context, flags);
  if (!summary) return print_error(context, summary.error());
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  print_summary(context, *summary, seconds, flags.json);
  return summary->failed == 0 ? kExitOk : kExitFailure;
}

}  // namespace favilla::cli

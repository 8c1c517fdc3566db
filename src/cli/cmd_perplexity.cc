// favilla perplexity: how well a model predicts a text.
#include <fmt/format.h>

#include "base/json.h"
#include "cli/commands.h"
#include "cli/engine_flags.h"
#include "generate/perplexity.h"

namespace favilla::cli {

int cmd_perplexity(CommandContext& context, const std::vector<std::string>& args) {
  CLI::App app{
      "Measures how well a model predicts a text: e to the mean surprise per token, over the second half of each "
      "chunk. Lower is better; figures compare only for the same text, tokenizer and chunk length.",
      "favilla perplexity"};
  EngineFlags flags;
  std::string path;
  int chunk_tokens = 512;
  bool json = false;
  add_engine_options(app, flags);
  add_adapter_option(app, flags.adapter);
  app.add_option("file", path, "text file; - for standard input")->required()->type_name("FILE");
  app.add_option("--context", chunk_tokens, "chunk length in tokens")
      ->check(CLI::Range(8, 1 << 20))
      ->capture_default_str();
  app.add_flag("--json", json, "print one JSON object");
  app.footer(examples({"favilla perplexity smollm2-135m story.txt",
                       "favilla perplexity smollm2-135m story.txt --context 1024 --json"}));
  if (const auto code = parse_arguments(app, args, context)) return *code;

  const auto measure = [&]() -> Result<PerplexityResult> {
    LoadedModel model = TRY(load_model(context, flags));
    const std::vector<TokenId> ids = TRY(read_tokens(model, path, false));
    std::shared_ptr<const Adapter> adapter = TRY(load_adapter(model.engine, flags.adapter));
    Session session = TRY(model.engine.new_session({.context_tokens = chunk_tokens, .adapter = std::move(adapter)}));
    PerplexityOptions options{.context_tokens = chunk_tokens, .cancel = &context.cancel};
    if (model.tokenizer.special().add_bos) options.bos = model.tokenizer.special().bos;
    return measure_perplexity(session, ids, options, [&](int done, int total) {
      if (context.err_is_terminal)
        fmt::print(context.err, "\rchunk {} of {}{}", done, total, done == total ? "\n" : "");
    });
  };
  const Result<PerplexityResult> result = measure();
  if (!result) return print_error(context, result.error());
  if (json) {
    const Json object = {{"perplexity", result->perplexity},
                         {"mean_negative_log_likelihood", result->mean_negative_log_likelihood},
                         {"chunks", result->chunks},
                         {"counted_tokens", result->counted_tokens},
                         {"context", chunk_tokens}};
    fmt::print(context.out, "{}\n", to_json_text(object));
  } else {
    fmt::print(context.out, "perplexity {:.4f} over {} tokens ({} chunks of {})\n", result->perplexity,
               result->counted_tokens, result->chunks, chunk_tokens);
  }
  return kExitOk;
}

}  // namespace favilla::cli

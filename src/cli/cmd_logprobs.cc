// favilla logprobs: the probability of each token of a text given those before it.
#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <memory>

#include "base/file.h"
#include "base/json.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/engine_flags.h"
#include "generate/sampler.h"

namespace favilla::cli {
namespace {

struct LogprobsFlags {
  EngineFlags engine;
  std::string path;
  bool tokens = false;
  bool json = false;
  std::string output;
};

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using OutputFile = std::unique_ptr<std::FILE, CloseFile>;

// All log-probabilities of one position, [V] little-endian float32.
bool write_row(std::FILE* file, std::span<const float> logits) {
  const auto normaliser = static_cast<float>(double{logits[0]} - log_probability(logits, 0));
  std::vector<float> row(logits.begin(), logits.end());
  for (float& value : row) value -= normaliser;
  return std::fwrite(row.data(), sizeof(float), row.size(), file) == row.size();
}

void print_token(CommandContext& context, const LogprobsFlags& flags, const Tokenizer& tokenizer, TokenId id,
                 double logprob) {
  const std::string text = to_valid_utf8(tokenizer.piece(id));
  if (flags.json) {
    fmt::print(context.out, "{}\n", to_json_text({{"token", id}, {"text", text}, {"logprob", logprob}}));
  } else {
    fmt::print(context.out, "{:>8} {:>10.4f}  {}\n", id, logprob, to_json_text(text));
  }
}

Result<void> run_logprobs(CommandContext& context, const LogprobsFlags& flags) {
  LoadedModel model = TRY(load_model(context, flags.engine));
  const std::vector<TokenId> ids = TRY(read_tokens(model, flags.path, flags.tokens));
  const int limit = model.engine.info().training_context_tokens;
  const int window = std::min(limit, std::max(1, static_cast<int>(ids.size())));
  std::shared_ptr<const Adapter> adapter = TRY(load_adapter(model.engine, flags.engine.adapter));
  Session session = TRY(model.engine.new_session({.context_tokens = window, .adapter = std::move(adapter)}));
  OutputFile output;
  if (!flags.output.empty()) {
    output.reset(std::fopen(flags.output.c_str(), "wb"));
    if (!output) return errno_error("cannot write", flags.output, errno);
  }
  bool written = true;
  TRY(session.prefill_all_logits(
      ids,
      [&](size_t position, std::span<const float> logits) {
        if (output) {
          written = written && write_row(output.get(), logits);
        } else if (position + 1 < ids.size()) {
          const TokenId next = ids[position + 1];
          print_token(context, flags, model.tokenizer, next, log_probability(logits, next));
        }
      },
      &context.cancel));
  if (output && (std::fflush(output.get()) != 0 || !written)) return errno_error("cannot write", flags.output, errno);
  return {};
}

}  // namespace

int cmd_logprobs(CommandContext& context, const std::vector<std::string>& args) {
  CLI::App app{
      "Prints, for each token of a text after the first, the natural logarithm of its probability given those before.",
      "favilla logprobs"};
  LogprobsFlags flags;
  add_engine_options(app, flags.engine);
  add_adapter_option(app, flags.engine.adapter);
  app.add_option("file", flags.path, "text file; - for standard input")->required()->type_name("FILE");
  app.add_flag("--tokens", flags.tokens, "the file is a JSON array of token ids");
  app.add_flag("--json", flags.json, "one JSON object a line: token, text, logprob");
  app.add_option("--output", flags.output,
                 "write all log-probabilities [positions, vocabulary] as little-endian float32 there")
      ->type_name("FILE");
  app.footer(examples({"favilla logprobs smollm2-135m story.txt --json",
                       "echo 'Paris is in France' | favilla logprobs smollm2-135m -"}));
  if (const auto code = parse_arguments(app, args, context)) return *code;
  const Result<void> result = run_logprobs(context, flags);
  return result ? static_cast<int>(kExitOk) : print_error(context, result.error());
}

}  // namespace favilla::cli

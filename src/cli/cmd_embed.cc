// favilla embed: texts to vectors.
#include <fmt/format.h>

#include <cstdio>

#include "base/json.h"
#include "cli/commands.h"
#include "cli/engine_flags.h"

namespace favilla::cli {
namespace {

struct EmbedFlags {
  EngineFlags engine;
  std::vector<std::string> texts;
  bool json = false;
};

Result<void> embed_one(CommandContext& context, const EmbedFlags& flags, LoadedModel& model, const std::string& text) {
  std::vector<TokenId> ids = model.tokenizer.encode(text, ControlTokens::kAsText);
  const std::vector<float> vector = TRY(model.engine.embed(model.tokenizer.with_special_tokens(ids)));
  if (flags.json) {
    fmt::print(context.out, "{}\n", to_json_text({{"embedding", vector}, {"tokens", ids.size()}}));
  } else {
    fmt::print(context.out, "{:.6f}\n", fmt::join(vector, " "));
  }
  return {};
}

Result<void> run_embed(CommandContext& context, const EmbedFlags& flags) {
  LoadedModel model = TRY(load_model(context, flags.engine));
  for (const std::string& text : flags.texts) TRY(embed_one(context, flags, model, text));
  if (!flags.texts.empty()) return {};
  const std::string input = TRY(read_input("-"));
  size_t line_number = 0;
  for (size_t begin = 0; begin < input.size();) {
    size_t end = input.find('\n', begin);
    if (end == std::string::npos) end = input.size();
    ++line_number;
    if (context.cancel.requested()) return Error{ErrorKind::kCancelled, "stopped"};
    TRY(embed_one(context, flags, model, input.substr(begin, end - begin))
            .context(fmt::format("line {}", line_number)));
    begin = end + 1;
  }
  return {};
}

}  // namespace

int cmd_embed(CommandContext& context, const std::vector<std::string>& args) {
  CLI::App app{"Turns each text, or each line of standard input, into a vector of length 1.", "favilla embed"};
  EmbedFlags flags;
  add_engine_options(app, flags.engine);
  app.add_option("text", flags.texts, "texts; lines of standard input when absent")->type_name("TEXT");
  app.add_flag("--json", flags.json, "one JSON object a text: embedding, tokens");
  app.footer(examples({"favilla embed minilm \"a cat\" \"a kitten\"", "favilla embed minilm --json < sentences.txt"}));
  if (const auto code = parse_arguments(app, args, context)) return *code;
  const Result<void> result = run_embed(context, flags);
  return result ? static_cast<int>(kExitOk) : print_error(context, result.error());
}

}  // namespace favilla::cli

// favilla tokenize: how a text becomes tokens.
#include <fmt/format.h>

#include "base/file.h"
#include "base/json.h"
#include "base/utf8.h"
#include "catalog/catalog.h"
#include "cli/commands.h"
#include "cli/engine_flags.h"

namespace favilla::cli {
namespace {

struct TokenizeFlags {
  std::string model;
  std::vector<std::string> words;
  bool control = false;
  bool special = false;
  bool json = false;
};

Result<void> run_tokenize(CommandContext& context, const TokenizeFlags& flags) {
  const ResolvedModel resolved = TRY(Catalog(context.paths.models()).resolve(flags.model));
  const GgufFile file = TRY(GgufFile::open(resolved.path));
  const Tokenizer tokenizer = TRY(Tokenizer::load(file, context.paths.packed()).context(resolved.path.string()));
  const bool from_stdin = flags.words.empty() || (flags.words.size() == 1 && flags.words[0] == "-");
  const std::string text = from_stdin ? TRY(read_input("-")) : fmt::format("{}", fmt::join(flags.words, " "));
  std::vector<TokenId> ids = tokenizer.encode(text, flags.control ? ControlTokens::kParse : ControlTokens::kAsText);
  if (flags.special) ids = tokenizer.with_special_tokens(std::move(ids));
  if (flags.json) {
    Json pieces = Json::array();
    for (const TokenId id : ids) pieces.push_back(tokenizer.vocabulary_entry(id));
    fmt::print(context.out, "{}\n", to_json_text({{"tokens", ids}, {"pieces", pieces}}));
    return {};
  }
  for (const TokenId id : ids) {
    const std::string shown = tokenizer.is_control(id) ? std::string(tokenizer.vocabulary_entry(id))
                                                       : to_json_text(to_valid_utf8(tokenizer.piece(id)));
    fmt::print(context.out, "{:>8}  {}\n", id, shown);
  }
  return {};
}

}  // namespace

int cmd_tokenize(CommandContext& context, const std::vector<std::string>& args) {
  CLI::App app{
      "Shows how a model's tokenizer cuts a text. Control tokens in the text are plain text unless --control is given.",
      "favilla tokenize"};
  TokenizeFlags flags;
  app.add_option("model", flags.model, "name or path of the model")->required()->type_name("MODEL");
  app.add_option("text", flags.words, "the text; standard input when absent or -")->type_name("TEXT");
  app.add_flag("--control", flags.control, "recognise control tokens such as <|im_start|>");
  app.add_flag("--special", flags.special, "add what the vocabulary puts around an input (BOS, EOS, [CLS])");
  app.add_flag("--json", flags.json, "print one JSON object: tokens, pieces");
  app.footer(
      examples({"favilla tokenize smollm2-135m \"Hello, world\"", "favilla tokenize smollm2-135m --json < story.txt"}));
  if (const auto code = parse_arguments(app, args, context)) return *code;
  const Result<void> result = run_tokenize(context, flags);
  return result ? static_cast<int>(kExitOk) : print_error(context, result.error());
}

}  // namespace favilla::cli

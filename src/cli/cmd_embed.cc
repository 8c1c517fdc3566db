// favilla embed: texts to vectors.
#include <fmt/format.h>

#include <cstdio>
#include <functional>
#include <memory>

#include "app/remote_roles.h"
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

struct Embedding {
  std::vector<float> vector;
  int tokens = 0;
};
using Embed = std::function<Result<Embedding>(const std::string& text)>;

Result<Embedding> embed_locally(LoadedModel& model, const std::string& text) {
  std::vector<TokenId> ids = model.tokenizer.encode(text, ControlTokens::kAsText);
  const auto tokens = static_cast<int>(ids.size());
  return Embedding{TRY(model.engine.embed(model.tokenizer.with_special_tokens(std::move(ids)))), tokens};
}

Result<Embedding> embed_remotely(RemoteModel& model, const std::string& text, const CancelFlag& cancel) {
  RemoteEmbeddings embeddings = TRY(model.embed({&text, 1}, &cancel));
  return Embedding{std::move(embeddings.vectors.front()), embeddings.prompt_tokens};
}

// The model of this machine, or the server, that flags.engine.model names.
Result<Embed> open_model(CommandContext& context, const EmbedFlags& flags) {
  const std::string_view name = flags.engine.model;
  if (name.starts_with(kRemotePrefix)) {
    const RemoteRole role = TRY(find_remote_role(context.paths, name.substr(kRemotePrefix.size())));
    const std::shared_ptr<RemoteModel> model = TRY(open_remote_model(role, {}));
    return Embed([model, &context](const std::string& text) { return embed_remotely(*model, text, context.cancel); });
  }
  const auto model = std::make_shared<LoadedModel>(TRY(load_model(context, flags.engine)));
  return Embed([model](const std::string& text) { return embed_locally(*model, text); });
}

Result<void> embed_one(CommandContext& context, const EmbedFlags& flags, const Embed& embed, const std::string& text) {
  const Embedding embedding = TRY(embed(text));
  if (flags.json) {
    fmt::print(context.out, "{}\n", to_json_text({{"embedding", embedding.vector}, {"tokens", embedding.tokens}}));
  } else {
    fmt::print(context.out, "{:.6f}\n", fmt::join(embedding.vector, " "));
  }
  return {};
}

Result<void> run_embed(CommandContext& context, const EmbedFlags& flags) {
  const Embed embed = TRY(open_model(context, flags));
  for (const std::string& text : flags.texts) TRY(embed_one(context, flags, embed, text));
  if (!flags.texts.empty()) return {};
  const std::string input = TRY(read_input("-"));
  size_t line_number = 0;
  for (size_t begin = 0; begin < input.size();) {
    size_t end = input.find('\n', begin);
    if (end == std::string::npos) end = input.size();
    ++line_number;
    if (context.cancel.requested()) return Error{ErrorKind::kCancelled, "stopped"};
    TRY(embed_one(context, flags, embed, input.substr(begin, end - begin))
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

#include "cli/intent_models.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace favilla::cli {

Result<std::filesystem::path> intent_model_path(const Paths& paths, const std::string& name_or_path) {
  if (name_or_path.find('/') != std::string::npos || name_or_path.ends_with(".model")) return {name_or_path};
  const bool is_plain = std::all_of(name_or_path.begin(), name_or_path.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
  if (name_or_path.empty() || !is_plain) {
    return Error{ErrorKind::kInvalidArgument,
                 fmt::format("--model \"{}\": a name has letters, digits, '-', '_' and '.' only", name_or_path)};
  }
  return paths.data / "intents" / (name_or_path + ".model");
}

Result<SentenceEmbedder> load_embedder(const CommandContext& context, const std::string& name) {
  // std::function wants to copy what it holds.
  const auto model = std::make_shared<LoadedModel>(TRY(favilla::load_model(context.paths, name, {})));
  return SentenceEmbedder([model](std::string_view sentence) -> Result<std::vector<float>> {
    const std::vector<TokenId> ids = model->tokenizer.encode(sentence, ControlTokens::kAsText);
    return model->engine.embed(model->tokenizer.with_special_tokens(ids));
  });
}

}  // namespace favilla::cli

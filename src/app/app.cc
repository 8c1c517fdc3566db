// Catalogue, file, tokenizer and engine put together.
#include "app/app.h"

#include <fmt/format.h>

#include "catalog/catalog.h"

namespace favilla {
namespace {

Result<LoadedModel> take_apart(GgufFile file, const std::string& name, const EngineOptions& options) {
  Tokenizer tokenizer = TRY(Tokenizer::load(file, options.packed_folder));
  const ChatFormat* format = find_chat_format(file.find_string("tokenizer.chat_template").value_or(""));
  Engine engine = TRY(Engine::load(std::move(file), options));
  const auto vocabulary = static_cast<size_t>(engine.info().vocabulary_size);
  if (tokenizer.size() > vocabulary) {
    return Error{ErrorKind::kCorrupt, fmt::format("the tokenizer has {} tokens but the embedding only {} rows",
                                                  tokenizer.size(), vocabulary)};
  }
  return LoadedModel{name, std::move(engine), std::move(tokenizer), format};
}

}  // namespace

Result<LoadedModel> load_model(const Paths& paths, std::string_view name_or_path, const EngineOptions& options) {
  const std::string name(name_or_path.empty() ? default_model_name() : name_or_path);
  const ResolvedModel resolved = TRY(Catalog(paths.models()).resolve(name));
  GgufFile file = TRY(GgufFile::open(resolved.path));
  EngineOptions with_cache = options;
  with_cache.packed_folder = paths.packed();
  return take_apart(std::move(file), name, with_cache).context(resolved.path.string());
}

Result<std::shared_ptr<const Adapter>> load_adapter(Engine& engine, const std::string& path) {
  if (path.empty()) return std::shared_ptr<const Adapter>();
  const GgufFile file = TRY(GgufFile::open(path));
  return engine.load_adapter(file).context(path);
}

}  // namespace favilla

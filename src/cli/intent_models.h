// What `teach` and `intents` share: where models of intents are, and the embedding model as a function.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "app/app.h"
#include "cli/command.h"
#include "understand/understand.h"

namespace favilla::cli {

// "house" is intents/house.model in the data folder; what has a slash or ends in .model is a path. kInvalidArgument for
// a name with other characters than letters, digits, '-', '_' and '.'.
Result<std::filesystem::path> intent_model_path(const Paths& paths, const std::string& name_or_path);

// Loads an embedding model. The function owns it.
Result<SentenceEmbedder> load_embedder(const CommandContext& context, const std::string& name);

}  // namespace favilla::cli

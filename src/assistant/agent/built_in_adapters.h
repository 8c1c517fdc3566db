// Adapters that are part of the program: what training makes of models that many people have.
//
//   const std::span<const std::byte> bytes = built_in_tools_adapter(engine.info());
//   if (!bytes.empty()) options.adapter = TRY(engine.load_adapter(TRY(GgufFile::parse(bytes))));
#pragma once

#include <cstddef>
#include <span>

#include "generate/generate.h"

namespace favilla {

// LoRA GGUFs for one base each, whatever its number format is. Empty: there is none for it.

// Trained on the agent's prompt (tool_prompt.h) by training/tools.
std::span<const std::byte> built_in_tools_adapter(const ModelInfo& base);

// Trained on pairs of request and function (rerank_text.h) by training/rerank; for a ModelReranker.
std::span<const std::byte> built_in_rerank_adapter(const ModelInfo& base);

// Trained on sentences and the program's functions that they ask for by training/functions; for a
// ModelFunctionClassifier.
std::span<const std::byte> built_in_function_adapter(const ModelInfo& base);

// Trained on questions for a parameter's words (argument_text.h) by training/arguments; for a ModelArgumentReader.
std::span<const std::byte> built_in_argument_adapter(const ModelInfo& base);

}  // namespace favilla

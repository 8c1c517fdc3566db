// Adapters that are part of the program: what training/tools makes of a model that many people have.
//
//   const std::span<const std::byte> bytes = built_in_tools_adapter(engine.info());
//   if (!bytes.empty()) options.adapter = TRY(engine.load_adapter(TRY(GgufFile::parse(bytes))));
#pragma once

#include <cstddef>
#include <span>

#include "generate/generate.h"

namespace favilla {

// A LoRA GGUF that was trained on the agent's prompt (tool_prompt.h) with this model as its base, whatever the base's
// number format is. Empty: there is none for it.
std::span<const std::byte> built_in_tools_adapter(const ModelInfo& base);

}  // namespace favilla

// CMake tells FAVILLA_ADAPTERS, the folder of the files.
#include "assistant/agent/built_in_adapters.h"

#include "base/embedded_file.h"

FAVILLA_EMBED_FILE(favilla_smollm2_tools, FAVILLA_ADAPTERS "/smollm2-135m-tools.gguf");
FAVILLA_EMBED_FILE(favilla_minilm_rerank, FAVILLA_ADAPTERS "/minilm-rerank.gguf");
FAVILLA_EMBED_FILE(favilla_minilm_functions, FAVILLA_ADAPTERS "/minilm-functions.gguf");
FAVILLA_EMBED_FILE(favilla_minilm_arguments, FAVILLA_ADAPTERS "/minilm-arguments.gguf");

namespace favilla {
namespace {

bool is_minilm(const ModelInfo& base) {
  return base.architecture == "bert" && base.name == "all-MiniLM-L6-v2" && base.layers == 6 &&
         base.embedding_length == 384;
}

}  // namespace

std::span<const std::byte> built_in_tools_adapter(const ModelInfo& base) {
  const bool is_smollm2 = base.architecture == "llama" && base.name == "Smollm2 135M 8k Lc100K Mix1 Ep2" &&
                          base.layers == 30 && base.embedding_length == 576;
  return is_smollm2 ? FAVILLA_EMBEDDED(favilla_smollm2_tools) : std::span<const std::byte>{};
}

std::span<const std::byte> built_in_rerank_adapter(const ModelInfo& base) {
  return is_minilm(base) ? FAVILLA_EMBEDDED(favilla_minilm_rerank) : std::span<const std::byte>{};
}

std::span<const std::byte> built_in_function_adapter(const ModelInfo& base) {
  return is_minilm(base) ? FAVILLA_EMBEDDED(favilla_minilm_functions) : std::span<const std::byte>{};
}

std::span<const std::byte> built_in_argument_adapter(const ModelInfo& base) {
  return is_minilm(base) ? FAVILLA_EMBEDDED(favilla_minilm_arguments) : std::span<const std::byte>{};
}

}  // namespace favilla

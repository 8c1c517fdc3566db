// Taken in by the assembler: mapped from the executable, read only when an agent begins.
#include "assistant/agent/built_in_adapters.h"

// Local names of this file's section; CMake tells FAVILLA_ADAPTERS, the folder of the files.
asm(R"(
.pushsection .rodata
.balign 64
favilla_smollm2_tools_begin: .incbin ")" FAVILLA_ADAPTERS R"(/smollm2-135m-tools.gguf"
favilla_smollm2_tools_end:
.popsection
)");

extern "C" const std::byte favilla_smollm2_tools_begin[];
extern "C" const std::byte favilla_smollm2_tools_end[];

namespace favilla {

std::span<const std::byte> built_in_tools_adapter(const ModelInfo& base) {
  const bool is_smollm2 = base.architecture == "llama" && base.name == "Smollm2 135M 8k Lc100K Mix1 Ep2" &&
                          base.layers == 30 && base.embedding_length == 576;
  if (!is_smollm2) return {};
  return {favilla_smollm2_tools_begin, favilla_smollm2_tools_end};
}

}  // namespace favilla

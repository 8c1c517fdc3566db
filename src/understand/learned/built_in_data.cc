// CMake tells FAVILLA_UNDERSTAND_DATA, the folder of the files.
#include "understand/learned/built_in_data.h"

#include "base/embedded_file.h"

FAVILLA_EMBED_FILE(favilla_words, FAVILLA_UNDERSTAND_DATA "/words.bin");
FAVILLA_EMBED_FILE(favilla_intents, FAVILLA_UNDERSTAND_DATA "/intents.model");

namespace favilla {

std::span<const std::byte> built_in_words() {
  return FAVILLA_EMBEDDED(favilla_words);
}

std::span<const std::byte> built_in_intents_file() {
  return FAVILLA_EMBEDDED(favilla_intents);
}

}  // namespace favilla

// Files that are part of the program, taken in by the assembler: mapped from the executable, read only where touched.
#include "understand/learned/built_in_data.h"

// The symbols are local names of this file's section; CMake tells FAVILLA_UNDERSTAND_DATA, the folder of the files.
asm(R"(
.pushsection .rodata
.balign 16
favilla_words_begin: .incbin ")" FAVILLA_UNDERSTAND_DATA R"(/words.bin"
favilla_words_end:
.balign 16
favilla_intents_begin: .incbin ")" FAVILLA_UNDERSTAND_DATA R"(/intents.model"
favilla_intents_end:
.popsection
)");

extern "C" const std::byte favilla_words_begin[];
extern "C" const std::byte favilla_words_end[];
extern "C" const std::byte favilla_intents_begin[];
extern "C" const std::byte favilla_intents_end[];

namespace favilla {

std::span<const std::byte> built_in_words() {
  return {favilla_words_begin, favilla_words_end};
}

std::span<const std::byte> built_in_intents_file() {
  return {favilla_intents_begin, favilla_intents_end};
}

}  // namespace favilla

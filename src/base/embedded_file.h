// A file that becomes part of the program, taken in by the assembler: mapped from the executable, read where touched.
//
//   FAVILLA_EMBED_FILE(favilla_words, FAVILLA_UNDERSTAND_DATA "/words.bin");   // at file scope, a path by CMake
//   std::span<const std::byte> words = FAVILLA_EMBEDDED(favilla_words);
//
// CMake must name the file in OBJECT_DEPENDS of the source file: the compiler does not see that it is read.
#pragma once

#include <cstddef>
#include <span>

#define FAVILLA_EMBED_FILE(symbol, path)                                                                \
  asm(".pushsection .rodata\n.balign 64\n" #symbol "_begin: .incbin \"" path "\"\n" #symbol "_end:\n" \
      ".popsection\n");                                                                                \
  extern "C" const std::byte symbol##_begin[];                                                         \
  extern "C" const std::byte symbol##_end[]

#define FAVILLA_EMBEDDED(symbol) (std::span<const std::byte>{symbol##_begin, symbol##_end})

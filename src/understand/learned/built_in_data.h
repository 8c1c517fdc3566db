// Data files that are part of the program.
#pragma once

#include <cstddef>
#include <span>

namespace favilla {

// data/words.bin, see word_table.h.
std::span<const std::byte> built_in_words();

// data/intents.model, see intent_model.h.
std::span<const std::byte> built_in_intents_file();

}  // namespace favilla

// A text file that is part of the program (cmake/favilla_embed_text.cmake makes the table).
#pragma once

#include <string_view>

namespace favilla {

struct EmbeddedText {
  std::string_view path;  // relative to the folder that was embedded: "en/numbers.txt"
  std::string_view content;
};

}  // namespace favilla

// The words of an HTML mail: tags, scripts and styles left out, paragraphs and lines kept apart, no layout.
//
//   html_text("<p>Hello <b>Ana</b>&amp;Rui</p><p>Bye</p>", 1000)  // "Hello Ana&Rui\n\nBye"
#pragma once

#include <string>
#include <string_view>

namespace favilla {

// At most `limit_bytes` of valid UTF-8 without control characters; one pass, whatever the input.
std::string html_text(std::string_view html, size_t limit_bytes);

}  // namespace favilla

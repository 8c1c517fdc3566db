// Names out of untrusted files, made fit for error messages.
#include "model/untrusted_text.h"

namespace favilla {

std::string quoted_name(std::string_view name) {
  constexpr size_t kMaxShown = 80;
  std::string text = "\"";
  for (const char c : name.substr(0, kMaxShown)) text += c >= ' ' && c <= '~' ? c : '?';
  return text + (name.size() > kMaxShown ? "...\"" : "\"");
}

}  // namespace favilla

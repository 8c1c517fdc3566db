// Fuzzes the three compilers of grammars, and short walks of what they made. The first byte says which.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "generate/grammar/grammar.h"

namespace favilla {
namespace {

Result<Grammar> compile(std::string_view input) {
  const std::string_view text = input.substr(1);
  if (input.front() == 's') return Grammar::from_json_schema(text);
  if (input.front() == 'r') return Grammar::from_regex(text);
  return Grammar::from_gbnf(text);
}

// From every state that a finished grammar reaches, some byte goes on or the text may end.
void walk(const Grammar& grammar) {
  grammar::Matcher matcher(grammar.network());
  grammar::ConfigId at = matcher.start();
  for (int step = 0; step < 24 && at != grammar::kDead; ++step) {
    grammar::ConfigId next = grammar::kDead;
    for (int byte = 255 - step * 5; byte >= 0 && next == grammar::kDead; --byte) {
      next = matcher.step(at, static_cast<uint8_t>(byte));
    }
    for (int byte = 255; byte >= 0 && next == grammar::kDead; --byte)
      next = matcher.step(at, static_cast<uint8_t>(byte));
    if (next == grammar::kDead && !matcher.accepts(at) && !matcher.exhausted()) __builtin_trap();
    at = next;
  }
}

}  // namespace
}  // namespace favilla

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
  if (size_bytes < 2) return 0;
  std::string input(size_bytes, '\0');
  for (size_t i = 0; i < size_bytes; ++i) input[i] = static_cast<char>(data[i]);
  const favilla::Result<favilla::Grammar> grammar = favilla::compile(input);
  if (grammar) favilla::walk(*grammar);
  return 0;
}

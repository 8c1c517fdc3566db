// Fuzzes the reader of vCard files, and edits of what it read.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tools/builtin/contacts/vcard.h"

namespace favilla {
namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

// What was read comes out again byte for byte; what was edited can be read and has the new value.
void try_input(std::string_view input) {
  Result<VcardFile> file = VcardFile::parse(input);
  if (!file) return;
  require(file->bytes() == input);
  for (size_t card = 0; card < file->card_count(); ++card) {
    for (const char* name : {"FN", "N", "TEL", "EMAIL", "BDAY", "ADR"}) {
      for (const VcardLine* line : file->all(card, name)) {
        (void)decode_value(*line);
        (void)decode_parts(*line);
      }
    }
  }
  const std::string value = "a, b; c\\ \xC3\xA9\n" + std::string(100, 'x');
  const size_t last = file->card_count() - 1;
  file->set(last, {"NOTE", {}}, value);
  const Result<VcardFile> again = VcardFile::parse(file->bytes());
  require(again.has_value());
  require(again->card_count() == file->card_count());
  require(again->text(last, "NOTE") == value);
}

}  // namespace
}  // namespace favilla

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
  favilla::try_input({static_cast<const char*>(static_cast<const void*>(data)), size_bytes});
  return 0;
}

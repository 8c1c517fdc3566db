// libFuzzer target: arbitrary bytes as a GGUF file. Everything that the parser lets through is read once.
#include <cstdint>
#include <span>

#include "model/gguf.h"

namespace {

void read_everything(const favilla::GgufFile& file) {
  uint64_t sum = 0;
  for (const favilla::GgufValue& value : file.values()) {
    sum += file.find_ints(value.key).size() + file.find_floats(value.key).size();
    for (const char c : file.find_string(value.key).value_or("")) sum += static_cast<uint8_t>(c);
    const favilla::GgufStrings* strings = file.find_strings(value.key);
    for (size_t i = 0; strings != nullptr && i < strings->size(); ++i) {
      for (const char c : (*strings)[i]) sum += static_cast<uint8_t>(c);
    }
  }
  for (const favilla::GgufTensor& tensor : file.tensors()) {
    sum += static_cast<uint64_t>(tensor.rows());
    for (const std::byte b : tensor.data) sum += static_cast<uint64_t>(b);
  }
  [[maybe_unused]] volatile uint64_t sink = sum;  // keeps the reads from being optimised away
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto file = favilla::GgufFile::parse(std::as_bytes(std::span(data, size)));
  if (file) read_everything(*file);
  return 0;
}

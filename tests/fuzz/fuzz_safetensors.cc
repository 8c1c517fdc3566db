// libFuzzer target: arbitrary bytes as a safetensors file. Everything that the parser lets through is read once.
#include <cstdint>
#include <span>

#include "model/import/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto file = favilla::SafetensorsFile::parse(std::as_bytes(std::span(data, size)));
  if (!file) return 0;
  uint64_t sum = 0;
  for (const favilla::SafetensorsTensor& tensor : file->tensors()) {
    for (const std::byte b : tensor.data) sum += static_cast<uint64_t>(b);
  }
  [[maybe_unused]] volatile uint64_t sink = sum;  // keeps the reads from being optimised away
  return 0;
}

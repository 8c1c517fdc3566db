// Turns the untrusted bytes of one GGUF file into a validated GgufFile. Private to the GGUF reader: callers use gguf.h.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/gguf.h"

namespace favilla {

// Caps that keep hostile files cheap. Each is far above the largest model known (262,144 tokens, 1,500 tensors).
inline constexpr uint64_t kGgufMaxValues = 65'536;
inline constexpr uint64_t kGgufMaxTensors = 65'536;
inline constexpr uint64_t kGgufMaxKeyBytes = 65'535;             // of one key, as the format says
inline constexpr uint64_t kGgufMaxTensorNameBytes = 64;          // as the format says
inline constexpr uint64_t kGgufMaxNameBytes = 4 << 20;           // of all keys and tensor names together
inline constexpr uint64_t kGgufMaxArrayElements = 4 << 20;       // of all arrays together
inline constexpr uint64_t kGgufMaxMetadataBytes = 256ULL << 20;  // all that stands before the tensor data

class GgufParser {
 public:
  explicit GgufParser(std::span<const std::byte> bytes) : bytes_(bytes) {}

  // Call once. kCorrupt or kUnsupported, with the byte at which it went wrong.
  Result<GgufFile> parse();

 private:
  struct TensorPlace {
    uint64_t offset = 0;  // from the start of the tensor data
    uint64_t size_bytes = 0;
    uint32_t index = 0;
  };

  Result<void> parse_header();
  Result<void> parse_value(GgufValue& value);
  Result<void> parse_array(GgufValue& value);
  Result<void> parse_strings(GgufValue& value);
  Result<void> parse_tensor(GgufTensor& tensor, TensorPlace& place);
  Result<void> parse_shape(GgufTensor& tensor, TensorPlace& place);
  Result<void> place_tensors(std::vector<TensorPlace>& places);

  template <class T>
  Result<T> read(const char* what);
  Result<std::string_view> read_name(const char* what, uint64_t limit_bytes);
  Result<std::string_view> read_string(const char* what);
  Result<void> need(uint64_t size_bytes, const char* what) const;

  Error corrupt(const std::string& problem) const { return corrupt_at(position_, problem); }
  static Error corrupt_at(uint64_t position, const std::string& problem);

  std::span<const std::byte> bytes_;
  uint64_t position_ = 0;  // <= bytes_.size()
  uint64_t tensor_count_ = 0;
  uint64_t value_count_ = 0;
  uint64_t array_elements_ = 0;  // seen so far
  uint64_t name_bytes_ = 0;      // seen so far
  GgufFile file_;
};

}  // namespace favilla

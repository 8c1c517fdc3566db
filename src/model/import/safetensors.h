// safetensors files, memory-mapped and validated completely before anything else sees them.
//
//   SafetensorsFile file = TRY(SafetensorsFile::open("model.safetensors"));
//   const SafetensorsTensor* weight = file.find("embeddings.word_embeddings.weight");   // nullptr when absent
//
// Layout: u64 length of the header, the header as a JSON object of name -> {dtype, shape, data_offsets}, then the data,
// which the tensors cover without gap or overlap. Views point into the map and live as long as the file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace favilla {

struct SafetensorsTensor {
  std::string name;
  std::string dtype;                // as in the file: "F32", "F16", "BF16", "I64" ...
  std::vector<int64_t> shape;       // outermost dimension first; empty for a scalar
  std::span<const std::byte> data;  // unaligned, little-endian
};

class SafetensorsFile {
 public:
  // kNotFound or kIo; kCorrupt says what is wrong; kUnsupported for a number type that is not known, by name.
  static Result<SafetensorsFile> open(const std::filesystem::path& path);
  // Bytes in memory that outlive the result (tests, fuzzing).
  static Result<SafetensorsFile> parse(std::span<const std::byte> bytes);

  std::span<const SafetensorsTensor> tensors() const { return tensors_; }  // sorted by name
  const SafetensorsTensor* find(std::string_view name) const;

 private:
  MappedFile map_;
  std::vector<SafetensorsTensor> tensors_;
};

}  // namespace favilla

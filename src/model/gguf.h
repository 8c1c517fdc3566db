// GGUF v2/v3 files, memory-mapped and validated completely before anything else sees them.
//
//   GgufFile file = TRY(GgufFile::open("model.gguf"));
//   int64_t layers = TRY(file.require_uint("llama.block_count"));
//   const GgufTensor* head = file.find_tensor("output.weight");   // nullptr when absent
//
// Format: ggml's docs/gguf.md. Files are untrusted: every count is capped before allocation, every size and offset is
// checked without overflow, names and keys are unique. Views point into the map and live as long as the GgufFile.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "tensor/dtype.h"

namespace favilla {

// The type of a metadata value; values are GGUF's ids.
enum class GgufType : uint32_t {
  kUint8 = 0, kInt8, kUint16, kInt16, kUint32, kInt32, kFloat32, kBool, kString, kArray, kUint64, kInt64, kFloat64,
};

struct GgufTensor {
  std::string_view name;
  DType type = DType::kF32;
  int dimensions = 0;                             // 1..4 (0 in a file is one element: reported as 1)
  std::array<int64_t, 4> shape{1, 1, 1, 1};       // shape[0] is the contiguous row length
  std::span<const std::byte> data;                // dtype_bytes(type, elements)

  int64_t elements() const { return shape[0] * shape[1] * shape[2] * shape[3]; }
  int64_t rows() const { return elements() / shape[0]; }
};

// An array of strings inside the map: O(1) access by an offset table made at parse time.
class GgufStrings {
 public:
  size_t size() const { return offsets_.size(); }
  std::string_view operator[](size_t index) const;

 private:
  friend class GgufParser;
  const std::byte* base_ = nullptr;   // start of the array's elements
  std::vector<uint32_t> offsets_;     // of each string's bytes from base_, its u64 length stands before it
};

struct GgufValue {
  std::string_view key;
  GgufType type = GgufType::kUint32;
  GgufType element_type = GgufType::kUint32;   // of an array
  uint64_t count = 1;                          // elements of an array
  const std::byte* data = nullptr;             // scalar or packed elements, little-endian, unaligned
  std::string_view string;                     // of a kString
  std::unique_ptr<GgufStrings> strings;        // of an array of strings
};

class GgufFile {
 public:
  // Opens one file, or all splits of a model given its first (-00001-of-0000N); metadata are those of the first.
  // Errors: kNotFound (also a missing split, by name), kIo, kCorrupt (what and at which byte), kInvalidArgument (a
  // later split was given), kUnsupported (version, big-endian, tensor type by name).
  static Result<GgufFile> open(const std::filesystem::path& path);

  // Parses bytes in memory that outlive the result (tests, fuzzing). A split is read as if it were the whole.
  static Result<GgufFile> parse(std::span<const std::byte> bytes);

  GgufFile(GgufFile&&) noexcept = default;
  GgufFile& operator=(GgufFile&&) noexcept = default;

  const GgufValue* find(std::string_view key) const;

  // Typed look-ups. nullopt when the key is absent or of another type. Integers of any width and sign are accepted by
  // find_uint when the value is >= 0; find_float accepts f32 and f64.
  std::optional<uint64_t> find_uint(std::string_view key) const;
  std::optional<double> find_float(std::string_view key) const;
  std::optional<bool> find_bool(std::string_view key) const;
  std::optional<std::string_view> find_string(std::string_view key) const;
  const GgufStrings* find_strings(std::string_view key) const;
  // Copies of numeric arrays, converted. Empty when absent or not numeric.
  std::vector<float> find_floats(std::string_view key) const;
  std::vector<int64_t> find_ints(std::string_view key) const;   // also arrays of bool

  // As above, but absence is an error (kCorrupt) that names the key.
  Result<uint64_t> require_uint(std::string_view key) const;
  Result<double> require_float(std::string_view key) const;
  Result<std::string_view> require_string(std::string_view key) const;

  std::span<const GgufTensor> tensors() const { return tensors_; }
  const GgufTensor* find_tensor(std::string_view name) const;
  // kCorrupt when absent or of another shape; trailing dimensions of 1 may be left out of `shape`.
  Result<const GgufTensor*> require_tensor(std::string_view name, std::initializer_list<int64_t> shape) const;

  const std::vector<GgufValue>& values() const { return values_; }
  uint32_t version() const { return version_; }
  size_t tensor_bytes() const;   // sum over all tensors

  // When the newest of its files was last written, in nanoseconds since 1970; 0 for bytes in memory.
  int64_t modified_ns() const;

  // Of all that stands before the tensor data, of all splits: metadata, names, shapes, offsets. See base/checksum.h.
  uint64_t header_checksum() const { return header_checksum_; }

  // MappedFile::drop_pages for bytes of a tensor, and for all bytes of all files.
  void drop_pages(std::span<const std::byte> range) const;
  void drop_all_pages() const;

 private:
  friend class GgufParser;
  GgufFile() = default;

  static Result<GgufFile> open_one(const std::filesystem::path& path);
  Result<void> append_split(GgufFile split, uint64_t number, uint64_t count);
  // Sort the look-up tables; kCorrupt when a key or a tensor name occurs twice.
  Result<void> index_values();
  Result<void> index_tensors();

  std::vector<MappedFile> maps_;            // one per split
  std::vector<GgufValue> values_;
  std::vector<GgufTensor> tensors_;
  std::vector<uint32_t> values_by_key_;     // sorted indices
  std::vector<uint32_t> tensors_by_name_;   // sorted indices
  uint64_t header_checksum_ = 0;
  uint32_t version_ = 0;
};

}  // namespace favilla

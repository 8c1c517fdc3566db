// Writes GGUF v3 files, front to back, with weights streamed so that a model never has to fit into memory.
//
//   GgufWriter writer;
//   writer.add_string("general.architecture", "bert");
//   writer.add_uint32("bert.block_count", 6);
//   writer.add_tensor("token_embd.weight", DType::kF32, {384, 30522});
//   TRY(writer.begin(stream));                      // header, metadata and tensor infos
//   TRY(writer.write_tensor(bytes));                // once for each tensor, in the order in which they were added
//   TRY(writer.finish());
//
// The caller sees to what the format asks of it: unique keys and names, lengths that are whole blocks.
#pragma once

#include <cstdint>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/gguf.h"
#include "tensor/dtype.h"

namespace favilla {

class GgufWriter {
 public:
  void add_uint32(std::string_view key, uint32_t value);
  void add_uint64(std::string_view key, uint64_t value);
  void add_uint16(std::string_view key, uint16_t value);
  void add_int32(std::string_view key, int32_t value);
  void add_float32(std::string_view key, float value);
  void add_bool(std::string_view key, bool value);
  void add_string(std::string_view key, std::string_view value);
  void add_strings(std::string_view key, std::span<const std::string> values);
  void add_floats(std::string_view key, std::span<const float> values);
  void add_ints(std::string_view key, std::span<const int32_t> values);

  // shape: 1 to 4 dimensions, the contiguous one first, as in GgufTensor.
  void add_tensor(std::string_view name, DType type, std::span<const int64_t> shape);

  // The stream must outlive the writer's use and be opened in binary mode. kExhausted when the disk is full, kIo when
  // the stream fails for another reason.
  Result<void> begin(std::ostream& out);
  // The next tensor's bytes, all of them. kInternal when their number is wrong.
  Result<void> write_tensor(std::span<const std::byte> bytes);
  // kInternal when a tensor is missing; kExhausted or kIo as above.
  Result<void> finish();

 private:
  struct Tensor {
    std::string name;
    DType type;
    std::vector<int64_t> shape;
    uint64_t size_bytes;
  };

  template <class T>
  void add_scalar(std::string_view key, GgufType type, T value);
  template <class T>
  void add_array(std::string_view key, GgufType type, std::span<const T> values);
  void begin_value(std::string_view key, GgufType type);
  Result<void> pad();

  std::string metadata_;  // encoded
  uint64_t value_count_ = 0;
  std::vector<Tensor> tensors_;
  size_t tensors_written_ = 0;
  uint64_t position_ = 0;  // bytes written so far
  std::ostream* out_ = nullptr;
};

}  // namespace favilla

// Reads a model's shape and tensors out of a GGUF file, checking every size. Used while loading only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/arch/architecture.h"

namespace favilla {

class WeightReader {
 public:
  explicit WeightReader(const GgufFile& file) : file_(file) {}

  // "llama.block_count" for key "block_count" of a llama file. Reports kUnsupported for shapes that no pass here can
  // run.
  Result<ModelShape> shape() const;

  std::optional<double> find_float(std::string_view key) const;
  std::optional<uint64_t> find_uint(std::string_view key) const;
  std::vector<int64_t> find_ints(std::string_view key) const;

  // A matrix [rows, columns] / vector [count] that must be there.
  Result<Matrix> matrix(const std::string& name, int64_t rows, int64_t columns) const;
  Result<std::vector<float>> vector(const std::string& name, int64_t count) const;
  // The output matrix [V, D], which may be the embedding. Prepared for screening when the vocabulary is large.
  Result<Matrix> head(const ModelShape& shape) const;
  // Empty when the file has no such tensor.
  Result<Matrix> optional_matrix(const std::string& name, int64_t rows, int64_t columns) const;
  Result<std::vector<float>> optional_vector(const std::string& name, int64_t count) const;

 private:
  std::string key(std::string_view name) const;

  const GgufFile& file_;
};

// "blk.3.attn_q.weight"
std::string layer_tensor(int layer, std::string_view name);

// Inverse frequencies of rotary position embedding (Su et al. 2021), [dimensions / 2]: base^(-2i / dimensions), each
// divided by its factor when `factors` is not empty (Llama 3), then by `linear_scale`.
std::vector<float> rope_frequencies(int dimensions, double base, std::span<const float> factors, double linear_scale);

// The base, scaling and factors that the file asks for, for full-attention layers. kUnsupported for scaling types that
// we do not have (YaRN, for example).
Result<std::vector<float>> read_rope_frequencies(const WeightReader& reader, const GgufFile& file,
                                                 const ModelShape& shape);

}  // namespace favilla

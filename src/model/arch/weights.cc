// Metadata and tensors to shapes and matrices. The file has been validated as a GGUF; here it is checked against
// itself.
#include "model/arch/weights.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace favilla {
namespace {

// Far above any model for one computer; keeps every product of two sizes inside 64 bits.
constexpr uint64_t kMaxSize = 1 << 22;
constexpr uint64_t kMaxLayers = 1024;
constexpr uint64_t kMaxContextTokens = uint64_t{1} << 24;

Error out_of_range(std::string_view key, uint64_t value) {
  return {ErrorKind::kCorrupt, fmt::format("{} = {} is out of range", key, value)};
}

}  // namespace

std::string layer_tensor(int layer, std::string_view name) {
  return fmt::format("blk.{}.{}", layer, name);
}

std::string WeightReader::key(std::string_view name) const {
  return fmt::format("{}.{}", file_.find_string("general.architecture").value_or(""), name);
}

std::optional<double> WeightReader::find_float(std::string_view name) const {
  return file_.find_float(key(name));
}
std::optional<uint64_t> WeightReader::find_uint(std::string_view name) const {
  return file_.find_uint(key(name));
}
std::vector<int64_t> WeightReader::find_ints(std::string_view name) const {
  return file_.find_ints(key(name));
}

Result<ModelShape> WeightReader::shape() const {
  ModelShape shape;
  const auto size = [&](std::string_view name, uint64_t limit) -> Result<int> {
    const std::string full = key(name);
    const uint64_t value = TRY(file_.require_uint(full));
    if (value == 0 || value > limit) return out_of_range(full, value);
    return static_cast<int>(value);
  };
  shape.layers = TRY(size("block_count", kMaxLayers));
  shape.embedding = TRY(size("embedding_length", kMaxSize));
  shape.heads = TRY(size("attention.head_count", kMaxSize));
  shape.feed_forward = TRY(size("feed_forward_length", kMaxSize));
  shape.context_tokens = TRY(size("context_length", kMaxContextTokens));
  shape.kv_heads = find_uint("attention.head_count_kv") ? TRY(size("attention.head_count_kv", kMaxSize)) : shape.heads;
  if (!find_ints("attention.head_count_kv").empty()) {
    return Error{ErrorKind::kUnsupported, "models whose layers differ in their number of kv heads are not supported"};
  }
  if (find_uint("attention.key_length")) {
    shape.head_dim = TRY(size("attention.key_length", kMaxSize));
  } else if (shape.embedding % shape.heads == 0) {
    shape.head_dim = shape.embedding / shape.heads;
  }
  if (const auto value_length = find_uint("attention.value_length");
      value_length && *value_length != static_cast<uint64_t>(shape.head_dim)) {
    return Error{ErrorKind::kUnsupported, "models with value heads of another length than key heads are not supported"};
  }
  if (shape.heads % shape.kv_heads != 0) {
    return Error{ErrorKind::kCorrupt,
                 fmt::format("{} heads cannot share {} kv heads evenly", shape.heads, shape.kv_heads)};
  }
  if (shape.head_dim % 16 != 0 || shape.head_dim == 0) {
    return Error{ErrorKind::kUnsupported,
                 fmt::format("a head length of {} is not supported (it must be a multiple of 16)", shape.head_dim)};
  }
  const GgufTensor* embedding = file_.find_tensor("token_embd.weight");
  if (embedding == nullptr) return Error{ErrorKind::kCorrupt, "the file has no tensor token_embd.weight"};
  if (embedding->shape[1] < 1 || embedding->shape[1] > static_cast<int64_t>(kMaxSize)) {
    return out_of_range("rows of token_embd.weight", static_cast<uint64_t>(embedding->shape[1]));
  }
  shape.vocabulary = static_cast<int>(embedding->shape[1]);
  shape.norm_epsilon = static_cast<float>(find_float("attention.layer_norm_rms_epsilon")
                                              .value_or(find_float("attention.layer_norm_epsilon").value_or(1e-5)));
  return shape;
}

Result<Matrix> WeightReader::matrix(const std::string& name, int64_t rows, int64_t columns) const {
  const GgufTensor* tensor = TRY(file_.require_tensor(name, {columns, rows}));
  return Matrix::view(tensor->type, rows, columns, tensor->data);
}

Result<Matrix> WeightReader::head(const ModelShape& shape) const {
  constexpr int kScreenedVocabulary = 100'000;  // from so many rows on the head is what decoding waits for
  Matrix head = TRY(optional_matrix("output.weight", shape.vocabulary, shape.embedding));
  if (head.empty()) head = TRY(matrix("token_embd.weight", shape.vocabulary, shape.embedding));
  if (shape.vocabulary >= kScreenedVocabulary) head.request_screening();
  return head;
}

Result<std::vector<float>> WeightReader::vector(const std::string& name, int64_t count) const {
  const GgufTensor* tensor = TRY(file_.require_tensor(name, {count}));
  std::vector<float> values(static_cast<size_t>(count));
  dequantize(tensor->type, tensor->data.data(), values.data(), values.size());
  return values;
}

Result<Matrix> WeightReader::optional_matrix(const std::string& name, int64_t rows, int64_t columns) const {
  if (file_.find_tensor(name) == nullptr) return Matrix();
  return matrix(name, rows, columns);
}

Result<std::vector<float>> WeightReader::optional_vector(const std::string& name, int64_t count) const {
  if (file_.find_tensor(name) == nullptr) return std::vector<float>();
  return vector(name, count);
}

std::vector<float> rope_frequencies(int dimensions, double base, std::span<const float> factors, double linear_scale) {
  std::vector<float> frequencies(static_cast<size_t>(dimensions / 2));
  for (size_t i = 0; i < frequencies.size(); ++i) {
    const double factor = factors.empty() ? 1.0 : double{factors[i]};
    const double frequency = std::pow(base, -2.0 * static_cast<double>(i) / dimensions);
    frequencies[i] = static_cast<float>(frequency / factor / linear_scale);
  }
  return frequencies;
}

Result<std::vector<float>> read_rope_frequencies(const WeightReader& reader, const GgufFile& file,
                                                 const ModelShape& shape) {
  if (reader.find_uint("rope.dimension_count").value_or(static_cast<uint64_t>(shape.head_dim)) !=
      static_cast<uint64_t>(shape.head_dim)) {
    return Error{ErrorKind::kUnsupported, "models that rotate only a part of each head are not supported"};
  }
  const std::string prefix = std::string(file.find_string("general.architecture").value_or(""));
  const std::string_view scaling = file.find_string(prefix + ".rope.scaling.type").value_or("none");
  double linear_scale = 1.0;
  if (scaling == "linear") {
    linear_scale = reader.find_float("rope.scaling.factor").value_or(1.0);
  } else if (scaling != "none") {
    return Error{ErrorKind::kUnsupported, fmt::format("rope scaling \"{}\" is not supported", scaling)};
  }
  const std::vector<float> factors = TRY(reader.optional_vector("rope_freqs.weight", shape.head_dim / 2));
  return rope_frequencies(shape.head_dim, reader.find_float("rope.freq_base").value_or(10000.0), factors, linear_scale);
}

}  // namespace favilla

// An adapter's file to matrices. It has been validated as a GGUF; here it is checked against the base.
#include "model/arch/adapter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <string_view>

#include "base/checksum.h"

namespace favilla {
namespace {

constexpr std::string_view kDownSuffix = ".lora_a";
constexpr std::string_view kUpSuffix = ".lora_b";
constexpr float kLargestHalf = 65504.0F;

using NamedMatrices = std::map<std::string_view, Matrix*>;

// The matrices inside the layers by their names in the file: each views its tensor's bytes.
NamedMatrices name_matrices(const GgufFile& base_file, Architecture& base) {
  std::map<const std::byte*, std::string_view> names;
  for (const GgufTensor& tensor : base_file.tensors()) names[tensor.data.data()] = tensor.name;
  NamedMatrices matrices;
  std::vector<std::vector<Matrix*>> groups = base.weight_groups();
  groups.pop_back();  // the head's
  for (const std::vector<Matrix*>& group : groups) {
    for (Matrix* matrix : group) {
      const auto name = names.find(matrix->raw().data());
      if (name != names.end()) matrices[name->second] = matrix;
    }
  }
  return matrices;
}

Result<void> check_kind(const GgufFile& file, const GgufFile& base_file) {
  const std::string_view kind = file.find_string("general.type").value_or("model");
  if (kind != "adapter") {
    return Error{ErrorKind::kInvalidArgument,
                 fmt::format("this file is no adapter: its general.type is \"{}\"", std::string(kind))};
  }
  const std::string_view type = TRY(file.require_string("adapter.type"));
  if (type != "lora") {
    return Error{ErrorKind::kUnsupported,
                 fmt::format("adapters of type \"{}\" are not supported (we have: lora)", std::string(type))};
  }
  if (file.find("adapter.alora.invocation_tokens") != nullptr) {
    return Error{ErrorKind::kUnsupported, "adapters that begin at an invocation text (aLoRA) are not supported"};
  }
  const std::string_view wanted = TRY(file.require_string("general.architecture"));
  const std::string_view have = base_file.find_string("general.architecture").value_or("");
  if (wanted == have) return {};
  return Error{ErrorKind::kInvalidArgument,
               fmt::format("the adapter is for a {} model and this one is {}", std::string(wanted), std::string(have))};
}

// alpha; 0 when the file gives none.
Result<double> read_alpha(const GgufFile& file) {
  const double alpha = file.find_float("adapter.lora.alpha").value_or(0.0);
  if (std::isfinite(alpha) && std::abs(alpha) <= 1e6) return alpha;
  return Error{ErrorKind::kCorrupt, "adapter.lora.alpha is not a usable number"};
}

bool is_supported(DType type) {
  return type == DType::kF32 || type == DType::kF16 || type == DType::kQ8_0;
}

// [rows, columns] as floats times `factor`, none of them larger than `limit`.
Result<std::vector<float>> read_values(const GgufTensor& tensor, float factor, float limit) {
  if (!is_supported(tensor.type)) {
    return Error{ErrorKind::kUnsupported, fmt::format("{} is of type {}; adapters are read in F32, F16 and Q8_0",
                                                      std::string(tensor.name), dtype_info(tensor.type).name)};
  }
  std::vector<float> values(static_cast<size_t>(tensor.elements()));
  dequantize(tensor.type, tensor.data.data(), values.data(), values.size());
  for (float& value : values) {
    value *= factor;
    if (!(std::abs(value) <= limit)) {
      return Error{ErrorKind::kCorrupt,
                   fmt::format("{} holds numbers that are not finite or too large", std::string(tensor.name))};
    }
  }
  return values;
}

void write_half_row(const float* row, int64_t columns, std::byte* out) {
  for (int64_t i = 0; i < columns; ++i) {
    const uint16_t half = float_to_half(row[i]);
    std::memcpy(out + static_cast<size_t>(i) * sizeof half, &half, sizeof half);
  }
}

struct Shape {
  int64_t rows, columns;
};

// The matrix in memory that it takes from here.
Result<Matrix> store_floats(const std::vector<float>& values, Shape shape, AlignedArray<std::byte>& memory) {
  const size_t bytes = values.size() * sizeof(float);
  memory = TRY(AlignedArray<std::byte>::create(bytes));
  std::memcpy(memory.data(), values.data(), bytes);
  return Matrix::view(DType::kF32, shape.rows, shape.columns, {memory.data(), bytes});
}

Result<Matrix> store_packed(const std::vector<float>& values, Shape shape, DType type,
                            AlignedArray<std::byte>& memory) {
  const size_t row_bytes = dtype_bytes(type, static_cast<size_t>(shape.columns));
  std::vector<std::byte> raw(static_cast<size_t>(shape.rows) * row_bytes);
  const auto write_row = type == DType::kQ8_0 ? quantize_q8_0 : write_half_row;
  for (int64_t row = 0; row < shape.rows; ++row)
    write_row(values.data() + row * shape.columns, shape.columns, raw.data() + static_cast<size_t>(row) * row_bytes);
  Matrix source = Matrix::view(type, shape.rows, shape.columns, raw);
  memory = TRY(AlignedArray<std::byte>::create(source.packed_bytes()));
  source.set_packed(memory.data());
  source.pack({0, shape.rows});
  Matrix packed = Matrix::view(type, shape.rows, shape.columns, {});  // without the raw bytes, which go now
  packed.set_packed(memory.data());
  return packed;
}

Error misshapen(const GgufTensor& tensor, std::string_view wanted) {
  return {ErrorKind::kCorrupt, fmt::format("{} has the shape {} x {}, but {}", std::string(tensor.name),
                                           tensor.shape[0], tensor.rows(), std::string(wanted))};
}

Result<LowRankChange> read_change(const GgufTensor& a, const GgufTensor& b, const Matrix& base, double alpha,
                                  AdapterForm form) {
  const int64_t rank = a.shape[1];
  if (a.dimensions > 2 || a.shape[0] != base.columns()) {
    return misshapen(a, fmt::format("the base has {} columns", base.columns()));
  }
  if (b.dimensions > 2 || b.shape[1] != base.rows()) {
    return misshapen(b, fmt::format("the base has {} rows", base.rows()));
  }
  if (b.shape[0] != rank) return misshapen(b, fmt::format("its other half has rank {}", rank));
  if (rank > kMaxAdapterRank) {
    return Error{ErrorKind::kUnsupported,
                 fmt::format("{} has rank {}; adapters have at most {}", std::string(a.name), rank, kMaxAdapterRank)};
  }
  const float scale = alpha == 0.0 ? 1.0F : static_cast<float>(alpha / static_cast<double>(rank));
  const std::vector<float> down = TRY(read_values(a, 1.0F, kLargestHalf));
  const std::vector<float> up = TRY(read_values(b, scale, kLargestHalf));
  LowRankChange change;
  change.base = &base;
  const Shape down_shape{rank, base.columns()}, up_shape{base.rows(), rank};
  if (form == AdapterForm::kFloat) {
    change.down = TRY(store_floats(down, down_shape, change.down_bytes));
    change.up = TRY(store_floats(up, up_shape, change.up_bytes));
    return change;
  }
  const DType down_type = base.columns() % kBlockColumns == 0 ? DType::kQ8_0 : DType::kF16;
  change.down = TRY(store_packed(down, down_shape, down_type, change.down_bytes));
  change.up = TRY(store_packed(up, up_shape, DType::kF16, change.up_bytes));
  return change;
}

// The base's matrix that a tensor changes, and whether it is the second half of the change.
struct Target {
  std::string_view name;
  const Matrix* matrix;
  bool is_up;
};

Result<Target> find_target(const GgufTensor& tensor, const NamedMatrices& matrices) {
  const bool is_down = tensor.name.ends_with(kDownSuffix), is_up = tensor.name.ends_with(kUpSuffix);
  if (!is_down && !is_up) {
    return Error{ErrorKind::kUnsupported,
                 fmt::format("the adapter's tensor \"{}\" is neither .lora_a nor .lora_b", std::string(tensor.name))};
  }
  const std::string_view name = tensor.name.substr(0, tensor.name.size() - kDownSuffix.size());
  const auto found = matrices.find(name);
  if (found == matrices.end()) {
    return Error{ErrorKind::kUnsupported,
                 fmt::format("the adapter changes \"{}\", which is no linear layer inside this model's layers",
                             std::string(name))};
  }
  return Target{name, found->second, is_up};
}

std::string fingerprint_of(const GgufFile& file) {
  uint64_t sum = file.header_checksum();
  for (const GgufTensor& tensor : file.tensors()) sum = checksum(tensor.data, sum);
  return fmt::format("{:016x}", sum);
}

}  // namespace

Result<std::unique_ptr<Adapter>> Adapter::load(const GgufFile& file, const GgufFile& base_file, Architecture& base,
                                               AdapterForm form) {
  TRY(check_kind(file, base_file));
  const double alpha = TRY(read_alpha(file));
  const NamedMatrices matrices = name_matrices(base_file, base);
  std::unique_ptr<Adapter> adapter(new Adapter);
  adapter->base_ = &base;
  for (const GgufTensor& tensor : file.tensors()) {
    const Target target = TRY(find_target(tensor, matrices));
    const std::string other_name = std::string(target.name) + std::string(target.is_up ? kDownSuffix : kUpSuffix);
    const GgufTensor* other = file.find_tensor(other_name);
    if (other == nullptr) return Error{ErrorKind::kCorrupt, "the adapter has no tensor " + other_name};
    if (target.is_up) continue;
    adapter->changes_.push_back(TRY(read_change(tensor, *other, *target.matrix, alpha, form)));
    adapter->largest_rank_ = std::max(adapter->largest_rank_, tensor.shape[1]);
    adapter->parameters_ += tensor.elements() + other->elements();
  }
  if (adapter->changes_.empty()) return Error{ErrorKind::kCorrupt, "the adapter has no tensors"};
  std::sort(adapter->changes_.begin(), adapter->changes_.end(),
            [](const LowRankChange& a, const LowRankChange& b) { return std::less<>()(a.base, b.base); });
  adapter->fingerprint_ = fingerprint_of(file);
  return adapter;
}

const LowRankChange* Adapter::find(const Matrix& matrix) const {
  const auto found = std::lower_bound(
      changes_.begin(), changes_.end(), &matrix,
      [](const LowRankChange& change, const Matrix* base) { return std::less<>()(change.base, base); });
  return found != changes_.end() && found->base == &matrix ? &*found : nullptr;
}

}  // namespace favilla

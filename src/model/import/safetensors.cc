// The safetensors reader. The header is parsed as JSON under a size cap, then each tensor's range is compared with its
// shape and with its neighbours'.
#include "model/import/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "model/import/json_fields.h"
#include "model/untrusted_text.h"

namespace favilla {
namespace {

// The header of a 24-layer BERT takes 50 kB; a JSON value in memory takes some ten times its text.
constexpr uint64_t kMaxHeaderBytes = 4 << 20;
constexpr size_t kMaxDimensions = 8;

Error corrupt(std::string problem) {
  return {ErrorKind::kCorrupt, std::move(problem)};
}

// 0 for a type that is not known.
uint64_t element_bytes(std::string_view dtype) {
  constexpr std::pair<std::string_view, uint64_t> kTypes[] = {
      {"F64", 8}, {"F32", 4}, {"F16", 2}, {"BF16", 2}, {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"I64", 8},  {"I32", 4},
      {"I16", 2}, {"I8", 1},  {"U64", 8}, {"U32", 4},  {"U16", 2},     {"U8", 1},      {"BOOL", 1},
  };
  for (const auto& [name, size_bytes] : kTypes) {
    if (name == dtype) return size_bytes;
  }
  return 0;
}

// Bytes that a tensor of this shape takes.
Result<uint64_t> shape_bytes(std::span<const int64_t> shape, uint64_t element_size_bytes) {
  uint64_t total = element_size_bytes;
  for (const int64_t length : shape) {
    if (__builtin_mul_overflow(total, static_cast<uint64_t>(length), &total)) return corrupt("its shape is too large");
  }
  return total;
}

// One entry of the header. The caller puts the tensor's name before the error.
Result<SafetensorsTensor> parse_tensor(const std::string& name, const SortedJson& entry,
                                       std::span<const std::byte> data) {
  SafetensorsTensor tensor{.name = name, .dtype = TRY(require_string(entry, "dtype")), .shape = {}, .data = {}};
  const uint64_t element_size_bytes = element_bytes(tensor.dtype);
  if (element_size_bytes == 0) {
    return Error{ErrorKind::kUnsupported, fmt::format("the type {} is not known", quoted_name(tensor.dtype))};
  }
  const SortedJson* shape = TRY(require_array(entry, "shape"));
  if (shape->size() > kMaxDimensions) return corrupt(fmt::format("it has {} dimensions", shape->size()));
  for (const SortedJson& length : *shape) {
    if (!length.is_number_unsigned() || !std::in_range<int64_t>(length.get<uint64_t>())) {
      return corrupt("a dimension of its shape is not a whole number");
    }
    tensor.shape.push_back(length.get<int64_t>());
  }
  const SortedJson* offsets = TRY(require_array(entry, "data_offsets"));
  if (offsets->size() != 2 || !(*offsets)[0].is_number_unsigned() || !(*offsets)[1].is_number_unsigned()) {
    return corrupt("its data_offsets are not two whole numbers");
  }
  const auto begin = (*offsets)[0].get<uint64_t>();
  const auto end = (*offsets)[1].get<uint64_t>();
  if (begin > end || end > data.size()) {
    return corrupt(fmt::format("its data_offsets {} to {} do not lie in the {} bytes of data: is the file incomplete?",
                               begin, end, data.size()));
  }
  const uint64_t needed = TRY(shape_bytes(tensor.shape, element_size_bytes));
  if (needed != end - begin) return corrupt(fmt::format("its shape needs {} bytes, it has {}", needed, end - begin));
  tensor.data = data.subspan(begin, end - begin);
  return tensor;
}

// The format wants every byte of the data in exactly one tensor. This also finds names that the header holds twice: the
// JSON parser drops the first of them, which leaves a gap.
Result<void> check_coverage(std::span<const SafetensorsTensor> tensors, std::span<const std::byte> data) {
  std::vector<const SafetensorsTensor*> in_order;
  for (const SafetensorsTensor& tensor : tensors) in_order.push_back(&tensor);
  std::sort(in_order.begin(), in_order.end(), [](const SafetensorsTensor* a, const SafetensorsTensor* b) {
    return std::pair(a->data.data(), a->data.size()) < std::pair(b->data.data(), b->data.size());
  });
  const std::byte* covered_to = data.data();
  for (const SafetensorsTensor* tensor : in_order) {
    if (tensor->data.data() < covered_to) {
      return corrupt(fmt::format("tensor {} overlaps another", quoted_name(tensor->name)));
    }
    if (tensor->data.data() > covered_to) {
      return corrupt(fmt::format("{} bytes before tensor {} belong to no tensor", tensor->data.data() - covered_to,
                                 quoted_name(tensor->name)));
    }
    covered_to += tensor->data.size();
  }
  const auto rest = data.size() - static_cast<size_t>(covered_to - data.data());
  if (rest != 0) return corrupt(fmt::format("{} bytes at the end belong to no tensor", rest));
  return {};
}

}  // namespace

Result<SafetensorsFile> SafetensorsFile::parse(std::span<const std::byte> bytes) {
  uint64_t header_bytes = 0;
  if (bytes.size() < sizeof header_bytes) return corrupt("this is not a safetensors file: it has less than 8 bytes");
  std::memcpy(&header_bytes, bytes.data(), sizeof header_bytes);
  const std::span<const std::byte> rest = bytes.subspan(sizeof header_bytes);
  // The format asks for a brace here, which keeps most foreign files from reaching the JSON parser.
  if (rest.empty() || rest[0] != std::byte{'{'}) return corrupt("this is not a safetensors file");
  if (header_bytes > rest.size()) {
    return corrupt(fmt::format("the header has {} bytes, but the file ends after {}", header_bytes, rest.size()));
  }
  if (header_bytes > kMaxHeaderBytes) {
    return corrupt(fmt::format("the header has {} bytes, more than {}", header_bytes, kMaxHeaderBytes));
  }
  const SortedJson header = TRY(parse_sorted_json(text_of(rest.first(header_bytes))).context("the header"));
  if (!header.is_object()) return corrupt("the header is not a JSON object");

  const std::span<const std::byte> data = rest.subspan(header_bytes);
  SafetensorsFile file;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;  // free text about where the file comes from
    file.tensors_.push_back(TRY(parse_tensor(name, entry, data).context("tensor " + quoted_name(name))));
  }
  TRY(check_coverage(file.tensors_, data));
  return file;
}

Result<SafetensorsFile> SafetensorsFile::open(const std::filesystem::path& path) {
  MappedFile map = TRY(MappedFile::open(path));
  SafetensorsFile file = TRY(parse(map.bytes()).context(path.string()));
  file.map_ = std::move(map);
  return file;
}

const SafetensorsTensor* SafetensorsFile::find(std::string_view name) const {
  const auto found =
      std::lower_bound(tensors_.begin(), tensors_.end(), name,
                       [](const SafetensorsTensor& tensor, std::string_view wanted) { return tensor.name < wanted; });
  return found != tensors_.end() && found->name == name ? &*found : nullptr;
}

}  // namespace favilla

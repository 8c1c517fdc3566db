// GgufFile: opening files and splits, and typed look-ups over what the parser found.
//
// Nothing is copied out of the map but the tables that find things. Numbers in the file have no alignment, so each is
// loaded with memcpy when it is asked for. Look-ups are binary searches: a model asks for a few hundred names, once.
#include "model/gguf.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <numeric>
#include <type_traits>
#include <utility>

#include "base/checksum.h"
#include "model/gguf_parser.h"
#include "model/untrusted_text.h"

namespace favilla {
namespace {

// Far above what splitting is for; each part costs an open and a map.
constexpr uint64_t kMaxSplits = 1024;

// Calls visit with the scalar or array element `index` as its own C++ type. False for strings and arrays.
template <class Visit>
bool visit_number(GgufType type, const std::byte* data, uint64_t index, Visit visit) {
  const auto load = [&]<class T>(T value) {
    std::memcpy(&value, data + index * sizeof value, sizeof value);
    visit(value);
    return true;
  };
  switch (type) {
    case GgufType::kUint8:
      return load(uint8_t{});
    case GgufType::kInt8:
      return load(int8_t{});
    case GgufType::kUint16:
      return load(uint16_t{});
    case GgufType::kInt16:
      return load(int16_t{});
    case GgufType::kUint32:
      return load(uint32_t{});
    case GgufType::kInt32:
      return load(int32_t{});
    case GgufType::kFloat32:
      return load(float{});
    case GgufType::kBool:
      return load(bool{});
    case GgufType::kUint64:
      return load(uint64_t{});
    case GgufType::kInt64:
      return load(int64_t{});
    case GgufType::kFloat64:
      return load(double{});
    case GgufType::kString:
    case GgufType::kArray:
      return false;
  }
  return false;
}

// C++ counts bool among the integers, GGUF does not.
template <class T>
constexpr bool kIsInteger = std::is_integral_v<T> && !std::is_same_v<T, bool>;

// Sorts the indices of items by name; the first name that occurs twice, if one does.
template <class Items, class NameOf>
std::optional<std::string_view> sort_by_name(const Items& items, NameOf name_of, std::vector<uint32_t>& order) {
  order.resize(items.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return name_of(items[a]) < name_of(items[b]); });
  const auto twin = std::adjacent_find(order.begin(), order.end(),
                                       [&](uint32_t a, uint32_t b) { return name_of(items[a]) == name_of(items[b]); });
  if (twin == order.end()) return std::nullopt;
  return name_of(items[*twin]);
}

// `order` is what sort_by_name() made. nullptr when absent.
template <class Items, class NameOf>
auto find_by_name(const Items& items, NameOf name_of, const std::vector<uint32_t>& order, std::string_view name) {
  const auto found = std::lower_bound(order.begin(), order.end(), name, [&](uint32_t index, std::string_view wanted) {
    return name_of(items[index]) < wanted;
  });
  return found != order.end() && name_of(items[*found]) == name ? &items[*found] : nullptr;
}

std::string_view key_of(const GgufValue& value) {
  return value.key;
}
std::string_view tensor_name_of(const GgufTensor& tensor) {
  return tensor.name;
}

// Parts are numbered from 1 in file names and from 0 in metadata.
std::string split_suffix(uint64_t number, uint64_t count) {
  return fmt::format("-{:05}-of-{:05}.gguf", number + 1, count);
}

// The path of split `number` (from 0), given the path of split `given`. Fails when that does not end in
// -0000X-of-0000N.
Result<std::filesystem::path> split_path(const std::filesystem::path& path, uint64_t given, uint64_t number,
                                         uint64_t count) {
  const std::string name = path.filename().string();
  const std::string suffix = split_suffix(given, count);
  if (!std::string_view(name).ends_with(suffix)) {
    return Error{ErrorKind::kInvalidArgument, fmt::format("{} is part {} of {} of a model, so its name must end in {}",
                                                          path.string(), given + 1, count, suffix)};
  }
  return path.parent_path() / (name.substr(0, name.size() - suffix.size()) + split_suffix(number, count));
}

std::string shape_text(std::span<const int64_t> shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

Error missing_key(std::string_view key, const char* type) {
  return {ErrorKind::kCorrupt, fmt::format("the model file has no metadata {} of type {}", key, type)};
}

}  // namespace

std::string_view GgufStrings::operator[](size_t index) const {
  const std::byte* text = base_ + offsets_[index];
  uint64_t length;
  std::memcpy(&length, text - sizeof length, sizeof length);
  return text_of({text, length});
}

Result<GgufFile> GgufFile::parse(std::span<const std::byte> bytes) {
  return GgufParser(bytes).parse();
}

Result<GgufFile> GgufFile::open_one(const std::filesystem::path& path) {
  MappedFile map = TRY(MappedFile::open(path));
  GgufFile file = TRY(parse(map.bytes()).context(path.string()));
  file.maps_.push_back(std::move(map));  // the mapped address does not move with the object
  return file;
}

Result<GgufFile> GgufFile::open(const std::filesystem::path& path) {
  GgufFile file = TRY(open_one(path));
  const uint64_t count = file.find_uint("split.count").value_or(1);
  if (count <= 1) return file;
  const uint64_t given = file.find_uint("split.no").value_or(0);
  if (count > kMaxSplits || given >= count) {
    return Error{ErrorKind::kCorrupt, fmt::format("{}: says it is part {} of {}", path.string(), given + 1, count)};
  }
  if (given != 0) {
    const std::filesystem::path first = TRY(split_path(path, given, 0, count));
    return Error{ErrorKind::kInvalidArgument, fmt::format("{} is part {} of {} of a model; open its first part, {}",
                                                          path.string(), given + 1, count, first.string())};
  }
  // Opened in order, so that the first one missing is the one named.
  for (uint64_t number = 1; number < count; ++number) {
    const std::filesystem::path part = TRY(split_path(path, 0, number, count));
    Result<GgufFile> opened = open_one(part);
    if (!opened && opened.error().kind == ErrorKind::kNotFound) {
      return Error{ErrorKind::kNotFound,
                   fmt::format("part {} of {} of the model is missing: {}", number + 1, count, part.string())};
    }
    GgufFile split = TRY(std::move(opened));
    TRY(file.append_split(std::move(split), number, count).context(part.string()));
  }
  // The only check across parts: each alone may be valid and still belong to another model.
  const std::optional<uint64_t> promised = file.find_uint("split.tensors.count");
  if (promised && *promised != file.tensors_.size()) {
    return Error{ErrorKind::kCorrupt, fmt::format("{}: its {} parts hold {} tensors instead of {}", path.string(),
                                                  count, file.tensors_.size(), *promised)};
  }
  TRY(file.index_tensors().context(path.string()));
  return file;
}

Result<void> GgufFile::append_split(GgufFile split, uint64_t number, uint64_t count) {
  const std::optional<uint64_t> split_number = split.find_uint("split.no");
  if (split_number != number || split.find_uint("split.count") != count) {
    return Error{ErrorKind::kCorrupt, fmt::format("this is not part {} of {}", number + 1, count)};
  }
  if (tensors_.size() + split.tensors_.size() > kGgufMaxTensors) {
    return Error{ErrorKind::kCorrupt, fmt::format("the parts hold more than {} tensors", kGgufMaxTensors)};
  }
  // Names and data point into the maps, whose addresses stay.
  std::move(split.maps_.begin(), split.maps_.end(), std::back_inserter(maps_));
  tensors_.insert(tensors_.end(), split.tensors_.begin(), split.tensors_.end());
  header_checksum_ = checksum(std::as_bytes(std::span(&split.header_checksum_, 1)), header_checksum_);
  return {};
}

Result<void> GgufFile::index_values() {
  const auto twin = sort_by_name(values_, key_of, values_by_key_);
  if (!twin) return {};
  return Error{ErrorKind::kCorrupt, fmt::format("the metadata key {} occurs twice", quoted_name(*twin))};
}

Result<void> GgufFile::index_tensors() {
  const auto twin = sort_by_name(tensors_, tensor_name_of, tensors_by_name_);
  if (!twin) return {};
  return Error{ErrorKind::kCorrupt, fmt::format("the tensor {} occurs twice", quoted_name(*twin))};
}

const GgufValue* GgufFile::find(std::string_view key) const {
  return find_by_name(values_, key_of, values_by_key_, key);
}

std::optional<uint64_t> GgufFile::find_uint(std::string_view key) const {
  std::optional<uint64_t> result;
  if (const GgufValue* value = find(key)) {
    visit_number(value->type, value->data, 0, [&]<class T>(T number) {
      if constexpr (kIsInteger<T>) {
        if (std::in_range<uint64_t>(number)) result = static_cast<uint64_t>(number);
      }
    });
  }
  return result;
}

std::optional<double> GgufFile::find_float(std::string_view key) const {
  std::optional<double> result;
  if (const GgufValue* value = find(key)) {
    visit_number(value->type, value->data, 0, [&]<class T>(T number) {
      if constexpr (std::is_floating_point_v<T>) result = number;
    });
  }
  return result;
}

std::optional<bool> GgufFile::find_bool(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr || value->type != GgufType::kBool) return std::nullopt;
  return *value->data != std::byte{0};
}

std::optional<std::string_view> GgufFile::find_string(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr || value->type != GgufType::kString) return std::nullopt;
  return value->string;
}

const GgufStrings* GgufFile::find_strings(std::string_view key) const {
  const GgufValue* value = find(key);
  return value != nullptr ? value->strings.get() : nullptr;  // null too for any other type
}

std::vector<float> GgufFile::find_floats(std::string_view key) const {
  std::vector<float> result;
  const GgufValue* value = find(key);
  if (value == nullptr || value->type != GgufType::kArray || value->strings != nullptr) return result;
  result.resize(value->count);
  for (uint64_t i = 0; i < value->count; ++i) {
    visit_number(value->element_type, value->data, i, [&](auto number) { result[i] = static_cast<float>(number); });
  }
  return result;
}

std::vector<int64_t> GgufFile::find_ints(std::string_view key) const {
  std::vector<int64_t> result;
  const GgufValue* value = find(key);
  if (value == nullptr || value->type != GgufType::kArray || value->strings != nullptr) return result;
  result.reserve(value->count);
  for (uint64_t i = 0; i < value->count; ++i) {
    visit_number(value->element_type, value->data, i, [&]<class T>(T number) {
      if constexpr (std::is_same_v<T, bool>) {
        result.push_back(number ? 1 : 0);
      } else if constexpr (std::is_integral_v<T>) {
        if (std::in_range<int64_t>(number)) result.push_back(static_cast<int64_t>(number));
      }
    });
  }
  // Floats, and unsigned numbers past the signed range, make the array as good as absent.
  if (result.size() != value->count) result.clear();
  return result;
}

Result<uint64_t> GgufFile::require_uint(std::string_view key) const {
  if (const auto value = find_uint(key)) return *value;
  return missing_key(key, "unsigned integer");
}

Result<double> GgufFile::require_float(std::string_view key) const {
  if (const auto value = find_float(key)) return *value;
  return missing_key(key, "float");
}

Result<std::string_view> GgufFile::require_string(std::string_view key) const {
  if (const auto value = find_string(key)) return *value;
  return missing_key(key, "string");
}

const GgufTensor* GgufFile::find_tensor(std::string_view name) const {
  return find_by_name(tensors_, tensor_name_of, tensors_by_name_, name);
}

Result<const GgufTensor*> GgufFile::require_tensor(std::string_view name, std::initializer_list<int64_t> shape) const {
  const GgufTensor* tensor = find_tensor(name);
  if (tensor == nullptr) {
    return Error{ErrorKind::kCorrupt, fmt::format("the model file has no tensor {}", name)};
  }
  // Left-out dimensions are 1 on both sides.
  std::array<int64_t, 4> wanted{1, 1, 1, 1};
  std::copy(shape.begin(), shape.end(), wanted.begin());
  if (tensor->shape != wanted) {
    const auto dimensions = static_cast<size_t>(tensor->dimensions);
    return Error{ErrorKind::kCorrupt,
                 fmt::format("tensor {} has the shape {} instead of {}", name,
                             shape_text(std::span(tensor->shape).first(dimensions)), shape_text(std::vector(shape)))};
  }
  return tensor;
}

size_t GgufFile::tensor_bytes() const {
  size_t total = 0;
  for (const GgufTensor& tensor : tensors_) total += tensor.data.size();
  return total;
}

int64_t GgufFile::modified_ns() const {
  int64_t newest = 0;
  for (const MappedFile& map : maps_) newest = std::max(newest, map.modified_ns());
  return newest;
}

void GgufFile::drop_pages(std::span<const std::byte> range) const {
  for (const MappedFile& map : maps_) {
    const std::span<const std::byte> all = map.bytes();
    if (range.data() >= all.data() && range.data() < all.data() + all.size()) map.drop_pages(range);
  }
}

void GgufFile::drop_all_pages() const {
  for (const MappedFile& map : maps_) map.drop_pages(map.bytes());
}

}  // namespace favilla

// The GGUF parser: header, metadata, tensor infos, then the places of all tensors.
//
// Invariant: position_ never passes the end of the bytes, and every length read from the file is compared with what is
// left before it is used, in 64 bits and without additions that could overflow. Nothing is allocated in proportion to a
// number in the file before that number has passed a cap. Only metadata is touched: weights stay on disk.
#include "model/gguf_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/checksum.h"
#include "model/untrusted_text.h"

namespace favilla {
namespace {

static_assert(std::endian::native == std::endian::little, "GGUF scalars are read in place");

constexpr size_t kForeignTextBytes = 512;  // enough to tell a web page from other text
constexpr uint64_t kDefaultAlignment = 32;
constexpr uint64_t kMinAlignment = 8;  // so that every scalar in tensor data is aligned in a mapped file

// Bytes of one value, by GgufType. 0 for types without a fixed size and for ids that do not exist.
size_t scalar_bytes(uint32_t type_id) {
  constexpr uint8_t kBytes[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
  return type_id < std::size(kBytes) ? kBytes[type_id] : 0;
}

bool starts_with(std::span<const std::byte> bytes, std::string_view prefix) {
  return bytes.size() >= prefix.size() && std::memcmp(bytes.data(), prefix.data(), prefix.size()) == 0;
}

// Says what a file without GGUF's magic is, as far as its first bytes tell.
std::string describe_foreign(std::span<const std::byte> bytes) {
  struct Magic {
    std::string_view prefix;
    const char* description;
  };
  constexpr Magic kMagics[] = {
      {{"PK\x03\x04", 4}, "this is a zip archive (or a PyTorch checkpoint), not GGUF"},
      {{"\x1f\x8b", 2}, "this is a gzip archive, not GGUF; unpack it first"},
      {{"\x28\xb5\x2f\xfd", 4}, "this is a zstd archive, not GGUF; unpack it first"},
      {"tjgg", "this is a GGJT file, the format before GGUF; get the model as GGUF"},
      {"lmgg", "this is a GGML file, the format before GGUF; get the model as GGUF"},
      {"fmgg", "this is a GGMF file, the format before GGUF; get the model as GGUF"},
      {{"\x80\x02", 2}, "this is a Python pickle, not GGUF"},
      {"version https://git-lfs", "this is a Git LFS pointer: the model itself was not downloaded"},
      {"\177ELF", "this is a program, not GGUF"},
  };
  if (bytes.empty()) return "the file is empty";
  for (const Magic& magic : kMagics) {
    if (starts_with(bytes, magic.prefix)) return magic.description;
  }
  uint64_t header_bytes = 0;
  if (bytes.size() > sizeof header_bytes) {
    std::memcpy(&header_bytes, bytes.data(), sizeof header_bytes);
    // That format starts with the length of a JSON header.
    if (header_bytes <= bytes.size() - sizeof header_bytes && bytes[8] == std::byte{'{'}) {
      return "this is a safetensors file, not GGUF";
    }
  }
  std::string_view text = text_of(bytes.first(std::min(bytes.size(), kForeignTextBytes)));
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  if (text.starts_with("<!") || text.starts_with("<h") || text.starts_with("<H") || text.starts_with("<?xml")) {
    return "this is a web page, not GGUF; the download went wrong";
  }
  if (text.starts_with('{')) return "this is a JSON text, not GGUF";
  return "this is not a GGUF file";
}

Error unsupported(std::string problem) {
  return {ErrorKind::kUnsupported, std::move(problem)};
}

}  // namespace

Error GgufParser::corrupt_at(uint64_t position, const std::string& problem) {
  return {ErrorKind::kCorrupt, fmt::format("at byte {}: {}", position, problem)};
}

// Subtracts from what is left instead of adding to the position: no number in the file can overflow this.
Result<void> GgufParser::need(uint64_t size_bytes, const char* what) const {
  const uint64_t left = bytes_.size() - position_;
  if (size_bytes <= left) return {};
  return corrupt(fmt::format("the file ends inside {} (needs {} bytes, {} are left)", what, size_bytes, left));
}

template <class T>
Result<T> GgufParser::read(const char* what) {
  TRY(need(sizeof(T), what));
  T value;
  std::memcpy(&value, bytes_.data() + position_, sizeof value);
  position_ += sizeof value;
  return value;
}

Result<std::string_view> GgufParser::read_string(const char* what) {
  const uint64_t size_bytes = TRY(read<uint64_t>(what));
  TRY(need(size_bytes, what));
  const std::string_view text = text_of(bytes_.subspan(position_, size_bytes));
  position_ += size_bytes;
  return text;
}

// Keys and tensor names: not empty, not long, and without control characters (they end up on terminals).
Result<std::string_view> GgufParser::read_name(const char* what, uint64_t limit_bytes) {
  const uint64_t start = position_;
  const std::string_view name = TRY(read_string(what));
  if (name.empty()) return corrupt_at(start, fmt::format("{} is empty", what));
  if (name.size() > limit_bytes) {
    return corrupt_at(start, fmt::format("{} is {} bytes long, more than {}", what, name.size(), limit_bytes));
  }
  if (std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < ' ' || c == 0x7F; })) {
    return corrupt_at(start, fmt::format("{} {} holds control characters", what, quoted_name(name)));
  }
  name_bytes_ += name.size();
  if (name_bytes_ > kGgufMaxNameBytes) return corrupt_at(start, "keys and tensor names take more than 4 MiB");
  return name;
}

// Magic, version, and the two counts, which are capped here: whatever is allocated later depends on them.
Result<void> GgufParser::parse_header() {
  if (!starts_with(bytes_, "GGUF")) {
    const bool cut = bytes_.size() < 4 && !bytes_.empty();
    if (cut) return corrupt("the file ends inside the magic number");
    return Error{ErrorKind::kCorrupt, describe_foreign(bytes_)};
  }
  position_ = 4;
  file_.version_ = TRY(read<uint32_t>("the version"));
  // A big-endian file has the same four letters, but its version reads as 0x03000000.
  if ((file_.version_ & 0xFFFF) == 0 && file_.version_ != 0) return unsupported("this is a big-endian GGUF file");
  if (file_.version_ != 2 && file_.version_ != 3) {
    return unsupported(fmt::format("GGUF version {} is not supported, only 2 and 3", file_.version_));
  }
  tensor_count_ = TRY(read<uint64_t>("the number of tensors"));
  if (tensor_count_ > kGgufMaxTensors) {
    return corrupt_at(position_ - 8, fmt::format("{} tensors are more than {}", tensor_count_, kGgufMaxTensors));
  }
  value_count_ = TRY(read<uint64_t>("the number of metadata values"));
  if (value_count_ > kGgufMaxValues) {
    return corrupt_at(position_ - 8, fmt::format("{} metadata values are more than {}", value_count_, kGgufMaxValues));
  }
  return {};
}

// One key and its value. Scalars and strings stay where they are; the value only points at them.
Result<void> GgufParser::parse_value(GgufValue& value) {
  value.key = TRY(read_name("a metadata key", kGgufMaxKeyBytes));
  const uint32_t type_id = TRY(read<uint32_t>("a metadata type"));
  value.type = static_cast<GgufType>(type_id);
  if (value.type == GgufType::kArray) return parse_array(value);
  if (value.type == GgufType::kString) {
    value.string = TRY(read_string("a metadata string"));
    return {};
  }
  const size_t size_bytes = scalar_bytes(type_id);
  if (size_bytes == 0) {
    return corrupt_at(position_ - 4,
                      fmt::format("metadata type {} of {} does not exist", type_id, quoted_name(value.key)));
  }
  TRY(need(size_bytes, "a metadata value"));
  value.data = bytes_.data() + position_;
  position_ += size_bytes;
  if (value.type == GgufType::kBool && *value.data > std::byte{1}) {
    return corrupt_at(position_ - 1, fmt::format("{} is neither true nor false", quoted_name(value.key)));
  }
  return {};
}

// The cap is on all arrays together, because a file may have many: strings cost us four bytes each to find again, and
// callers copy numbers into wider types.
Result<void> GgufParser::parse_array(GgufValue& value) {
  const uint64_t start = position_;
  const uint32_t type_id = TRY(read<uint32_t>("an array's type"));
  value.element_type = static_cast<GgufType>(type_id);
  value.count = TRY(read<uint64_t>("an array's length"));
  if (value.element_type == GgufType::kArray) {
    return corrupt_at(start, fmt::format("{} is an array of arrays", quoted_name(value.key)));
  }
  if (value.count > kGgufMaxArrayElements - array_elements_) {
    return corrupt_at(start, fmt::format("{} has {} elements; all arrays together may have {}", quoted_name(value.key),
                                         value.count, kGgufMaxArrayElements));
  }
  array_elements_ += value.count;
  if (value.element_type == GgufType::kString) return parse_strings(value);
  const size_t element_bytes = scalar_bytes(type_id);
  if (element_bytes == 0) {
    return corrupt_at(start, fmt::format("array type {} of {} does not exist", type_id, quoted_name(value.key)));
  }
  const uint64_t size_bytes = value.count * element_bytes;  // the count is capped: no overflow
  TRY(need(size_bytes, "a metadata array"));
  value.data = bytes_.data() + position_;
  if (value.element_type == GgufType::kBool &&
      std::any_of(value.data, value.data + size_bytes, [](std::byte b) { return b > std::byte{1}; })) {
    return corrupt(fmt::format("{} holds a bool that is neither true nor false", quoted_name(value.key)));
  }
  position_ += size_bytes;
  return {};
}

// Walks the lengths once, so that each string is found in O(1) later. A vocabulary has 262,144 of them: no Result per
// string, no copies.
Result<void> GgufParser::parse_strings(GgufValue& value) {
  TRY(need(value.count * sizeof(uint64_t), "an array of strings"));  // the least that it can take
  value.data = bytes_.data() + position_;
  value.strings = std::make_unique<GgufStrings>();
  value.strings->base_ = value.data;
  value.strings->offsets_.resize(value.count);
  // Offsets are 32 bits wide, which the cap of the metadata allows.
  const uint64_t available = std::min<uint64_t>(bytes_.size() - position_, kGgufMaxMetadataBytes);
  uint64_t offset = 0;
  for (uint64_t i = 0; i < value.count; ++i) {
    uint64_t length = 0;
    if (available - offset < sizeof length) return corrupt_at(position_ + offset, "an array of strings is cut off");
    std::memcpy(&length, value.data + offset, sizeof length);
    offset += sizeof length;
    if (length > available - offset) {
      return corrupt_at(position_ + offset - sizeof length,
                        fmt::format("string {} of {} is {} bytes long, but {} are left", i, quoted_name(value.key),
                                    length, available - offset));
    }
    value.strings->offsets_[i] = static_cast<uint32_t>(offset);
    offset += length;
  }
  position_ += offset;
  return {};
}

// Shape and type, which together give the size. A product that overflows is caught where it happens; a size that is
// merely impossible is left to place_tensors(), which knows the file's.
Result<void> GgufParser::parse_shape(GgufTensor& tensor, TensorPlace& place) {
  const uint64_t start = position_;
  const uint32_t dimensions = TRY(read<uint32_t>("a tensor's shape"));
  if (dimensions > tensor.shape.size()) {
    return corrupt_at(start,
                      fmt::format("tensor {} has {} dimensions, more than 4", quoted_name(tensor.name), dimensions));
  }
  tensor.dimensions = std::max(1, static_cast<int>(dimensions));
  int64_t elements = 1;
  for (uint32_t i = 0; i < dimensions; ++i) {
    tensor.shape[i] = TRY(read<int64_t>("a tensor's shape"));
    if (tensor.shape[i] < 1 || __builtin_mul_overflow(elements, tensor.shape[i], &elements)) {
      return corrupt_at(position_ - 8, fmt::format("dimension {} of tensor {} is {}, which cannot be", i,
                                                   quoted_name(tensor.name), tensor.shape[i]));
    }
  }
  const uint32_t type_id = TRY(read<uint32_t>("a tensor's type"));
  const DTypeInfo* type = find_dtype(type_id);
  if (type == nullptr) {
    return unsupported(fmt::format("tensor {} has the type {} (id {}), which is not supported",
                                   quoted_name(tensor.name), gguf_type_name(type_id), type_id));
  }
  tensor.type = type->type;
  if (tensor.shape[0] % type->block_elements != 0) {
    return corrupt_at(start, fmt::format("rows of tensor {} have {} weights, not a multiple of {} as {} needs",
                                         quoted_name(tensor.name), tensor.shape[0], type->block_elements, type->name));
  }
  const uint64_t blocks = static_cast<uint64_t>(elements / type->block_elements);
  if (__builtin_mul_overflow(blocks, static_cast<uint64_t>(type->block_bytes), &place.size_bytes)) {
    return corrupt_at(start, fmt::format("tensor {} is too large", quoted_name(tensor.name)));
  }
  return {};
}

Result<void> GgufParser::parse_tensor(GgufTensor& tensor, TensorPlace& place) {
  tensor.name = TRY(read_name("a tensor name", kGgufMaxTensorNameBytes));
  TRY(parse_shape(tensor, place));
  place.offset = TRY(read<uint64_t>("a tensor's offset"));
  return {};
}

// Gives each tensor its bytes: aligned, inside the file, and shared with no other tensor. Gaps are allowed: a file may
// pad more than it must.
Result<void> GgufParser::place_tensors(std::vector<TensorPlace>& places) {
  uint64_t alignment = kDefaultAlignment;
  if (const GgufValue* value = file_.find("general.alignment")) {
    if (value->type != GgufType::kUint32) return Error{ErrorKind::kCorrupt, "general.alignment is not a u32"};
    alignment = file_.find_uint("general.alignment").value_or(0);
    if (!std::has_single_bit(alignment) || alignment < kMinAlignment) {
      return Error{ErrorKind::kCorrupt,
                   fmt::format("general.alignment is {}, not a power of two from {} up", alignment, kMinAlignment)};
    }
  }
  if (places.empty()) return {};
  const uint64_t data_start = (position_ + alignment - 1) & ~(alignment - 1);
  const uint64_t data_bytes = data_start <= bytes_.size() ? bytes_.size() - data_start : 0;
  std::sort(places.begin(), places.end(),
            [](const TensorPlace& a, const TensorPlace& b) { return a.offset < b.offset; });
  uint64_t free_from = 0;
  for (const TensorPlace& place : places) {
    GgufTensor& tensor = file_.tensors_[place.index];
    const auto misplaced = [&](const std::string& problem) {
      return Error{ErrorKind::kCorrupt,
                   fmt::format("tensor {} at data offset {} {}", quoted_name(tensor.name), place.offset, problem)};
    };
    if (place.offset % alignment != 0) return misplaced(fmt::format("is not aligned to {} bytes", alignment));
    if (place.offset < free_from) return misplaced("overlaps the tensor before it");
    if (place.offset > data_bytes || place.size_bytes > data_bytes - place.offset) {
      return misplaced(fmt::format("has {} bytes, but the file has {} bytes of tensor data: it is incomplete",
                                   place.size_bytes, data_bytes));
    }
    tensor.data = bytes_.subspan(data_start + place.offset, place.size_bytes);
    free_from = place.offset + place.size_bytes;
  }
  return {};
}

Result<GgufFile> GgufParser::parse() {
  TRY(parse_header());
  file_.values_.resize(value_count_);
  for (GgufValue& value : file_.values_) {
    TRY(parse_value(value));
    if (position_ > kGgufMaxMetadataBytes) return corrupt("the metadata take more than 256 MiB");
  }
  TRY(file_.index_values());
  file_.tensors_.resize(tensor_count_);
  std::vector<TensorPlace> places(tensor_count_);
  for (uint32_t i = 0; i < tensor_count_; ++i) {
    places[i].index = i;
    TRY(parse_tensor(file_.tensors_[i], places[i]));
  }
  TRY(file_.index_tensors());
  TRY(place_tensors(places));
  file_.header_checksum_ = checksum(bytes_.first(position_));
  return std::move(file_);
}

}  // namespace favilla

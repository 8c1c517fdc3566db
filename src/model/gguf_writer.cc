// The GGUF writer. Metadata is small and is gathered in memory, because the header counts it; tensor data goes straight
// to the stream.
#include "model/gguf_writer.h"

#include <fmt/format.h>

#include <cerrno>

#include "model/untrusted_text.h"

namespace favilla {
namespace {

constexpr uint64_t kAlignment = 32;  // the format's default, so general.alignment need not be written

template <class T>
void append_number(std::string& out, T value) {
  out += text_of(std::as_bytes(std::span(&value, 1)));
}

void append_string(std::string& out, std::string_view text) {
  append_number(out, uint64_t{text.size()});
  out += text;
}

// Every tensor starts at a multiple of the alignment, and so does the data section.
uint64_t padded(uint64_t size_bytes) {
  return (size_bytes + kAlignment - 1) / kAlignment * kAlignment;
}

Result<void> check(const std::ostream& out) {
  if (out.good()) return {};
  // Streams do not say why they failed; the system call below them left its reason here.
  if (errno == ENOSPC || errno == EDQUOT) return Error{ErrorKind::kExhausted, "the disk is full"};
  return Error{ErrorKind::kIo, "cannot write the GGUF file"};
}

}  // namespace

void GgufWriter::begin_value(std::string_view key, GgufType type) {
  ++value_count_;
  append_string(metadata_, key);
  append_number(metadata_, type);
}

template <class T>
void GgufWriter::add_scalar(std::string_view key, GgufType type, T value) {
  begin_value(key, type);
  append_number(metadata_, value);
}

template <class T>
void GgufWriter::add_array(std::string_view key, GgufType type, std::span<const T> values) {
  begin_value(key, GgufType::kArray);
  append_number(metadata_, type);
  append_number(metadata_, uint64_t{values.size()});
  metadata_ += text_of(std::as_bytes(values));
}

void GgufWriter::add_uint16(std::string_view key, uint16_t value) {
  add_scalar(key, GgufType::kUint16, value);
}
void GgufWriter::add_uint32(std::string_view key, uint32_t value) {
  add_scalar(key, GgufType::kUint32, value);
}
void GgufWriter::add_uint64(std::string_view key, uint64_t value) {
  add_scalar(key, GgufType::kUint64, value);
}
void GgufWriter::add_int32(std::string_view key, int32_t value) {
  add_scalar(key, GgufType::kInt32, value);
}
void GgufWriter::add_float32(std::string_view key, float value) {
  add_scalar(key, GgufType::kFloat32, value);
}
void GgufWriter::add_bool(std::string_view key, bool value) {
  add_scalar(key, GgufType::kBool, uint8_t{value});
}

void GgufWriter::add_string(std::string_view key, std::string_view value) {
  begin_value(key, GgufType::kString);
  append_string(metadata_, value);
}

// Each with its own length before it: there is no fixed size to index by.
void GgufWriter::add_strings(std::string_view key, std::span<const std::string> values) {
  begin_value(key, GgufType::kArray);
  append_number(metadata_, GgufType::kString);
  append_number(metadata_, uint64_t{values.size()});
  for (const std::string& value : values) append_string(metadata_, value);
}

void GgufWriter::add_floats(std::string_view key, std::span<const float> values) {
  add_array(key, GgufType::kFloat32, values);
}

void GgufWriter::add_ints(std::string_view key, std::span<const int32_t> values) {
  add_array(key, GgufType::kInt32, values);
}

void GgufWriter::add_tensor(std::string_view name, DType type, std::span<const int64_t> shape) {
  size_t elements = 1;
  for (const int64_t length : shape) elements *= static_cast<size_t>(length);
  tensors_.push_back({std::string(name), type, {shape.begin(), shape.end()}, dtype_bytes(type, elements)});
}

// After the last tensor too: the format counts its padding as data.
Result<void> GgufWriter::pad() {
  constexpr char kZeros[kAlignment] = {};
  out_->write(kZeros, static_cast<std::streamsize>(padded(position_) - position_));
  position_ = padded(position_);
  return check(*out_);
}

Result<void> GgufWriter::begin(std::ostream& out) {
  out_ = &out;
  std::string head = "GGUF";
  append_number(head, uint32_t{3});
  append_number(head, uint64_t{tensors_.size()});
  append_number(head, value_count_);
  head += metadata_;
  // All offsets are known before any data: that is why sizes must be given first.
  uint64_t offset = 0;
  for (const Tensor& tensor : tensors_) {
    append_string(head, tensor.name);
    append_number(head, static_cast<uint32_t>(tensor.shape.size()));
    for (const int64_t length : tensor.shape) append_number(head, length);
    append_number(head, tensor.type);
    append_number(head, offset);
    offset += padded(tensor.size_bytes);
  }
  out.write(head.data(), static_cast<std::streamsize>(head.size()));
  position_ = head.size();
  return pad();
}

Result<void> GgufWriter::write_tensor(std::span<const std::byte> bytes) {
  if (tensors_written_ == tensors_.size()) return Error{ErrorKind::kInternal, "more tensor data than tensors"};
  const Tensor& tensor = tensors_[tensors_written_];
  if (bytes.size() != tensor.size_bytes) {
    return Error{ErrorKind::kInternal,
                 fmt::format("tensor {} takes {} bytes, got {}", tensor.name, tensor.size_bytes, bytes.size())};
  }
  ++tensors_written_;
  *out_ << text_of(bytes);
  position_ += bytes.size();
  return pad();
}

Result<void> GgufWriter::finish() {
  if (tensors_written_ != tensors_.size()) {
    return Error{ErrorKind::kInternal, fmt::format("tensor {} was never written", tensors_[tensors_written_].name)};
  }
  out_->flush();
  return check(*out_);
}

}  // namespace favilla

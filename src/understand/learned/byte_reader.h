// Reads little-endian arrays from bytes that may be cut short or wrong. Every size is checked before anything is taken.
//
//   ByteReader reader(bytes);
//   const uint32_t count = TRY(reader.number());
//   const std::vector<uint32_t> names = TRY(reader.array<uint32_t>(count));
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace favilla {

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  size_t left() const { return bytes_.size(); }

  Result<uint32_t> number() { return one<uint32_t>(); }
  Result<float> real() { return one<float>(); }

  template <class T>
  Result<std::vector<T>> array(size_t count) {
    if (count > bytes_.size() / sizeof(T)) return Error{ErrorKind::kCorrupt, "the file ends too early"};
    std::vector<T> values(count);
    if (count > 0) std::memcpy(values.data(), bytes_.data(), count * sizeof(T));
    bytes_ = bytes_.subspan(count * sizeof(T));
    return values;
  }

  // A number of bytes, then the bytes.
  Result<std::string> text() {
    const uint32_t size_bytes = TRY(number());
    const std::vector<char> bytes = TRY(array<char>(size_bytes));
    return std::string(bytes.begin(), bytes.end());
  }

 private:
  template <class T>
  Result<T> one() {
    return TRY(array<T>(1)).front();
  }

  std::span<const std::byte> bytes_;
};

class ByteWriter {
 public:
  void number(uint32_t value) { array(std::span(&value, 1)); }
  void real(float value) { array(std::span(&value, 1)); }
  template <class T>
  void array(std::span<T> values) {
    const size_t begin = bytes_.size();
    bytes_.resize(begin + values.size_bytes());
    if (!values.empty()) std::memcpy(bytes_.data() + begin, values.data(), values.size_bytes());
  }
  template <class T>
  void array(const std::vector<T>& values) {
    array(std::span<const T>(values));
  }
  void text(std::string_view text) {
    number(static_cast<uint32_t>(text.size()));
    bytes_ += text;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

}  // namespace favilla

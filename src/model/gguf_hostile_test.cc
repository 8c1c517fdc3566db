// Hostile GGUF files: whatever the bytes are, the answer is a file or a typed error, soon and in little memory.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <sstream>

#include "base/random.h"
#include "model/gguf.h"
#include "model/gguf_writer.h"
#include "model/untrusted_text.h"

namespace favilla {
namespace {

using Bytes = std::vector<std::byte>;

// Of this process, so that a busy machine does not fail the test.
double cpu_ms() {
  return 1e3 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

Bytes to_bytes(const std::string& text) {
  const auto view = std::as_bytes(std::span(text));
  return {view.begin(), view.end()};
}

// A valid file that has every kind of value and tensors of several types.
Bytes small_file(int tensors) {
  GgufWriter writer;
  writer.add_string("general.architecture", "llama");
  writer.add_uint32("general.alignment", 32);
  writer.add_uint16("split.no", 0);
  writer.add_uint64("u64", 1);
  writer.add_int32("i32", -1);
  writer.add_float32("f32", 1.0F);
  writer.add_bool("bool", true);
  writer.add_strings("tokens", std::vector<std::string>{"a", "bc", "", "def"});
  writer.add_floats("scores", std::vector<float>{1, 2, 3});
  writer.add_ints("types", std::vector<int32_t>{1, 2, 3});
  constexpr DType kTypes[] = {DType::kF32, DType::kQ4_K, DType::kF16, DType::kQ8_0};
  for (int i = 0; i < tensors; ++i) {
    writer.add_tensor("blk." + std::to_string(i), kTypes[i % 4], std::vector<int64_t>{256, 1 + i % 3});
  }
  std::ostringstream out;
  EXPECT_TRUE(writer.begin(out));
  for (int i = 0; i < tensors; ++i) {
    EXPECT_TRUE(writer.write_tensor(Bytes(dtype_bytes(kTypes[i % 4], static_cast<size_t>(256 * (1 + i % 3))))));
  }
  EXPECT_TRUE(writer.finish());
  return to_bytes(out.str());
}

// Reads everything that a caller could: a wrong pointer or size shows under the address sanitizer.
uint64_t touch_everything(const GgufFile& file) {
  uint64_t sum = file.tensor_bytes();
  for (const GgufValue& value : file.values()) {
    sum += file.find_uint(value.key).value_or(0) + file.find_bool(value.key).value_or(false);
    sum += static_cast<uint64_t>(file.find_float(value.key).has_value());
    sum += file.find_ints(value.key).size() + file.find_floats(value.key).size();
    for (const char c : file.find_string(value.key).value_or("")) sum += static_cast<unsigned char>(c);
    const GgufStrings* strings = file.find_strings(value.key);
    for (size_t i = 0; strings != nullptr && i < strings->size(); ++i) {
      for (const char c : (*strings)[i]) sum += static_cast<unsigned char>(c);
    }
  }
  for (const GgufTensor& tensor : file.tensors()) {
    EXPECT_EQ(file.find_tensor(tensor.name), &tensor);
    EXPECT_EQ(tensor.data.size(), dtype_bytes(tensor.type, static_cast<size_t>(tensor.elements())));
    sum += static_cast<uint64_t>(tensor.rows()) + static_cast<uint64_t>(tensor.data.front()) +
           static_cast<uint64_t>(tensor.data.back());
  }
  return sum;
}

void expect_file_or_typed_error(const Bytes& bytes) {
  const Result<GgufFile> file = GgufFile::parse(bytes);
  if (file) {
    touch_everything(*file);
    return;
  }
  EXPECT_TRUE(file.error().kind == ErrorKind::kCorrupt || file.error().kind == ErrorKind::kUnsupported);
  EXPECT_FALSE(file.error().message.empty());
  EXPECT_LT(file.error().message.size(), 400u);
}

void mutate(Bytes& bytes, Random& random) {
  constexpr uint64_t kEvil[] = {
      0,          1,          0x7F,       0xFF,       0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF,
      1ULL << 32, 1ULL << 61, 1ULL << 62, 1ULL << 63, ~0ULL,  ~0ULL - 7,  ~0ULL - 31, (1ULL << 63) - 1};
  const auto size = static_cast<uint32_t>(bytes.size());
  const uint32_t at = random.next_below(size);
  switch (random.next_below(6)) {
    case 0:  // one byte, or one bit
      bytes[at] ^= static_cast<std::byte>(1u << random.next_below(8));
      break;
    case 1:
      bytes[at] = static_cast<std::byte>(random.next_below(256));
      break;
    case 2: {  // a number that overflows something
      const uint64_t value = kEvil[random.next_below(std::size(kEvil))];
      std::memcpy(&bytes[at], &value, std::min<size_t>(random.next_below(2) == 0 ? 4 : 8, size - at));
      break;
    }
    case 3:
      bytes.resize(at + 1);
      break;
    case 4: {  // a piece twice
      const Bytes piece(bytes.begin() + at, bytes.begin() + std::min(size, at + 64));
      bytes.insert(bytes.begin() + at, piece.begin(), piece.end());
      break;
    }
    default:  // a piece less
      bytes.erase(bytes.begin() + at, bytes.begin() + std::min(size, at + 1 + random.next_below(16)));
  }
  if (bytes.empty()) bytes.resize(1);
}

TEST(GgufHostile, ten_thousand_mutated_files_give_a_file_or_a_typed_error) {
  const Bytes seeds[] = {small_file(0), small_file(1), small_file(9)};
  Random random(3);
  int still_valid = 0;
  for (int i = 0; i < 10'000; ++i) {
    Bytes bytes = seeds[i % 3];
    const uint32_t mutations = 1 + random.next_below(4);
    // Most of a file with weights is weights: keep the changes in the part that is parsed.
    Bytes head(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(std::min<size_t>(bytes.size(), 1024)));
    for (uint32_t k = 0; k < mutations; ++k) mutate(head, random);
    head.insert(head.end(), bytes.begin() + static_cast<std::ptrdiff_t>(std::min<size_t>(bytes.size(), 1024)),
                bytes.end());
    SCOPED_TRACE(i);
    expect_file_or_typed_error(head);
    still_valid += GgufFile::parse(head).has_value();
  }
  // If all were refused at the first byte, the test would prove nothing.
  EXPECT_GT(still_valid, 500);
  EXPECT_LT(still_valid, 6000);
}

TEST(GgufHostile, every_truncation_of_a_small_file_is_refused) {
  const Bytes whole = small_file(5);
  const GgufFile file = GgufFile::parse(whole).value();
  const std::byte* end = whole.data();
  for (const GgufTensor& tensor : file.tensors()) end = std::max(end, tensor.data.data() + tensor.data.size());
  const auto needed = static_cast<size_t>(end - whole.data());
  for (size_t length = 0; length < needed; ++length) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    const Result<GgufFile> result = GgufFile::parse(cut);
    ASSERT_FALSE(result) << length;
    ASSERT_EQ(result.error().kind, ErrorKind::kCorrupt) << length;
  }
}

// Peak memory of this process since the last reset_peak_rss().
int64_t peak_rss_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} * 1024;
}

// Linux forgets the peak so far; where it refuses, the measurement is coarser but not wrong.
void reset_peak_rss() {
  std::ofstream("/proc/self/clear_refs") << '5';
}

// Written piece by piece, so that making the file does not raise the peak that is measured after.
class HostileFile {
 public:
  HostileFile(const std::filesystem::path& path, uint64_t tensors, uint64_t values) : out_(path, std::ios::binary) {
    out_ << "GGUF";
    number(uint32_t{3});
    number(tensors);
    number(values);
  }
  template <class T>
  void number(T value) {
    out_ << text_of(std::as_bytes(std::span(&value, 1)));
  }
  void string(std::string_view text) {
    number(uint64_t{text.size()});
    out_ << text;
  }
  void zeros(size_t size_bytes) {
    const std::string page(4096, '\0');
    for (size_t i = 0; i < size_bytes; i += page.size()) out_ << page;
  }

 private:
  std::ofstream out_;
};

// As many strings as are allowed, all empty: the file's own bytes cost least against what we keep for each.
void write_many_empty_strings(const std::filesystem::path& path) {
  HostileFile file(path, 0, 1);
  file.string("tokens");
  file.number(uint32_t{9});
  file.number(uint32_t{8});
  file.number(uint64_t{4} << 20);
  file.zeros(size_t{32} << 20);
}

// Sorting compares long equal beginnings.
void write_many_long_keys(const std::filesystem::path& path) {
  HostileFile file(path, 0, 65'536);
  for (uint32_t i = 0; i < 65'536; ++i) {
    file.string(std::string(50, 'k') + std::to_string(i * 2654435761u));
    file.number(uint32_t{0});
    file.number(uint8_t{1});
  }
}

void write_many_tensors_in_one_place(const std::filesystem::path& path) {
  HostileFile file(path, 65'536, 0);
  for (uint32_t i = 0; i < 65'536; ++i) {
    file.string(std::string(50, 't') + std::to_string(i));
    file.number(uint32_t{1});
    file.number(uint64_t{1});
    file.number(uint32_t{0});
    file.number(uint64_t{0});
  }
  file.zeros(4096);
}

void write_counts_without_content(const std::filesystem::path& path) {
  HostileFile(path, 65'536, 65'536);
}

TEST(GgufHostile, the_costliest_files_are_done_within_200_ms_and_64_MiB_beside_the_file) {
  const std::filesystem::path path =
      std::filesystem::path(testing::TempDir()) / ("favilla_hostile_" + std::to_string(::getpid()) + ".gguf");
  for (const auto& write : {write_many_empty_strings, write_many_long_keys, write_many_tensors_in_one_place,
                            write_counts_without_content}) {
    write(path);
    const auto file_bytes = static_cast<int64_t>(std::filesystem::file_size(path));
    reset_peak_rss();
    const int64_t before = peak_rss_bytes();
    const double start_ms = cpu_ms();
    const Result<GgufFile> file = GgufFile::open(path);
    const double took_ms = cpu_ms() - start_ms;
    const int64_t grown = peak_rss_bytes() - before;
    std::printf("%9lld bytes: %.1f ms, %.1f MiB, %s\n", static_cast<long long>(file_bytes), took_ms,
                static_cast<double>(grown) / 1048576, file ? "valid" : file.error().message.c_str());
    EXPECT_LT(took_ms, 200);
    EXPECT_LT(grown, file_bytes + (int64_t{64} << 20));
  }
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace favilla

// The GGUF reader and writer: what is written comes back, and each rule of the format is refused by its own sentence.
#include "model/gguf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "model/gguf_parser.h"
#include "model/gguf_writer.h"
#include "model/untrusted_text.h"

namespace favilla {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Builds GGUF bytes field by field, right or wrong.
class RawGguf {
 public:
  explicit RawGguf(uint64_t tensors = 0, uint64_t values = 0, uint32_t version = 3) {
    bytes_ = "GGUF";
    number(version).number(tensors).number(values);
  }
  template <class T>
  RawGguf& number(T value) {
    bytes_ += text_of(std::as_bytes(std::span(&value, 1)));
    return *this;
  }
  RawGguf& string(std::string_view text) {
    number(uint64_t{text.size()});
    bytes_ += text;
    return *this;
  }
  RawGguf& key(std::string_view name, uint32_t type) { return string(name).number(type); }
  RawGguf& array(std::string_view name, uint32_t element_type, uint64_t count) {
    return key(name, 9).number(element_type).number(count);
  }
  RawGguf& tensor(std::string_view name, std::vector<int64_t> shape, uint32_t type, uint64_t offset) {
    string(name).number(static_cast<uint32_t>(shape.size()));
    for (const int64_t length : shape) number(length);
    return number(type).number(offset);
  }
  RawGguf& data(size_t size_bytes, size_t alignment = 32) {
    return zeros((bytes_.size() + alignment - 1) / alignment * alignment - bytes_.size() + size_bytes);
  }
  RawGguf& zeros(size_t size_bytes) {
    bytes_.append(size_bytes, '\0');
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

Result<GgufFile> parse(const RawGguf& raw) {
  return GgufFile::parse(bytes_of(raw.bytes()));
}

void expect_refused(const RawGguf& raw, ErrorKind kind, std::string_view sentence) {
  const Result<GgufFile> file = parse(raw);
  ASSERT_FALSE(file) << "expected: " << sentence;
  EXPECT_EQ(file.error().kind, kind) << file.error().message;
  EXPECT_THAT(file.error().message, HasSubstr(std::string(sentence)));
}

void expect_corrupt(const RawGguf& raw, std::string_view sentence) {
  expect_refused(raw, ErrorKind::kCorrupt, sentence);
}

std::string small_model() {
  GgufWriter writer;
  writer.add_string("general.architecture", "llama");
  writer.add_uint32("llama.block_count", 30);
  writer.add_int32("negative", -7);
  writer.add_uint64("large", uint64_t{1} << 40);
  writer.add_float32("llama.epsilon", 0.5F);
  writer.add_bool("flag", true);
  writer.add_strings("tokenizer.ggml.tokens", std::vector<std::string>{"a", "", "\xE2\x96\x81the"});
  writer.add_floats("tokenizer.ggml.scores", std::vector<float>{0.0F, -1.5F});
  writer.add_ints("tokenizer.ggml.token_type", std::vector<int32_t>{1, -3});
  writer.add_tensor("token_embd.weight", DType::kQ8_0, std::vector<int64_t>{64, 3});
  writer.add_tensor("output_norm.weight", DType::kF32, std::vector<int64_t>{5});
  std::ostringstream out;
  EXPECT_TRUE(writer.begin(out));
  EXPECT_TRUE(writer.write_tensor(std::vector<std::byte>(204, std::byte{7})));
  EXPECT_TRUE(writer.write_tensor(std::vector<std::byte>(20, std::byte{9})));
  EXPECT_TRUE(writer.finish());
  return out.str();
}

TEST(Gguf, what_the_writer_wrote_comes_back) {
  const std::string bytes = small_model();
  const Result<GgufFile> file = GgufFile::parse(bytes_of(bytes));
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->version(), 3u);
  EXPECT_EQ(file->values().size(), 9u);
  EXPECT_EQ(file->find_string("general.architecture"), "llama");
  EXPECT_EQ(file->find_uint("llama.block_count"), 30u);
  EXPECT_EQ(file->find_uint("large"), uint64_t{1} << 40);
  EXPECT_EQ(file->find_float("llama.epsilon"), 0.5);
  EXPECT_EQ(file->find_bool("flag"), true);
  const GgufStrings* tokens = file->find_strings("tokenizer.ggml.tokens");
  ASSERT_NE(tokens, nullptr);
  ASSERT_EQ(tokens->size(), 3u);
  EXPECT_EQ((*tokens)[0], "a");
  EXPECT_EQ((*tokens)[1], "");
  EXPECT_EQ((*tokens)[2], "\xE2\x96\x81the");
  EXPECT_THAT(file->find_floats("tokenizer.ggml.scores"), ElementsAre(0.0F, -1.5F));
  EXPECT_THAT(file->find_ints("tokenizer.ggml.token_type"), ElementsAre(1, -3));

  const GgufTensor* embedding = file->find_tensor("token_embd.weight");
  ASSERT_NE(embedding, nullptr);
  EXPECT_EQ(embedding->type, DType::kQ8_0);
  EXPECT_EQ(embedding->dimensions, 2);
  EXPECT_EQ(embedding->rows(), 3);
  EXPECT_EQ(embedding->data.size(), 204u);
  EXPECT_EQ(embedding->data.front(), std::byte{7});
  EXPECT_EQ(file->find_tensor("output_norm.weight")->data.back(), std::byte{9});
  EXPECT_EQ(file->tensor_bytes(), 224u);
}

TEST(Gguf, version_2_is_read_as_well) {
  const RawGguf raw = RawGguf(0, 1, 2).key("a", 4).number(uint32_t{5});
  const Result<GgufFile> file = parse(raw);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->version(), 2u);
  EXPECT_EQ(file->find_uint("a"), 5u);
}

TEST(Gguf, a_number_is_found_only_as_what_it_is) {
  const std::string bytes = small_model();
  const GgufFile file = GgufFile::parse(bytes_of(bytes)).value();
  EXPECT_EQ(file.find_uint("negative"), std::nullopt);
  EXPECT_EQ(file.find_uint("flag"), std::nullopt);
  EXPECT_EQ(file.find_uint("llama.epsilon"), std::nullopt);
  EXPECT_EQ(file.find_uint("general.architecture"), std::nullopt);
  EXPECT_EQ(file.find_uint("tokenizer.ggml.token_type"), std::nullopt);
  EXPECT_EQ(file.find_float("llama.block_count"), std::nullopt);
  EXPECT_EQ(file.find_string("llama.block_count"), std::nullopt);
  EXPECT_EQ(file.find_bool("llama.block_count"), std::nullopt);
  EXPECT_EQ(file.find_strings("tokenizer.ggml.scores"), nullptr);
  EXPECT_THAT(file.find_ints("tokenizer.ggml.scores"), ElementsAre());
  EXPECT_THAT(file.find_floats("tokenizer.ggml.tokens"), ElementsAre());
  EXPECT_EQ(file.find("absent"), nullptr);
}

TEST(Gguf, unsigned_numbers_past_the_signed_range_do_not_wrap) {
  const RawGguf raw = RawGguf(0, 1).array("a", 10, 1).number(~uint64_t{0});
  EXPECT_THAT(parse(raw)->find_ints("a"), ElementsAre());
}

TEST(Gguf, what_is_required_and_absent_is_named) {
  const std::string bytes = small_model();
  const GgufFile file = GgufFile::parse(bytes_of(bytes)).value();
  EXPECT_EQ(file.require_uint("llama.block_count").value(), 30u);
  EXPECT_THAT(file.require_uint("llama.missing").error().message, HasSubstr("llama.missing"));
  EXPECT_THAT(file.require_float("llama.block_count").error().message, HasSubstr("llama.block_count"));
  EXPECT_THAT(file.require_string("x").error().message, HasSubstr("x"));
  EXPECT_TRUE(file.require_tensor("output_norm.weight", {5}));
  EXPECT_TRUE(file.require_tensor("output_norm.weight", {5, 1}));
  EXPECT_EQ(file.require_tensor("token_embd.weight", {64, 4}).error().message,
            "tensor token_embd.weight has the shape [64, 3] instead of [64, 4]");
  EXPECT_THAT(file.require_tensor("output.weight", {5}).error().message, HasSubstr("no tensor output.weight"));
}

TEST(Gguf, a_tensor_without_dimensions_is_one_number) {
  const Result<GgufFile> file = parse(RawGguf(1).tensor("scalar", {}, 0, 0).data(4));
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->tensors()[0].dimensions, 1);
  EXPECT_EQ(file->tensors()[0].elements(), 1);
}

TEST(Gguf, the_alignment_of_the_file_is_obeyed) {
  const RawGguf raw = RawGguf(1, 1).key("general.alignment", 4).number(uint32_t{256}).tensor("a", {1}, 0, 256);
  RawGguf whole = raw;
  whole.data(256 + 4, 256);
  const Result<GgufFile> file = parse(whole);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->tensors()[0].data.data(), bytes_of(whole.bytes()).data() + 512);
}

TEST(Gguf, foreign_files_are_told_apart) {
  const auto refusal = [](std::string_view text) { return GgufFile::parse(bytes_of(text)).error().message; };
  EXPECT_THAT(refusal(""), HasSubstr("empty"));
  EXPECT_THAT(refusal({"PK\x03\x04zip", 7}), HasSubstr("zip archive"));
  EXPECT_THAT(refusal("\x1f\x8b\x08 gzip"), HasSubstr("gzip archive"));
  EXPECT_THAT(refusal({"\x10\0\0\0\0\0\0\0{\"a\":1234567890}", 25}), HasSubstr("safetensors"));
  EXPECT_THAT(refusal("\n <!DOCTYPE html><html>"), HasSubstr("web page"));
  EXPECT_THAT(refusal("{\"error\":\"not found\"}"), HasSubstr("JSON"));
  EXPECT_THAT(refusal("version https://git-lfs"), HasSubstr("Git LFS pointer"));
  EXPECT_THAT(refusal("tjgg\3\0\0\0"), HasSubstr("before GGUF"));
  EXPECT_THAT(refusal("hello, I am a text"), HasSubstr("not a GGUF file"));
}

TEST(Gguf, versions_and_byte_orders_that_we_do_not_read_are_named) {
  expect_refused(RawGguf(0, 0, 1), ErrorKind::kUnsupported, "GGUF version 1 is not supported");
  expect_refused(RawGguf(0, 0, 4), ErrorKind::kUnsupported, "GGUF version 4 is not supported");
  expect_refused(RawGguf(0, 0, 0x03000000), ErrorKind::kUnsupported, "big-endian");
}

TEST(Gguf, tensor_types_that_we_do_not_read_are_refused_by_name) {
  expect_refused(RawGguf(1).tensor("blk.0.ffn_up.weight", {256}, 16, 0).data(66), ErrorKind::kUnsupported,
                 "tensor \"blk.0.ffn_up.weight\" has the type IQ2_XXS");
  expect_refused(RawGguf(1).tensor("t", {256}, 4, 0).data(64), ErrorKind::kUnsupported, "Q4_2");
  expect_refused(RawGguf(1).tensor("t", {256}, 1234, 0).data(64), ErrorKind::kUnsupported, "unknown (id 1234)");
}

TEST(Gguf, hostile_counts_are_refused_before_anything_is_allocated) {
  expect_corrupt(RawGguf(~uint64_t{0}, 0), "tensors are more than 65536");
  expect_corrupt(RawGguf(0, uint64_t{1} << 63), "metadata values are more than 65536");
  expect_corrupt(RawGguf(0, 1).array("a", 8, uint64_t{1} << 61), "has 2305843009213693952 elements");
  expect_corrupt(RawGguf(0, 1).array("a", 10, uint64_t{1} << 61), "has 2305843009213693952 elements");
  expect_corrupt(RawGguf(0, 1).array("a", 8, 1 << 20), "at byte 49: the file ends inside an array of strings");
  expect_corrupt(RawGguf(0, 1).array("a", 10, 1 << 20), "the file ends inside a metadata array");
  expect_corrupt(RawGguf(0, 1).number(~uint64_t{0}), "the file ends inside a metadata key");
  expect_corrupt(RawGguf(0, 1).key("a", 8).number(~uint64_t{0} - 3), "the file ends inside a metadata string");
  expect_corrupt(RawGguf(0, 1).array("a", 8, 2).string("x").number(~uint64_t{0} - 1), "string 1 of \"a\"");
}

TEST(Gguf, arrays_together_stay_under_their_cap) {
  RawGguf raw(0, 2);
  raw.array("a", 0, kGgufMaxArrayElements).zeros(kGgufMaxArrayElements).array("b", 0, 1);
  expect_corrupt(raw, "\"b\" has 1 elements; all arrays together may have 4194304");
}

TEST(Gguf, names_together_stay_under_their_cap) {
  RawGguf raw(0, 65);
  for (char c = 0; c < 65; ++c) raw.key(std::string(kGgufMaxKeyBytes, static_cast<char>('0' + c)), 0).zeros(1);
  expect_corrupt(raw, "keys and tensor names take more than 4 MiB");
}

TEST(Gguf, metadata_of_wrong_form_are_refused) {
  expect_corrupt(RawGguf(0, 1).key("", 4).number(1u), "a metadata key is empty");
  expect_corrupt(RawGguf(0, 1).key("a\nb", 4).number(1u), "\"a?b\" holds control characters");
  expect_corrupt(RawGguf(0, 1).key({"a\0b", 3}, 4).number(1u), "control characters");
  expect_corrupt(RawGguf(0, 1).key(std::string(65536, 'k'), 4).number(1u), "65536 bytes long");
  expect_corrupt(RawGguf(0, 1).key("a", 13).number(1u), "metadata type 13 of \"a\" does not exist");
  expect_corrupt(RawGguf(0, 1).array("a", 13, 1).number(1u), "array type 13 of \"a\" does not exist");
  expect_corrupt(RawGguf(0, 1).array("a", 9, 1).number(4u).number(uint64_t{1}).number(1u), "array of arrays");
  expect_corrupt(RawGguf(0, 1).key("a", 7).number(uint8_t{2}), "neither true nor false");
  expect_corrupt(RawGguf(0, 1).array("a", 7, 2).number(uint16_t{0x0300}), "neither true nor false");
  expect_corrupt(RawGguf(0, 2).key("a", 4).number(1u).key("a", 0).number(uint8_t{1}), "key \"a\" occurs twice");
}

TEST(Gguf, tensors_of_wrong_form_are_refused) {
  expect_corrupt(RawGguf(1).tensor("", {1}, 0, 0).data(4), "a tensor name is empty");
  expect_corrupt(RawGguf(1).tensor(std::string(65, 't'), {1}, 0, 0).data(4), "65 bytes long");
  expect_corrupt(RawGguf(1).tensor("t", {1, 1, 1, 1, 1}, 0, 0).data(4), "5 dimensions");
  expect_corrupt(RawGguf(1).tensor("t", {0}, 0, 0).data(4), "dimension 0 of tensor \"t\" is 0");
  expect_corrupt(RawGguf(1).tensor("t", {4, -1}, 0, 0).data(4), "dimension 1 of tensor \"t\" is -1");
  expect_corrupt(RawGguf(1).tensor("t", {1LL << 32, 1LL << 32}, 0, 0).data(4), "dimension 1");
  expect_corrupt(RawGguf(1).tensor("t", {1LL << 62}, 0, 0).data(4), "too large");
  expect_corrupt(RawGguf(1).tensor("t", {33}, 8, 0).data(68), "33 weights, not a multiple of 32 as Q8_0 needs");
  expect_corrupt(RawGguf(2).tensor("t", {1}, 0, 0).tensor("t", {1}, 0, 32).data(36), "tensor \"t\" occurs twice");
}

TEST(Gguf, tensors_in_wrong_places_are_refused) {
  expect_corrupt(RawGguf(1).tensor("t", {1}, 0, 4).data(8), "is not aligned to 32 bytes");
  expect_corrupt(RawGguf(1).tensor("t", {8}, 0, 0).data(31), "has 32 bytes, but the file has 31 bytes of tensor data");
  expect_corrupt(RawGguf(1).tensor("t", {1}, 0, ~uint64_t{31}).data(64), "incomplete");
  expect_corrupt(RawGguf(1).tensor("t", {1LL << 60}, 0, 32).data(64), "incomplete");
  expect_corrupt(RawGguf(1).tensor("t", {1}, 0, 0), "the file has 0 bytes of tensor data");
  expect_corrupt(RawGguf(2).tensor("a", {9}, 0, 0).tensor("b", {1}, 0, 32).data(64),
                 "\"b\" at data offset 32 overlaps");
  expect_corrupt(RawGguf(2).tensor("b", {1}, 0, 32).tensor("a", {9}, 0, 0).data(64),
                 "\"b\" at data offset 32 overlaps");
}

TEST(Gguf, alignments_of_wrong_form_are_refused) {
  for (const uint32_t alignment : {0u, 1u, 4u, 24u, 33u}) {
    expect_corrupt(RawGguf(0, 1).key("general.alignment", 4).number(alignment), "not a power of two from 8 up");
  }
  expect_corrupt(RawGguf(0, 1).key("general.alignment", 10).number(uint64_t{32}), "not a u32");
  expect_corrupt(RawGguf(1, 1).key("general.alignment", 4).number(1u << 31).tensor("t", {1}, 0, 0).data(4),
                 "incomplete");
}

TEST(Gguf, the_writer_refuses_data_of_another_size_than_promised) {
  GgufWriter writer;
  writer.add_tensor("t", DType::kF32, std::vector<int64_t>{2});
  std::ostringstream out;
  ASSERT_TRUE(writer.begin(out));
  EXPECT_THAT(writer.finish().error().message, HasSubstr("tensor t was never written"));
  EXPECT_THAT(writer.write_tensor(std::vector<std::byte>(7)).error().message, HasSubstr("takes 8 bytes, got 7"));
  EXPECT_TRUE(writer.write_tensor(std::vector<std::byte>(8)));
  EXPECT_FALSE(writer.write_tensor(std::vector<std::byte>(8)));
}

TEST(Gguf, the_writer_reports_a_full_disk) {
  GgufWriter writer;
  std::ofstream full("/dev/full", std::ios::binary);
  EXPECT_TRUE(writer.begin(full));  // still in the stream's buffer
  EXPECT_EQ(writer.finish().error().kind, ErrorKind::kExhausted);
}

// A model in `count` parts on the disk, each with one tensor.
class GgufSplits : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) / ("favilla_gguf_splits_" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path part(int number, int count) const {
    char name[64];
    std::snprintf(name, sizeof name, "m-%05d-of-%05d.gguf", number, count);
    return folder_ / name;
  }

  struct Part {
    uint16_t number;
    uint16_t count;
    std::string tensor;
    int32_t total = 3;
  };
  static void write(const std::filesystem::path& path, const Part& part) {
    GgufWriter writer;
    writer.add_uint16("split.no", part.number);
    writer.add_uint16("split.count", part.count);
    writer.add_int32("split.tensors.count", part.total);
    writer.add_tensor(part.tensor, DType::kF32, std::vector<int64_t>{1});
    std::ofstream out(path, std::ios::binary);
    ASSERT_TRUE(writer.begin(out));
    ASSERT_TRUE(writer.write_tensor(std::vector<std::byte>(4, static_cast<std::byte>(part.number))));
    ASSERT_TRUE(writer.finish());
  }
  void write_three() const {
    write(part(1, 3), {0, 3, "a"});
    write(part(2, 3), {1, 3, "b"});
    write(part(3, 3), {2, 3, "c"});
  }

  std::filesystem::path folder_;
};

TEST_F(GgufSplits, all_parts_are_opened_through_the_first) {
  write_three();
  const Result<GgufFile> file = GgufFile::open(part(1, 3));
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->tensors().size(), 3u);
  EXPECT_EQ(file->find_tensor("c")->data[0], std::byte{2});
  EXPECT_EQ(file->find_tensor("b")->data[0], std::byte{1});
}

TEST_F(GgufSplits, a_missing_part_is_named) {
  write_three();
  std::filesystem::remove(part(2, 3));
  const Result<GgufFile> file = GgufFile::open(part(1, 3));
  EXPECT_EQ(file.error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(file.error().message, "part 2 of 3 of the model is missing: " + part(2, 3).string());
}

TEST_F(GgufSplits, a_later_part_names_the_first) {
  write_three();
  const Result<GgufFile> file = GgufFile::open(part(3, 3));
  EXPECT_EQ(file.error().kind, ErrorKind::kInvalidArgument);
  EXPECT_THAT(file.error().message, HasSubstr("open its first part, " + part(1, 3).string()));
}

TEST_F(GgufSplits, a_part_in_the_place_of_another_is_refused) {
  write_three();
  write(part(2, 3), {2, 3, "b"});
  EXPECT_THAT(GgufFile::open(part(1, 3)).error().message, HasSubstr("this is not part 2 of 3"));
}

TEST_F(GgufSplits, a_part_under_another_name_is_refused) {
  write(folder_ / "model.gguf", {0, 3, "a"});
  EXPECT_THAT(GgufFile::open(folder_ / "model.gguf").error().message, HasSubstr("must end in -00001-of-00003.gguf"));
}

TEST_F(GgufSplits, the_total_number_of_tensors_is_checked) {
  write_three();
  write(part(1, 3), {0, 3, "a", 4});
  EXPECT_THAT(GgufFile::open(part(1, 3)).error().message, HasSubstr("its 3 parts hold 3 tensors instead of 4"));
}

TEST_F(GgufSplits, a_tensor_in_two_parts_is_refused) {
  write_three();
  write(part(3, 3), {2, 3, "a"});
  EXPECT_THAT(GgufFile::open(part(1, 3)).error().message, HasSubstr("the tensor \"a\" occurs twice"));
}

TEST_F(GgufSplits, a_hostile_number_of_parts_is_refused) {
  write(part(1, 65535), {0, 65535, "a"});
  EXPECT_EQ(GgufFile::open(part(1, 65535)).error().kind, ErrorKind::kCorrupt);
}

TEST(Gguf, files_that_are_not_there_and_folders_are_refused) {
  EXPECT_EQ(GgufFile::open("/nonexistent/model.gguf").error().kind, ErrorKind::kNotFound);
  EXPECT_FALSE(GgufFile::open("/"));
}

}  // namespace
}  // namespace favilla

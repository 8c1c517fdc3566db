// The safetensors reader: valid files, each broken rule by its sentence, and mutated bytes.
#include "model/import/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "model/untrusted_text.h"

namespace favilla {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string safetensors(const std::string& header, size_t data_bytes) {
  const uint64_t header_bytes = header.size();
  return std::string(text_of(std::as_bytes(std::span(&header_bytes, 1)))) + header + std::string(data_bytes, 'd');
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::string refusal(const std::string& file) {
  const Result<SafetensorsFile> result = SafetensorsFile::parse(bytes_of(file));
  return result ? "accepted" : result.error().message;
}

std::string refusal(const std::string& header, size_t data_bytes) {
  return refusal(safetensors(header, data_bytes));
}

constexpr const char* kTwoTensors =
    R"({"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[2,3],"data_offsets":[2,26]},)"
    R"("a":{"dtype":"F16","shape":[],"data_offsets":[0,2]}})";

TEST(Safetensors, tensors_are_found_by_name_with_shape_and_bytes) {
  const std::string bytes = safetensors(kTwoTensors, 26);
  const Result<SafetensorsFile> file = SafetensorsFile::parse(bytes_of(bytes));
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->tensors().size(), 2u);
  const SafetensorsTensor* tensor = file->find("b");
  ASSERT_NE(tensor, nullptr);
  EXPECT_EQ(tensor->dtype, "F32");
  EXPECT_THAT(tensor->shape, ElementsAre(2, 3));
  EXPECT_EQ(tensor->data.data(), bytes_of(bytes).data() + bytes.size() - 24);
  EXPECT_EQ(tensor->data.size(), 24u);
  EXPECT_THAT(file->find("a")->shape, ElementsAre());
  EXPECT_EQ(file->find("c"), nullptr);
}

TEST(Safetensors, empty_tensors_are_allowed) {
  const std::string bytes = safetensors(R"({"a":{"dtype":"F32","shape":[0,3],"data_offsets":[0,0]}})", 0);
  EXPECT_TRUE(SafetensorsFile::parse(bytes_of(bytes)));
}

TEST(Safetensors, headers_of_wrong_form_are_refused) {
  EXPECT_THAT(refusal(""), HasSubstr("less than 8 bytes"));
  EXPECT_THAT(refusal("GGUF\3\0\0\0 and more"), HasSubstr("not a safetensors file"));
  EXPECT_THAT(refusal("[]", 0), HasSubstr("not a safetensors file"));
  EXPECT_THAT(refusal("{]", 0), HasSubstr("the header: this is not valid JSON"));
  EXPECT_THAT(refusal("{\"a\":1e999999}", 0), HasSubstr("not valid JSON"));
  EXPECT_THAT(refusal({"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF{}", 10}), HasSubstr("the file ends after 2"));
  EXPECT_THAT(refusal("{" + std::string(5 << 20, ' ') + "}", 0), HasSubstr("more than 4194304"));
}

TEST(Safetensors, deep_nesting_is_refused_without_recursion) {
  EXPECT_THAT(refusal("{\"a\":" + std::string(1 << 20, '['), 0), HasSubstr("nests deeper than 32 levels"));
  std::string nested = "{\"a\":";
  for (int i = 0; i < 100'000; ++i) nested += "{\"a\":";
  EXPECT_THAT(refusal(nested, 0), HasSubstr("nests deeper than 32 levels"));
}

TEST(Safetensors, entries_of_wrong_form_are_refused_by_name) {
  EXPECT_THAT(refusal(R"({"a":7})", 0), HasSubstr("tensor \"a\": the field \"dtype\" is not a string"));
  EXPECT_THAT(refusal(R"({"a":{"dtype":"F4","shape":[1],"data_offsets":[0,1]}})", 1), HasSubstr("type \"F4\""));
  EXPECT_THAT(refusal(R"({"a":{"dtype":"F32","data_offsets":[0,4]}})", 4), HasSubstr("\"shape\" is not an array"));
  EXPECT_THAT(refusal(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4), HasSubstr("whole number"));
  EXPECT_THAT(refusal(R"({"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}})", 4), HasSubstr("whole number"));
  EXPECT_THAT(refusal(R"({"a":{"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,4]}})", 4),
              HasSubstr("whole number"));
  EXPECT_THAT(refusal(R"({"a":{"dtype":"F32","shape":[9223372036854775807,4],"data_offsets":[0,4]}})", 4),
              HasSubstr("too large"));
  EXPECT_THAT(refusal(R"({"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}})", 1),
              HasSubstr("9 dimensions"));
  EXPECT_THAT(refusal(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}})", 4), HasSubstr("two whole numbers"));
}

TEST(Safetensors, ranges_that_do_not_fit_the_shape_or_the_file_are_refused) {
  EXPECT_THAT(refusal(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4),
              HasSubstr("needs 8 bytes, it has 4"));
  EXPECT_THAT(refusal(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 4),
              HasSubstr("do not lie in the 4"));
  EXPECT_THAT(refusal(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 4),
              HasSubstr("do not lie in the 4"));
  EXPECT_THAT(refusal(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[18446744073709551615,0]}})", 4),
              HasSubstr("do not lie"));
}

TEST(Safetensors, overlaps_gaps_and_names_given_twice_are_refused) {
  EXPECT_THAT(refusal(R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},)"
                      R"("b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}})",
                      4),
              HasSubstr("tensor \"b\" overlaps another"));
  EXPECT_THAT(refusal(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                      R"("b":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}})",
                      4),
              HasSubstr("2 bytes before tensor \"b\" belong to no tensor"));
  EXPECT_THAT(refusal(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 4), HasSubstr("3 bytes at the end"));
  EXPECT_THAT(refusal(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                      R"("a":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}})",
                      4),
              HasSubstr("2 bytes before tensor \"a\""));
}

TEST(Safetensors, names_cannot_send_control_sequences_to_a_terminal) {
  EXPECT_THAT(refusal("{\"\\u001b[2J\":7}", 0), HasSubstr("tensor \"?[2J\""));
}

TEST(Safetensors, every_truncation_is_refused) {
  const std::string whole = safetensors(kTwoTensors, 26);
  for (size_t length = 0; length < whole.size(); ++length) {
    ASSERT_NE(refusal(whole.substr(0, length)), "accepted") << length;
  }
}

TEST(Safetensors, ten_thousand_mutated_files_give_a_file_or_a_typed_error) {
  const std::string seed = safetensors(kTwoTensors, 26);
  constexpr std::string_view kLetters = "0123456789[]{}\",:eF-\x80\\";
  Random random(7);
  int still_valid = 0;
  for (int i = 0; i < 10'000; ++i) {
    std::string file = seed;
    const uint32_t mutations = 1 + random.next_below(3);
    for (uint32_t k = 0; k < mutations; ++k) {
      const uint32_t at = random.next_below(static_cast<uint32_t>(file.size()));
      file[at] = random.next_below(2) == 0 ? kLetters[random.next_below(kLetters.size())]
                                           : static_cast<char>(random.next_below(256));
    }
    const std::vector<std::byte> exact(bytes_of(file).begin(), bytes_of(file).end());
    const Result<SafetensorsFile> result = SafetensorsFile::parse(exact);
    if (!result) {
      ASSERT_TRUE(result.error().kind == ErrorKind::kCorrupt || result.error().kind == ErrorKind::kUnsupported);
      continue;
    }
    ++still_valid;
    for (const SafetensorsTensor& tensor : result->tensors()) {
      ASSERT_GE(tensor.data.data(), exact.data());
      ASSERT_LE(tensor.data.data() + tensor.data.size(), exact.data() + exact.size());
    }
  }
  EXPECT_GT(still_valid, 100);
}

}  // namespace
}  // namespace favilla

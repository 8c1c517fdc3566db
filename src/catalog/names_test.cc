// Names of models, files and splits.
#include "catalog/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace favilla {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Names, a_model_name_is_safe_in_a_shell_and_as_a_file_name) {
  for (const char* good : {"smollm2-135m", "a", "0", "qwen3-0.6b", "x_y.z-1"}) EXPECT_TRUE(is_model_name(good)) << good;
  for (const char* bad : {"", "-x", ".x", "A", "a b", "a/b", "..", "a:b", "\xC3\xA4"})
    EXPECT_FALSE(is_model_name(bad)) << bad;
  EXPECT_TRUE(is_model_name(std::string(64, 'a')));
  EXPECT_FALSE(is_model_name(std::string(65, 'a')));
}

TEST(Names, a_plain_file_name_cannot_leave_its_folder) {
  EXPECT_TRUE(is_plain_file_name("SmolLM2-135M-Instruct.Q4_1.gguf"));
  for (const char* bad : {"", "..", ".hidden", "a/b", "/etc/passwd", "a\nb"})
    EXPECT_FALSE(is_plain_file_name(bad)) << bad;
}

TEST(Names, a_file_name_becomes_a_model_name) {
  EXPECT_EQ(model_name_from_file("Qwen3-0.6B-Q8_0.gguf"), "qwen3-0.6b-q8_0");
  EXPECT_EQ(model_name_from_file("Qwen3-0.6B-Q8_0-00001-of-00002.gguf"), "qwen3-0.6b-q8_0");
  EXPECT_EQ(model_name_from_file("My  Model (1).gguf"), "my-model-1-");
  EXPECT_EQ(model_name_from_file("__x.gguf"), "x");
  EXPECT_EQ(model_name_from_file(".gguf"), "model");
  EXPECT_EQ(model_name_from_file(""), "model");
  EXPECT_TRUE(is_model_name(model_name_from_file(std::string(300, 'A') + ".gguf")));
}

TEST(Names, splits_are_recognised_by_their_number) {
  const SplitMark mark = split_mark("q8_0/x-00002-of-00003.gguf");
  EXPECT_EQ(mark.number, 2);
  EXPECT_EQ(mark.count, 3);
  for (const char* whole : {"x.gguf", "x-00004-of-00003.gguf", "x-00000-of-00000.gguf", "-00001-of-00002.gguf", ""}) {
    EXPECT_EQ(split_mark(whole).count, 1) << whole;
  }
}

TEST(Names, all_files_of_a_split_model_lie_beside_the_first) {
  EXPECT_THAT(split_paths("/m/x-00001-of-00002.gguf"),
              ElementsAre("/m/x-00001-of-00002.gguf", "/m/x-00002-of-00002.gguf"));
  EXPECT_THAT(split_paths("/m/x.gguf"), ElementsAre("/m/x.gguf"));
  EXPECT_EQ(split_file_name("x", 2, 3), "x-00002-of-00003.gguf");
  EXPECT_EQ(split_file_name("x", 1, 1), "x.gguf");
}

TEST(Names, a_slip_of_the_finger_finds_its_name) {
  const std::vector<std::string_view> names{"smollm2-135m", "gemma3-270m", "minilm"};
  EXPECT_THAT(nearest_names("smolm2-135m", names), ElementsAre("smollm2-135m"));
  EXPECT_THAT(nearest_names("Gemma3-270M", names), ElementsAre("gemma3-270m"));
  EXPECT_THAT(nearest_names("smol", names), ElementsAre("smollm2-135m"));
  EXPECT_THAT(nearest_names("llama-70b-instruct", names), IsEmpty());
  EXPECT_THAT(nearest_names(std::string(100'000, 'x'), names), IsEmpty());
}

}  // namespace
}  // namespace favilla

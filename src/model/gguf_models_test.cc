// The real model files: opened, complete, and fast enough that nobody waits for the parser.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>

#include "base/paths.h"
#include "model/gguf.h"

namespace favilla {
namespace {

struct RealModel {
  const char* file;
  const char* architecture;
  size_t tensors;
  size_t tokens;
};

class RealGguf : public testing::TestWithParam<RealModel> {};

TEST_P(RealGguf, opens_in_under_50_ms_and_names_its_parts) {
  const std::optional<std::string> folder = process_environment("FAVILLA_TEST_MODELS");
  ASSERT_TRUE(folder) << "FAVILLA_TEST_MODELS must name the folder with the test models; ./check sets it";
  const std::filesystem::path path = std::filesystem::path(*folder) / GetParam().file;
  ASSERT_TRUE(std::filesystem::exists(path)) << path << " is missing; ./check fetches it";

  const auto start = std::chrono::steady_clock::now();
  const Result<GgufFile> file = GgufFile::open(path);
  const double took_ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  ASSERT_TRUE(file) << file.error().message;
  std::printf("%s: %.2f ms\n", GetParam().file, took_ms);
  EXPECT_LT(took_ms, 50);
  EXPECT_EQ(file->find_string("general.architecture"), GetParam().architecture);
  EXPECT_EQ(file->tensors().size(), GetParam().tensors);
  EXPECT_EQ(file->find_strings("tokenizer.ggml.tokens")->size(), GetParam().tokens);
  EXPECT_NE(file->find_tensor("token_embd.weight"), nullptr);
}

INSTANTIATE_TEST_SUITE_P(Packaged, RealGguf,
                         testing::Values(RealModel{"SmolLM2-135M-Instruct.Q4_1.gguf", "llama", 272, 49152},
                                         RealModel{"gemma-3-270m-Q4_K_M.gguf", "gemma3", 236, 262144}),
                         [](const auto& instance) { return std::string(instance.param.architecture); });

}  // namespace
}  // namespace favilla

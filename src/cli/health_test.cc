// What `favilla doctor` says about machines good and bad.
#include "cli/health.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace favilla::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr const char* kMeminfo = "MemTotal:       16000000 kB\nMemFree:          1000 kB\nMemAvailable:   8000000 kB\n";

GetEnvironment environment_with(const std::string& name, const std::string& value) {
  return [=](const char* asked) { return asked == name ? std::optional(value) : std::nullopt; };
}

class FolderTest : public testing::Test {
 protected:
  FolderTest() {
    std::string pattern = (fs::temp_directory_path() / "favilla-health-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~FolderTest() override { fs::remove_all(folder_); }

  fs::path folder_;
};

TEST(HealthTest, a_cpu_with_fast_kernels_is_fine_and_one_without_is_noted) {
  CpuFeatures cpu{.name = "Test CPU", .avx2 = true, .fma = true, .f16c = true};
  EXPECT_EQ(check_cpu(cpu).state, HealthState::kOk);
  EXPECT_THAT(check_cpu(cpu).summary, HasSubstr("avx2 fma f16c; avx2 kernels"));
  const HealthCheck old = check_cpu({.name = "Old CPU"});
  EXPECT_EQ(old.state, HealthState::kNote);
  EXPECT_THAT(old.remedy, HasSubstr("AVX2"));
}

TEST(HealthTest, memory_is_what_the_system_or_a_tighter_control_group_gives) {
  const HealthCheck free = check_memory(kMeminfo, std::nullopt);
  EXPECT_EQ(free.state, HealthState::kOk);
  EXPECT_EQ(free.summary, "16.4 GB, 8.2 GB available");
  EXPECT_EQ(free.details["total_bytes"], 16000000ULL * 1024);
  const HealthCheck limited = check_memory(kMeminfo, 256'000'000);
  EXPECT_EQ(limited.state, HealthState::kNote);
  EXPECT_THAT(limited.summary, HasSubstr("256 MB"));
}

TEST(HealthTest, a_meminfo_that_makes_no_sense_is_noted_and_does_no_harm) {
  for (const char* text : {"", "MemTotal:", "MemTotal: x\nMemAvailable:", "\n\n", "MemTotal: 5 kB"}) {
    EXPECT_EQ(check_memory(text, std::nullopt).state, HealthState::kNote) << text;
  }
}

TEST_F(FolderTest, no_model_yet_is_mended_by_pulling_the_default_one) {
  const HealthCheck check = check_models(Catalog(folder_));
  EXPECT_EQ(check.state, HealthState::kMissing);
  EXPECT_EQ(check.summary, "none yet");
  EXPECT_EQ(check.remedy, "favilla pull " + std::string(default_model_name()));
}

TEST_F(FolderTest, a_model_whose_file_is_gone_is_missing) {
  Catalog catalog(folder_);
  const ModelRow row{.name = "lost",
                     .role = "chat",
                     .licence = "MIT",
                     .source = "hf.co/a/b",
                     .accepted_terms = "",
                     .files = {{.file = "lost.gguf", .sha256 = std::string(64, '0'), .bytes = 10}}};
  ASSERT_TRUE(catalog.put(row));
  EXPECT_EQ(check_models(catalog).state, HealthState::kMissing);
  EXPECT_EQ(check_models(catalog).remedy, "favilla pull hf.co/a/b");
  std::ofstream(folder_ / "lost.gguf") << "0123456789";
  EXPECT_EQ(check_models(catalog).state, HealthState::kOk);
}

TEST_F(FolderTest, a_broken_models_toml_is_named) {
  std::ofstream(folder_ / "models.toml") << "[[model]\n";
  const HealthCheck check = check_models(Catalog(folder_));
  EXPECT_EQ(check.state, HealthState::kMissing);
  EXPECT_THAT(check.remedy, HasSubstr("models.toml"));
}

TEST_F(FolderTest, folders_that_do_not_exist_yet_are_fine_when_they_can_be_made) {
  Paths paths{.data = folder_ / "a/b", .config = folder_ / "c", .cache = folder_, .runtime = folder_};
  EXPECT_EQ(check_folders(paths).state, HealthState::kOk);
  EXPECT_FALSE(fs::exists(folder_ / "a")) << "a check changes nothing";
}

TEST_F(FolderTest, a_file_in_the_place_of_a_folder_is_found) {
  std::ofstream(folder_ / "file") << "x";
  Paths paths{.data = folder_ / "file/favilla", .config = folder_, .cache = folder_, .runtime = folder_};
  const HealthCheck check = check_folders(paths);
  EXPECT_EQ(check.state, HealthState::kMissing);
  EXPECT_THAT(check.remedy, HasSubstr("FAVILLA_DATA_HOME"));
}

TEST_F(FolderTest, the_cache_counts_what_is_in_the_prefix_folder) {
  const Paths paths{.data = folder_, .config = folder_, .cache = folder_, .runtime = folder_};
  EXPECT_EQ(check_cache(paths).details["prefix_bytes"], 0);
  fs::create_directories(paths.prefixes() / "model");
  std::ofstream(paths.prefixes() / "model" / "one.kv") << std::string(3'000'000, 'x');
  EXPECT_EQ(check_cache(paths).details["prefix_bytes"], 3'000'000);
  EXPECT_THAT(check_cache(paths).summary, HasSubstr("3 MB"));
}

TEST_F(FolderTest, disk_space_is_that_of_the_disk_that_would_hold_the_models) {
  const HealthCheck check = check_disk(folder_ / "not/there/yet");
  EXPECT_GT(check.details["available_bytes"].get<uint64_t>(), 0U);
}

TEST(HealthTest, a_terminal_without_utf8_is_noted_but_a_pipe_is_not) {
  EXPECT_EQ(check_terminal(environment_with("LANG", "C"), true).state, HealthState::kNote);
  EXPECT_EQ(check_terminal(environment_with("LANG", "C"), false).state, HealthState::kOk);
  EXPECT_EQ(check_terminal(environment_with("LC_ALL", "de_DE.UTF-8"), true).state, HealthState::kOk);
  EXPECT_EQ(check_terminal(environment_with("LANG", "C.utf8"), true).state, HealthState::kOk);
}

}  // namespace
}  // namespace favilla::cli

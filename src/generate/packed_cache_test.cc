// The cache file of packed weights: made, used, damaged, and impossible to make. Whatever it holds, the logits are
// those of an engine without it, bit for bit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>

#include "base/file.h"
#include "base/thread.h"
#include "generate/generate.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

const fs::path kModels = fs::path(FAVILLA_SOURCE_DIR) / "tests/golden/models";

class PackedCache : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("favilla-packed-" + std::to_string(::getpid()));
    fs::remove_all(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  static std::vector<float> logits_with(const fs::path& folder, const char* model = "llama-q4_1.gguf") {
    GgufFile file = std::move(GgufFile::open(kModels / model)).value();
    Engine engine = std::move(Engine::load(std::move(file), {.threads = 2, .packed_folder = folder})).value();
    Session session = std::move(engine.new_session({})).value();
    EXPECT_TRUE(session.prefill(std::vector<TokenId>{11, 22, 33, 44, 55}));
    return {session.logits().begin(), session.logits().end()};
  }

  std::vector<fs::path> files() const {
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(folder_)) paths.push_back(entry.path());
    return paths;
  }

  static std::string read(const fs::path& path) { return std::move(read_file(path)).value(); }

  static void write(const fs::path& path, const std::string& content) {
    fs::remove(path);  // as another program's file: a new one, since maps of the old may be alive
    std::ofstream(path, std::ios::binary) << content;
  }

  fs::path folder_;
};

TEST_F(PackedCache, IsMadeByTheFirstEngineAndServesTheNext) {
  const std::vector<float> expected = logits_with({});
  EXPECT_EQ(logits_with(folder_), expected);
  ASSERT_EQ(files().size(), 1U);
  const auto made = fs::last_write_time(files()[0]);
  EXPECT_EQ(logits_with(folder_), expected);
  ASSERT_EQ(files().size(), 1U);
  EXPECT_EQ(fs::last_write_time(files()[0]), made) << "it was made again";
}

TEST_F(PackedCache, EachModelHasItsOwn) {
  for (const char* model : {"llama-q4_1.gguf", "llama-q8_0.gguf", "llama-q6_k.gguf"}) {
    const std::vector<float> expected = logits_with({}, model);
    EXPECT_EQ(logits_with(folder_, model), expected) << model;
    EXPECT_EQ(logits_with(folder_, model), expected) << model;
  }
  EXPECT_EQ(files().size(), 3U);
}

TEST_F(PackedCache, AnotherModelsFileUnderItsNameIsNotUsed) {
  logits_with(folder_, "llama-q8_0.gguf");
  const std::string foreign = read(files()[0]);
  fs::remove_all(folder_);
  const std::vector<float> expected = logits_with(folder_);
  const fs::path path = files()[0];
  write(path, foreign);
  EXPECT_EQ(logits_with(folder_), expected);
  EXPECT_EQ(logits_with(folder_), expected);
}

TEST_F(PackedCache, TruncatedAnywhereItIsMadeAgain) {
  const std::vector<float> expected = logits_with(folder_);
  const fs::path path = files()[0];
  const std::string whole = read(path);
  for (const size_t size : {size_t{0}, size_t{1}, size_t{7}, size_t{100}, size_t{4096}, whole.size() / 2,
                            whole.size() - 4096, whole.size() - 1}) {
    write(path, whole.substr(0, size));
    EXPECT_EQ(logits_with(folder_), expected) << size;
    EXPECT_EQ(read(path), whole) << size;
  }
  write(path, whole + "x");
  EXPECT_EQ(logits_with(folder_), expected);
  EXPECT_EQ(read(path), whole);
}

TEST_F(PackedCache, AFlippedBitAnywhereIsFoundAndMendedBeforeItCounts) {
  const std::vector<float> expected = logits_with(folder_);
  const fs::path path = files()[0];
  const std::string whole = read(path);
  // Each byte of the header and table, then one in 1,009 of the weights.
  size_t mended = 0;
  for (size_t at = 0; at < whole.size(); at += at < 512 ? 13 : 1009) {
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << (at % 8)));
    write(path, flipped);
    EXPECT_EQ(logits_with(folder_), expected) << "byte " << at;
    if (read(path) == whole)
      ++mended;
    else
      EXPECT_LT(at, 4096U) << "a flipped bit among the weights stayed";
  }
  EXPECT_GT(mended, 20U);
}

TEST_F(PackedCache, WhereNoFileCanBeMadeTheWeightsStayInMemory) {
  const std::vector<float> expected = logits_with({});
  fs::create_directories(folder_);
  std::ofstream(folder_ / "file") << "not a folder";
  EXPECT_EQ(logits_with(folder_ / "file"), expected);
  EXPECT_EQ(logits_with("/proc/favilla"), expected);
}

TEST_F(PackedCache, AFullDiskIsNoError) {
  const std::vector<float> expected = logits_with({});
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{1 << 14, old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  EXPECT_EQ(logits_with(folder_), expected);
  EXPECT_TRUE(files().empty());
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
}

TEST_F(PackedCache, TwoEnginesThatMakeItAtTheSameTimeDoNotDisturbEachOther) {
  const std::vector<float> expected = logits_with({});
  std::vector<float> first, second;
  {
    const Thread a([&] { first = logits_with(folder_); });
    const Thread b([&] { second = logits_with(folder_); });
  }
  EXPECT_EQ(first, expected);
  EXPECT_EQ(second, expected);
  EXPECT_EQ(files().size(), 1U);
  EXPECT_EQ(logits_with(folder_), expected);
}

}  // namespace
}  // namespace favilla

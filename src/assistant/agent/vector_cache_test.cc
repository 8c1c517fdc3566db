#include "assistant/agent/vector_cache.h"

#include <gtest/gtest.h>

#include "base/file.h"

namespace favilla {
namespace {

class VectorCacheTest : public testing::Test {
 protected:
  VectorCacheTest() { std::filesystem::remove_all(folder_); }
  ~VectorCacheTest() override { std::filesystem::remove_all(folder_); }

  // With two vectors, kept.
  void fill() const {
    VectorCache cache = VectorCache::open(folder_, "engine");
    cache.add("one", {1, 2, 3});
    cache.add("two", {4, 5, 6});
    cache.keep();
  }
  std::string bytes() const { return read_file(folder_ / "engine").value_or(""); }
  // Whether a cache that is opened now has the text.
  bool has(std::string_view text, const std::string& engine = "engine") const {
    return VectorCache::open(folder_, engine).find(text) != nullptr;
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() /
      ("favilla_vectors_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
};

TEST_F(VectorCacheTest, AVectorIsThereAtTheNextStart) {
  fill();
  const VectorCache cache = VectorCache::open(folder_, "engine");
  ASSERT_NE(cache.find("two"), nullptr);
  EXPECT_EQ(*cache.find("two"), (std::vector<float>{4, 5, 6}));
  EXPECT_EQ(cache.find("three"), nullptr);
}

TEST_F(VectorCacheTest, AnotherEngineHasItsOwn) {
  fill();
  EXPECT_FALSE(has("one", "other"));
}

TEST_F(VectorCacheTest, ADamagedFileIsAsGoodAsNone) {
  fill();
  const std::string whole = bytes();
  ASSERT_FALSE(whole.empty());
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string changed = whole;
    changed[i] ^= 1;
    ASSERT_TRUE(write_file_atomically(folder_ / "engine", changed, Flush::kNo));
    EXPECT_FALSE(has("one")) << "byte " << i;
    ASSERT_TRUE(write_file_atomically(folder_ / "engine", whole.substr(0, i), Flush::kNo));
    EXPECT_FALSE(has("one")) << i << " bytes";
  }
}

TEST_F(VectorCacheTest, WithoutAFolderNothingIsKept) {
  VectorCache cache;
  cache.add("one", {1});
  cache.keep();
  EXPECT_NE(cache.find("one"), nullptr);
}

TEST_F(VectorCacheTest, BeginsAnewWhenItIsFull) {
  VectorCache cache;
  for (size_t i = 0; i <= kMaxKeptVectors; ++i) cache.add(std::to_string(i), {1});
  EXPECT_EQ(cache.find("0"), nullptr);
  EXPECT_NE(cache.find(std::to_string(kMaxKeptVectors)), nullptr);
}

}  // namespace
}  // namespace favilla

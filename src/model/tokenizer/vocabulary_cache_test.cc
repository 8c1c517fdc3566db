// The cache of built vocabularies: made, used, damaged, and impossible to make. Whatever the folder holds, a tokenizer
// is the one that the model file describes.
#include "model/tokenizer/vocabulary_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>

#include "model/tokenizer/test_vocabulary.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTexts[] = {"", "abcab cab", "the quick caf\xC3\xA9! \xFF", "<u>ab<|im_end|> <s>"};

class VocabularyCache : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("favilla-vocabulary-" + std::to_string(::getpid()));
    fs::remove_all(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  // Every answer of a tokenizer, in one text.
  static std::string answers(const TestVocabulary& source, const fs::path& folder) {
    const std::string bytes = source.gguf();
    const GgufFile file = std::move(GgufFile::parse(std::as_bytes(std::span(bytes)))).value();
    const Result<Tokenizer> tokenizer = Tokenizer::load(file, folder);
    if (!tokenizer) return tokenizer.error().message;
    std::string all = std::to_string(tokenizer->size());
    for (const char* text : kTexts) {
      for (const ControlTokens control : {ControlTokens::kAsText, ControlTokens::kParse}) {
        for (const TokenId id : tokenizer->encode(text, control)) {
          all += " " + std::to_string(id) + tokenizer->piece(id) + std::string(tokenizer->vocabulary_entry(id));
        }
      }
    }
    return all;
  }

  std::vector<fs::path> files() const {
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(folder_)) paths.push_back(entry.path());
    return paths;
  }

  static std::string read(const fs::path& path) { return std::move(read_file(path)).value(); }

  static void write(const fs::path& path, const std::string& content) {
    fs::remove(path);
    std::ofstream(path, std::ios::binary) << content;
  }

  fs::path folder_;
};

TEST_F(VocabularyCache, IsMadeByTheFirstStartAndServesTheNextForEachKindOfTokenizer) {
  size_t kinds = 0;
  for (const TestVocabulary& source : {small_bpe_vocabulary(), small_spm_vocabulary(), small_wordpiece_vocabulary()}) {
    const std::string expected = answers(source, {});
    EXPECT_EQ(answers(source, folder_), expected) << source.model;
    EXPECT_EQ(files().size(), ++kinds);
    for (const fs::path& path : files()) fs::last_write_time(path, fs::file_time_type(std::chrono::hours(1)));
    EXPECT_EQ(answers(source, folder_), expected) << source.model;
    for (const fs::path& path : files()) {
      EXPECT_EQ(fs::last_write_time(path), fs::file_time_type(std::chrono::hours(1))) << "it was made again";
    }
  }
}

TEST_F(VocabularyCache, AnyChangeOfTheMetadataAsksForAnother) {
  TestVocabulary source = small_bpe_vocabulary();
  answers(source, folder_);
  source.merges->pop_back();
  EXPECT_EQ(answers(source, folder_), answers(source, {}));
  source.flags.push_back({"add_bos_token", true});
  EXPECT_EQ(answers(source, folder_), answers(source, {}));
  EXPECT_EQ(files().size(), 3U);
}

TEST_F(VocabularyCache, AnotherModelsFileUnderItsNameIsNotUsed) {
  answers(small_spm_vocabulary(), folder_);
  const std::string foreign = read(files()[0]);
  fs::remove_all(folder_);
  const std::string expected = answers(small_bpe_vocabulary(), folder_);
  const fs::path path = files()[0];
  const std::string own = read(path);
  write(path, foreign);
  EXPECT_EQ(answers(small_bpe_vocabulary(), folder_), expected);
  EXPECT_EQ(read(path), own);
}

TEST_F(VocabularyCache, TruncatedAnywhereItIsMadeAgain) {
  const TestVocabulary source = small_bpe_vocabulary();
  const std::string expected = answers(source, folder_);
  const fs::path path = files()[0];
  const std::string whole = read(path);
  for (size_t size = 0; size < whole.size(); size += 61) {
    write(path, whole.substr(0, size));
    EXPECT_EQ(answers(source, folder_), expected) << size;
    EXPECT_EQ(read(path), whole) << size;
  }
  write(path, whole + std::string(4, '\0'));
  EXPECT_EQ(answers(source, folder_), expected);
  EXPECT_EQ(read(path), whole);
}

TEST_F(VocabularyCache, AFlippedBitAnywhereIsFoundAndMended) {
  const TestVocabulary source = small_spm_vocabulary();
  const std::string expected = answers(source, folder_);
  const fs::path path = files()[0];
  const std::string whole = read(path);
  for (size_t at = 0; at < whole.size(); at += at < 128 ? 1 : 37) {
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << (at % 8)));
    write(path, flipped);
    EXPECT_EQ(answers(source, folder_), expected) << "byte " << at;
    EXPECT_EQ(read(path), whole) << "byte " << at;
  }
}

TEST_F(VocabularyCache, WhatIsWrongInTheModelFileIsSaidEachTimeAndNotKept) {
  TestVocabulary source = small_bpe_vocabulary();
  source.add(source.tokens[0], 1);
  const std::string problem = answers(source, {});
  EXPECT_THAT(problem, testing::HasSubstr("the same entry"));
  for (int start = 0; start < 2; ++start) EXPECT_EQ(answers(source, folder_), problem);
  EXPECT_FALSE(fs::exists(folder_));
}

TEST_F(VocabularyCache, WhereNoFileCanBeMadeTheVocabularyIsBuiltEachTime) {
  const TestVocabulary source = small_bpe_vocabulary();
  const std::string expected = answers(source, {});
  fs::create_directories(folder_);
  std::ofstream(folder_ / "file") << "not a folder";
  EXPECT_EQ(answers(source, folder_ / "file"), expected);
  EXPECT_EQ(answers(source, "/proc/favilla"), expected);
}

TEST_F(VocabularyCache, AFullDiskIsNoError) {
  const TestVocabulary source = small_bpe_vocabulary();
  const std::string expected = answers(source, {});
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{1 << 10, old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  EXPECT_EQ(answers(source, folder_), expected);
  EXPECT_TRUE(files().empty());
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
}

}  // namespace
}  // namespace favilla

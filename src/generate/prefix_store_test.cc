// The prefix store with tiny models: what comes back is bit for bit what was computed, and no bad file is ever used.
#include "generate/prefix_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "generate/generate.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

const fs::path kModels = fs::path(FAVILLA_SOURCE_DIR) / "tests/golden/models";

constexpr const char* kWithLongHeads = "llama-q4_k.gguf";  // a q8_0 cache needs heads of 32

Engine load(const char* name, const EngineOptions& options = {.threads = 1}) {
  return std::move(Engine::load(std::move(GgufFile::open(kModels / name)).value(), options)).value();
}

std::vector<TokenId> some_ids(int count) {
  std::vector<TokenId> ids;
  for (int i = 0; i < count; ++i) ids.push_back(10 + i * 7 % 90);
  return ids;
}

std::vector<float> logits_of(const Session& session) {
  return {session.logits().begin(), session.logits().end()};
}

// A folder for the store, and what the tests do with its files.
class PrefixStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "favilla-prefix-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  void TearDown() override { fs::remove_all(folder_); }

  Session new_session(KvType type = KvType::kF16) {
    return std::move(engine_.new_session({.context_tokens = 64, .kv_type = type})).value();
  }

  // What a session that has no store says after `ids`.
  std::vector<float> expected_logits(std::span<const TokenId> ids, KvType type = KvType::kF16) {
    Session session = new_session(type);
    EXPECT_TRUE(session.prefill(ids));
    return logits_of(session);
  }

  void save(std::span<const TokenId> ids, const PrefixStore& store, KvType type = KvType::kF16) {
    Session session = new_session(type);
    ASSERT_TRUE(session.prefill(ids));
    const Result<void> saved = session.save(store, static_cast<int>(ids.size()));
    ASSERT_TRUE(saved) << saved.error().message;
  }

  std::vector<fs::path> files() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
      if (entry.is_regular_file()) found.push_back(entry.path());
    }
    return found;
  }
  fs::path only_file() const {
    EXPECT_EQ(files().size(), 1U);
    return files().at(0);
  }

  static std::string read(const fs::path& file) { return std::move(read_file(file)).value(); }
  static void write(const fs::path& file, std::string_view content) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
  }

  // That a session finds nothing to take, is none the worse for it, and the file is gone.
  void expect_refused_and_removed(const fs::path& file, std::span<const TokenId> ids, const std::vector<float>& good) {
    Session session = new_session();
    ASSERT_EQ(session.restore(store(), ids), 0);
    ASSERT_FALSE(fs::exists(file));
    ASSERT_EQ(session.prefill(ids).value(), 0);
    ASSERT_EQ(logits_of(session), good);
  }

  PrefixStore store(const PrefixLimits& limits = {}) const { return PrefixStore(folder_, limits); }

  fs::path folder_;
  Engine engine_ = load("llama-q4_1.gguf");
};

TEST_F(PrefixStoreTest, AnExactHitNeedsNoEvaluationAndGivesTheSameBits) {
  engine_ = load(kWithLongHeads);
  for (const KvType type : {KvType::kF32, KvType::kF16, KvType::kQ8_0}) {
    for (const int count : {1, 15, 16, 17, 40, 64}) {
      const std::vector<TokenId> ids = some_ids(count);
      save(ids, store(), type);
      Session session = new_session(type);
      ASSERT_EQ(session.restore(store(), ids), count);
      EXPECT_EQ(session.prefill(ids).value(), count);
      EXPECT_EQ(logits_of(session), expected_logits(ids, type));
    }
  }
}

TEST_F(PrefixStoreTest, EveryArchitectureGoesOnFromAnEntryAsFromItsOwnReading) {
  for (const char* name : {"llama-q4_1.gguf", "qwen2.gguf", "qwen3.gguf", "gemma3.gguf", "gemma3-softcap.gguf"}) {
    engine_ = load(name);
    const std::vector<TokenId> ids = some_ids(60);
    save(std::span(ids).first(37), store());
    Session session = new_session();
    ASSERT_EQ(session.restore(store(), ids), 37) << name;
    EXPECT_EQ(session.prefill(ids).value(), 37);
    EXPECT_EQ(logits_of(session), expected_logits(ids)) << name;
  }
}

TEST_F(PrefixStoreTest, AnEntryServesAPromptThatSharesOnlyItsBeginning) {
  std::vector<TokenId> ids = some_ids(50);
  save(ids, store());
  for (const size_t shared : {1U, 16U, 20U, 48U, 49U}) {
    std::vector<TokenId> other = ids;
    other[shared] += 1;
    Session session = new_session();
    ASSERT_EQ(session.restore(store(), other), static_cast<int>(shared));
    EXPECT_EQ(session.prefill(other).value(), static_cast<int>(shared));
    EXPECT_EQ(logits_of(session), expected_logits(other));
  }
  const std::span<const TokenId> beginning = std::span(ids).first(30);
  Session session = new_session();
  ASSERT_EQ(session.restore(store(), beginning), 30);
  EXPECT_EQ(session.prefill(beginning).value(), 29);  // no logits are known in the middle of an entry
  EXPECT_EQ(logits_of(session), expected_logits(beginning));
}

TEST_F(PrefixStoreTest, TheLongestCommonPrefixWinsAndAShorterOneThanHeldIsLeftAlone) {
  std::vector<TokenId> ids = some_ids(40);
  save(std::span(ids).first(10), store());
  std::vector<TokenId> other = ids;
  other[25] += 1;
  save(other, store());
  save(some_ids(5), store());
  Session session = new_session();
  EXPECT_EQ(session.restore(store(), ids), 25);
  ASSERT_TRUE(session.prefill(std::span(ids).first(30)));
  const std::vector<float> logits = logits_of(session);
  EXPECT_EQ(session.restore(store(), ids), 30);
  EXPECT_EQ(session.tokens().size(), 30U);
  EXPECT_EQ(logits_of(session), logits);
}

// What follows the prefix in the cache is the owner's, and stays out of the file.
TEST_F(PrefixStoreTest, AnEntryHoldsNothingOfWhatWasSaidAfterIt) {
  engine_ = load(kWithLongHeads);
  const std::vector<TokenId> ids = some_ids(20);
  for (const KvType type : {KvType::kF32, KvType::kF16, KvType::kQ8_0}) {
    std::vector<std::string> contents;
    for (const TokenId next : {5, 6}) {
      Session session = new_session(type);
      ASSERT_TRUE(session.prefill(ids));
      ASSERT_TRUE(session.append(next));
      ASSERT_TRUE(session.save(store(), 20));
      contents.push_back(read(only_file()));
    }
    EXPECT_EQ(contents[0], contents[1]);
    fs::remove_all(folder_);
  }
}

TEST_F(PrefixStoreTest, NoFlippedBitGoesUnnoticed) {
  const std::vector<TokenId> ids = some_ids(20);
  save(ids, store());
  const fs::path file = only_file();
  const std::string good = read(file);
  const std::vector<float> logits = expected_logits(ids);
  const auto try_flip = [&](size_t offset, int bit) {
    std::string bad = good;
    bad[offset] = static_cast<char>(bad[offset] ^ (1 << bit));
    write(file, bad);
    ASSERT_NO_FATAL_FAILURE(expect_refused_and_removed(file, ids, logits)) << "byte " << offset << ", bit " << bit;
  };
  for (size_t offset = 0; offset < 256; ++offset) try_flip(offset, static_cast<int>(offset % 8));
  for (size_t offset = 256; offset < good.size(); offset += 37) try_flip(offset, static_cast<int>(offset % 8));
  try_flip(good.size() - 1, 7);
}

TEST_F(PrefixStoreTest, ATornFileIsRemovedWhereverItEnds) {
  const std::vector<TokenId> ids = some_ids(20);
  save(ids, store());
  const fs::path file = only_file();
  const std::string good = read(file);
  const std::vector<float> logits = expected_logits(ids);
  for (size_t size = 0; size < good.size(); size += size < 256 ? 1 : 97) {
    write(file, good.substr(0, size));
    ASSERT_NO_FATAL_FAILURE(expect_refused_and_removed(file, ids, logits)) << size;
  }
  write(file, good + "x");
  expect_refused_and_removed(file, ids, logits);
  // A power failure may leave the size without the bytes.
  write(file, good.substr(0, good.size() / 2) + std::string(good.size() - good.size() / 2, '\0'));
  expect_refused_and_removed(file, ids, logits);
}

TEST_F(PrefixStoreTest, FilesOfOtherModelsVersionsAndCachesAreForeign) {
  const std::vector<TokenId> ids = some_ids(20);
  const std::vector<float> logits = expected_logits(ids);
  save(ids, store());
  const fs::path ours = only_file();
  const auto replaced_by = [&](const fs::path& theirs) {
    fs::rename(theirs, ours);
    expect_refused_and_removed(ours, ids, logits);
  };
  const auto only_other = [&] {
    for (const fs::path& file : files()) {
      if (file != ours) return file;
    }
    return fs::path();
  };
  save(ids, store(), KvType::kF32);
  replaced_by(only_other());
  Engine own = std::exchange(engine_, load("llama-q8_0.gguf"));
  save(ids, store());
  std::swap(own, engine_);
  replaced_by(only_other());
  own = std::exchange(engine_, load("llama-q4_1.gguf", {.threads = 1, .arithmetic = Arithmetic::kReference}));
  save(ids, store());
  std::swap(own, engine_);
  replaced_by(only_other());
  write(ours, "a letter to somebody");
  expect_refused_and_removed(ours, ids, logits);
}

TEST_F(PrefixStoreTest, FilesThatAreNoEntriesAreLeftAlone) {
  const std::vector<TokenId> ids = some_ids(20);
  save(ids, store());
  const fs::path folder = only_file().parent_path();
  write(folder / "0123.kv.Xa3k9Q", "half of what another process writes");
  fs::create_directory(folder / "folder.kv");
  ASSERT_EQ(::mkfifo((folder / "pipe.kv").c_str(), 0600), 0);
  Session session = new_session();
  EXPECT_EQ(session.restore(store(), ids), 20);
  save(some_ids(21), store());
  EXPECT_TRUE(fs::exists(folder / "0123.kv.Xa3k9Q"));
  // A process that was killed never renames its file.
  fs::last_write_time(folder / "0123.kv.Xa3k9Q", fs::file_time_type::clock::now() - std::chrono::hours(2));
  save(some_ids(22), store());
  EXPECT_FALSE(fs::exists(folder / "0123.kv.Xa3k9Q"));
}

TEST_F(PrefixStoreTest, AFolderThatCannotBeWrittenOrReadCostsNothingButTheHelp) {
  const std::vector<TokenId> ids = some_ids(20);
  write(folder_ / "file", "");
  const PrefixStore impossible(folder_ / "file" / "prefix");
  Session session = new_session();
  EXPECT_EQ(session.restore(impossible, ids), 0);
  ASSERT_TRUE(session.prefill(ids));
  EXPECT_FALSE(session.save(impossible, 20));
  EXPECT_EQ(impossible.size_bytes(), 0U);
  EXPECT_EQ(logits_of(session), expected_logits(ids));
}

TEST_F(PrefixStoreTest, OnAFullDiskNothingIsKeptAndNothingIsLeftBehind) {
  const std::vector<TokenId> ids = some_ids(20);
  Session session = new_session();
  ASSERT_TRUE(session.prefill(ids));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit small = before;
  small.rlim_cur = 1000;
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Result<void> saved = session.save(store(), 20);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().kind, ErrorKind::kExhausted);
  EXPECT_THAT(files(), testing::IsEmpty());
}

TEST_F(PrefixStoreTest, TheLeastRecentlyUsedEntriesGoFirst) {
  const auto at = [&](const std::vector<TokenId>& ids, int hours_ago) {
    const std::vector<fs::path> before = files();
    save(ids, store());
    for (const fs::path& file : files()) {
      if (std::find(before.begin(), before.end(), file) != before.end()) continue;
      fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::hours(hours_ago));
    }
  };
  std::vector<std::vector<TokenId>> prompts;
  for (int i = 0; i < 4; ++i) {
    prompts.push_back(some_ids(20));
    prompts.back()[0] = 100 + i;
    at(prompts.back(), 10 - i);
  }
  EXPECT_EQ(new_session().restore(store(), prompts[0]), 20);  // the oldest, and now the newest
  const uint64_t size = store().size_bytes() / 4;
  const auto kept = [&] {
    std::vector<int> shared;
    for (const std::vector<TokenId>& ids : prompts) shared.push_back(new_session().restore(store(), ids));
    return shared;
  };
  prompts.push_back(some_ids(20));
  save(prompts[4], store({.entries_per_model = 4}));
  EXPECT_THAT(kept(), testing::ElementsAre(20, 0, 20, 20, 20));
  prompts.push_back(some_ids(20));
  prompts[5][0] = 99;
  save(prompts[5], store({.total_bytes = 2 * size + size / 2}));
  EXPECT_EQ(files().size(), 2U);
  EXPECT_LE(store().size_bytes(), 2 * size + size / 2);
  EXPECT_EQ(new_session().restore(store(), prompts[5]), 20);
}

TEST_F(PrefixStoreTest, APrefixOverTheLimitOfAnEntryIsNotKept) {
  Session session = new_session();
  ASSERT_TRUE(session.prefill(some_ids(20)));
  const Result<void> saved = session.save(store({.entry_bytes = 1000}), 20);
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().kind, ErrorKind::kExhausted);
  EXPECT_THAT(saved.error().message, testing::HasSubstr("20 tokens"));
  EXPECT_THAT(files(), testing::IsEmpty());
}

TEST_F(PrefixStoreTest, APromptLongerThanTheWindowTakesWhatFits) {
  save(some_ids(60), store());
  Session session = std::move(engine_.new_session({.context_tokens = 20})).value();
  EXPECT_EQ(session.restore(store(), some_ids(60)), 20);
  EXPECT_EQ(session.prefill(some_ids(20)).value(), 19);
  EXPECT_EQ(logits_of(session), expected_logits(some_ids(20)));
}

}  // namespace
}  // namespace favilla

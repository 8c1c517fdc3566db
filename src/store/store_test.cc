// The store: what a journal's chain notices, transactions that fail, schemas of another time, damaged files.
#include "store/store.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <functional>

namespace favilla {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class StoreTest : public testing::Test {
 protected:
  StoreTest() {
    const std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
    folder_ = fs::path(FAVILLA_BINARY_DIR) / "store_test" / fmt::format("{}-{}", name, ::getpid());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    file_ = folder_ / "favilla.db";
  }
  ~StoreTest() override { fs::remove_all(folder_); }

  StoreOptions options() const { return {file_, false}; }

  // Three finished entries with a file content each: six rows.
  void write_entries() {
    Store store(options());
    for (int i = 1; i <= 3; ++i) {
      int64_t id = 0;
      ASSERT_TRUE(store.write(Durability::kFlushed, [&](StoreWriter& writer) -> Result<void> {
        const std::string sha256 = TRY(writer.put_blob(fmt::format("content {}", i)));
        id = TRY(writer.begin(Moment{}, Json{{"tool", "test"}, {"blob", sha256}}));
        return writer.set_pending(id, true);
      }));
      ASSERT_TRUE(store.write(Durability::kSoon, [&](StoreWriter& writer) -> Result<void> {
        TRY(writer.append(id, Moment{}, "done", Json::object()));
        return writer.set_pending(id, false);
      }));
    }
  }

  void edit(const char* sql) {
    const Result<Database> database = Database::open(file_, Database::Missing::kFail);
    ASSERT_TRUE(database) << database.error().message;
    const Result<void> done = database->run(sql);
    ASSERT_TRUE(done) << done.error().message;
  }

  std::vector<std::string> problems() const {
    const Result<VerifyReport> report = Store(options()).verify();
    return report ? report->problems : std::vector<std::string>{report.error().message};
  }

  fs::path folder_;
  fs::path file_;
};

TEST_F(StoreTest, AWholeJournalHasNoProblems) {
  write_entries();
  const Result<VerifyReport> report = Store(options()).verify();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->rows, 6);
  EXPECT_EQ(report->blobs, 3);
  EXPECT_EQ(report->head_hash.size(), 64U);
  EXPECT_TRUE(report->problems.empty());
}

TEST_F(StoreTest, AnAbsentDatabaseIsAnEmptyOneAndIsNotMade) {
  const Store store(options());
  EXPECT_TRUE(store.entries({})->empty());
  EXPECT_EQ(store.record("a", "b").value(), std::nullopt);
  EXPECT_TRUE(store.verify()->problems.empty());
  EXPECT_FALSE(fs::exists(file_));
}

struct Tampering {
  const char* what;
  const char* sql;
};

class TamperingTest : public StoreTest, public testing::WithParamInterface<Tampering> {};

TEST_P(TamperingTest, IsNoticed) {
  write_entries();
  edit(GetParam().sql);
  EXPECT_FALSE(problems().empty());
}

INSTANTIATE_TEST_SUITE_P(
    Journal, TamperingTest,
    testing::Values(
        Tampering{"EditedBody", "UPDATE journal SET body = '{}' WHERE seq = 3"},
        Tampering{"EditedEvent", "UPDATE journal SET event = 'failed' WHERE seq = 4"},
        Tampering{"EditedTime", "UPDATE journal SET at = 1 WHERE seq = 1"},
        Tampering{"EditedId", "UPDATE journal SET id = 3 WHERE seq = 2"},
        Tampering{"EditedLastRow", "UPDATE journal SET body = '{\"x\":1}' WHERE seq = 6"},
        Tampering{"EditedHash", "UPDATE journal SET hash = upper(hash) WHERE seq = 6"},
        Tampering{"Gap", "DELETE FROM journal WHERE seq = 3"},
        Tampering{"FirstRow", "DELETE FROM journal WHERE seq = 1"},
        Tampering{"CutTail", "DELETE FROM journal WHERE seq = 6"},
        Tampering{"CutLongTail", "DELETE FROM journal WHERE seq > 2"}, Tampering{"CutAll", "DELETE FROM journal"},
        Tampering{"Reordered",
                  "UPDATE journal SET seq = CASE seq WHEN 3 THEN -5 WHEN 5 THEN -3 END WHERE seq IN (3, 5)"},
        Tampering{"Inserted", "INSERT INTO journal SELECT 7, id, at, event, body, hash FROM journal WHERE seq = 6"},
        Tampering{"EditedContent", "UPDATE blob SET content = x'00'"},
        Tampering{"HiddenFromRecovery", "INSERT INTO journal VALUES(7, 7, 0, 'intent', '{}', 'x')"}),
    [](const auto& tampering) { return std::string(tampering.param.what); });

TEST_F(StoreTest, ACutTailStaysNoticedAfterMoreIsWritten) {
  write_entries();
  edit("DELETE FROM journal WHERE seq > 4");
  write_entries();
  ASSERT_FALSE(problems().empty());
  EXPECT_THAT(problems().front(), HasSubstr("2 rows are missing at the end"));
}

TEST_F(StoreTest, AMarkThatIsGoneIsNoticed) {
  write_entries();
  fs::remove(file_.string() + ".mark");
  EXPECT_THAT(problems().front(), HasSubstr("the mark of the journal's end is gone"));
}

TEST_F(StoreTest, AMarkThatIsBehindIsWhatAKilledProcessLeaves) {
  write_entries();
  const std::string mark = file_.string() + ".mark";
  fs::copy(mark, mark + ".old");
  write_entries();
  fs::rename(mark + ".old", mark);
  EXPECT_TRUE(problems().empty());
}

TEST_F(StoreTest, RowsThatAPowerFailureTookAreNotedAndNoProblem) {
  write_entries();
  const std::string mark_path = file_.string() + ".mark";
  JournalMark mark = *read_mark(mark_path).value();
  mark.boot = "another";
  ASSERT_TRUE(write_mark(mark_path, mark));
  edit("DELETE FROM journal WHERE seq = 6");  // written with kSoon
  const Result<VerifyReport> report = Store(options()).verify();
  EXPECT_THAT(report->notes.front(), HasSubstr("had not reached the disk"));
  edit("DELETE FROM journal WHERE seq = 5");  // had been flushed
  EXPECT_FALSE(problems().empty());
}

TEST_F(StoreTest, AFailedTransactionLeavesNothing) {
  write_entries();
  Store store(options());
  EXPECT_FALSE(store.write(Durability::kFlushed, [](StoreWriter& writer) -> Result<void> {
    TRY(writer.begin(Moment{}, Json::object()));
    TRY(writer.set_record("a", "b", Json(1)));
    return Error{ErrorKind::kBusy, "changed"};
  }));
  EXPECT_EQ(store.record("a", "b").value(), std::nullopt);
  EXPECT_EQ(store.entries({})->size(), 3U);
  EXPECT_TRUE(problems().empty());
}

TEST_F(StoreTest, ANewerSchemaIsReadAndNotWritten) {
  write_entries();
  edit("PRAGMA user_version = 99");
  Store store(options());
  EXPECT_EQ(store.entries({})->size(), 3U);
  const Result<void> written = store.write(Durability::kSoon, [](StoreWriter&) -> Result<void> { return {}; });
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::kUnsupported);
  EXPECT_THAT(written.error().message, HasSubstr("newer Favilla (schema 99"));
}

TEST_F(StoreTest, AFileThatIsNoDatabaseOrAnotherProgramsIsRefused) {
  std::ofstream(file_) << std::string(5000, 'x');
  EXPECT_EQ(Store(options()).entries({}).error().kind, ErrorKind::kCorrupt);
  fs::remove(file_);
  {
    const Result<Database> other = Database::open(file_, Database::Missing::kCreate);
    ASSERT_TRUE(other->run("CREATE TABLE theirs(x)"));
  }
  Store store(options());
  EXPECT_THAT(store.write(Durability::kSoon, [](StoreWriter&) -> Result<void> { return {}; }).error().message,
              HasSubstr("another program"));
}

TEST_F(StoreTest, OneProcessWritesAtATime) {
  const Store first(options());
  const Store second(options());
  CancelFlag cancel;
  const Result<StoreLock> held = first.lock(cancel);
  ASSERT_TRUE(held);
  cancel.request();
  EXPECT_EQ(second.lock(cancel).error().kind, ErrorKind::kCancelled);
}

TEST_F(StoreTest, EveryTruncationOfTheFileIsAnErrorAndNoCrash) {
  write_entries();
  edit("PRAGMA wal_checkpoint(TRUNCATE)");
  const uintmax_t size = fs::file_size(file_);
  for (uintmax_t cut = size; cut > 0; cut -= std::min<uintmax_t>(cut, 997)) {
    fs::resize_file(file_, cut);
    (void)Store(options()).verify();
    (void)Store(options()).entries({});
  }
}

}  // namespace
}  // namespace favilla

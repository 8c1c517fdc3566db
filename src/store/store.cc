// The lock, transactions, and queries.
#include "store/store.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/sha256.h"
#include "store/schema.h"

namespace favilla {
namespace {

constexpr auto kLockWait = std::chrono::seconds(10);
constexpr auto kLockPoll = std::chrono::milliseconds(2);

constexpr const char* kEntryColumns =
    "SELECT a.id, a.at, a.body, b.event, b.body FROM journal a JOIN journal b ON b.seq = (SELECT max(seq) FROM journal "
    "c "
    "WHERE c.id = a.id) WHERE a.seq = a.id AND a.event <> 'break'";

Result<JournalEntry> entry_of(const Statement& row) {
  JournalEntry entry;
  entry.id = row.integer(0);
  entry.at = Moment{std::chrono::milliseconds{row.integer(1)}};
  entry.intent = TRY(parse_json(row.text(2)));
  entry.state = row.text(3);
  entry.end = TRY(parse_json(row.text(4)));
  return entry;
}

Result<std::vector<JournalEntry>> entries_of(Statement rows) {
  std::vector<JournalEntry> entries;
  while (TRY(rows.step())) {
    Result<JournalEntry> entry = entry_of(rows);
    if (!entry) {
      return Error{ErrorKind::kCorrupt, fmt::format("entry {} of the journal is damaged (`favilla journal verify` says "
                                                    "more)",
                                                    rows.integer(0))};
    }
    entries.push_back(std::move(*entry));
  }
  return entries;
}

}  // namespace

Result<int64_t> StoreWriter::begin(Moment at, const Json& intent) {
  return append_row(database_, head_, 0, at, "intent", intent);
}

Result<void> StoreWriter::append(int64_t id, Moment at, std::string_view event, const Json& body) {
  TRY(append_row(database_, head_, id, at, event, body));
  return {};
}

Result<std::string> StoreWriter::put_blob(std::string_view content) {
  Sha256 hash;
  hash.update(std::as_bytes(std::span(content)));
  std::string hex = hash.hex();
  TRY(database_.run("INSERT INTO blob(sha256, content) VALUES(?, ?) ON CONFLICT DO NOTHING",
                    {std::string_view(hex), SqlBlob{content}}));
  return hex;
}

Result<void> StoreWriter::set_record(std::string_view collection, std::string_view key,
                                     const std::optional<Json>& value) {
  if (!value) return database_.run("DELETE FROM record WHERE collection = ? AND key = ?", {collection, key});
  const std::string text = to_json_text(*value);
  return database_.run("INSERT OR REPLACE INTO record(collection, key, value) VALUES(?, ?, ?)",
                       {collection, key, std::string_view(text)});
}

Result<void> StoreWriter::set_pending(int64_t id, bool pending) {
  return database_.run(pending ? "INSERT OR IGNORE INTO pending(id) VALUES(?)" : "DELETE FROM pending WHERE id = ?",
                       {id});
}

std::filesystem::path Store::mark_path() const {
  return options_.file.string() + ".mark";
}

Result<const Database*> Store::reader() const {
  if (database_) return &*database_;
  std::error_code code;
  if (!std::filesystem::exists(options_.file, code)) return static_cast<const Database*>(nullptr);
  Database opened = TRY(Database::open(options_.file, Database::Missing::kFail));
  // A process that was killed while it made the file leaves one without tables.
  if (TRY(stored_schema_version(opened).context(options_.file.string())) == 0) {
    return static_cast<const Database*>(nullptr);
  }
  database_ = std::move(opened);
  return &*database_;
}

Result<const Database*> Store::writer() {
  if (database_ && migrated_) return &*database_;
  if (!database_) {
    TRY(make_private_folder(options_.file.parent_path()));
    database_ = TRY(Database::open(options_.file, Database::Missing::kCreate));
  }
  TRY(migrate(*database_).context(options_.file.string()));
  migrated_ = true;
  if (!options_.flush) TRY(database_->run("PRAGMA synchronous = OFF"));
  return &*database_;
}

Result<std::optional<Json>> Store::record(std::string_view collection, std::string_view key) const {
  const Database* database = TRY(reader());
  if (database == nullptr) return std::optional<Json>();
  const auto text =
      TRY(database->find_text("SELECT value FROM record WHERE collection = ? AND key = ?", {collection, key}));
  if (!text) return std::optional<Json>();
  return std::optional<Json>(TRY(parse_json(*text).context(fmt::format("record {} {}", collection, key))));
}

Result<std::vector<std::pair<std::string, Json>>> Store::records(std::string_view collection) const {
  std::vector<std::pair<std::string, Json>> found;
  const Database* database = TRY(reader());
  if (database == nullptr) return found;
  Statement rows =
      TRY(database->prepare("SELECT key, value FROM record WHERE collection = ? ORDER BY key", {collection}));
  while (TRY(rows.step())) {
    Json value = TRY(parse_json(rows.text(1)).context(fmt::format("record {} {}", collection, rows.text(0))));
    found.emplace_back(rows.text(0), std::move(value));
  }
  return found;
}

Result<std::optional<JournalEntry>> Store::entry(int64_t id) const {
  const Database* database = TRY(reader());
  if (database == nullptr) return std::optional<JournalEntry>();
  Statement rows = TRY(database->prepare(fmt::format("{} AND a.id = ?", kEntryColumns).c_str(), {id}));
  std::vector<JournalEntry> found = TRY(entries_of(std::move(rows)));
  if (found.empty()) return std::optional<JournalEntry>();
  return std::optional<JournalEntry>(std::move(found.front()));
}

Result<std::vector<JournalEntry>> Store::entries(const JournalQuery& query) const {
  const Database* database = TRY(reader());
  if (database == nullptr) return std::vector<JournalEntry>();
  const std::string sql = fmt::format("{} AND a.at >= ? AND a.id < ? ORDER BY a.id DESC LIMIT ?", kEntryColumns);
  const int64_t since_ms = query.since ? query.since->time_since_epoch().count() : INT64_MIN;
  Statement rows = TRY(database->prepare(sql.c_str(), {since_ms, query.before_id.value_or(INT64_MAX), query.limit}));
  return entries_of(std::move(rows));
}

Result<std::vector<int64_t>> Store::pending() const {
  std::vector<int64_t> ids;
  const Database* database = TRY(reader());
  if (database == nullptr) return ids;
  Statement rows = TRY(database->prepare("SELECT id FROM pending ORDER BY id"));
  while (TRY(rows.step())) ids.push_back(rows.integer(0));
  return ids;
}

Result<std::string> Store::blob(std::string_view sha256) const {
  const Database* database = TRY(reader());
  std::optional<std::string> content;
  if (database != nullptr) {
    content = TRY(database->find_text("SELECT content FROM blob WHERE sha256 = ?", {sha256}));
  }
  if (content) return *content;
  return Error{ErrorKind::kNotFound, fmt::format("the journal has lost the file content {}", sha256)};
}

Result<VerifyReport> Store::verify() const {
  const Database* database = TRY(reader());
  if (database != nullptr) return verify_journal(*database, mark_path());
  VerifyReport report;
  const std::optional<JournalMark> mark = TRY(read_mark(mark_path()));
  if (mark && mark->head.rows > 0) {
    report.problems.push_back(fmt::format("{} is gone; it had {} rows", options_.file.string(), mark->head.rows));
  }
  return report;
}

Result<StoreLock> Store::lock(const CancelFlag& cancel) const {
  TRY(make_private_folder(options_.file.parent_path()));
  const auto deadline = std::chrono::steady_clock::now() + kLockWait;
  while (true) {
    Result<FileLock> lock = FileLock::try_acquire(options_.file.string() + ".lock");
    if (lock) return StoreLock(std::move(*lock));
    if (lock.error().kind != ErrorKind::kBusy || std::chrono::steady_clock::now() > deadline) return lock.error();
    if (cancel.requested()) return Error{ErrorKind::kCancelled, "stopped while waiting for another favilla"};
    std::this_thread::sleep_for(kLockPoll);
  }
}

// The head to append to. If rows have gone since the mark was written, a row says so for ever: without it, the next
// mark would cover the gap.
Result<JournalHead> Store::checked_head(const Database& database, Moment now) {
  JournalHead head = TRY(read_head(database));
  const Result<std::optional<JournalMark>> mark = read_mark(mark_path());
  if (!mark && mark.error().kind != ErrorKind::kCorrupt) return mark.error();
  const MarkVerdict verdict = mark ? TRY(check_mark(database, *mark)) : MarkVerdict{false, mark.error().message};
  if (!verdict.holds) TRY(append_row(database, head, 0, now, "break", Json{{"why", verdict.why}}));
  if (mark && *mark) flushed_rows_ = std::max(flushed_rows_, std::min((*mark)->flushed, head.rows));
  // Before the first row, so that a mark that is absent later has been taken away.
  if (mark && !*mark && head.rows == 0) TRY(write_mark(mark_path(), {head, 0, boot_id()}));
  return head;
}

Result<void> Store::run_transaction(const Database& database, Durability durability,
                                    const std::function<Result<void>(StoreWriter&)>& body) {
  if (options_.flush) {
    TRY(database.run(durability == Durability::kFlushed ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL"));
  }
  TRY(database.run("BEGIN IMMEDIATE"));
  StoreWriter writer(database, TRY(checked_head(database, SystemClock().now())));
  TRY(body(writer));
  TRY(database.run("COMMIT"));
  if (durability == Durability::kFlushed) flushed_rows_ = writer.head_.rows;
  if (boot_id_.empty()) boot_id_ = boot_id();
  // Committed: a mark that stays behind says less, not something wrong.
  (void)write_mark(mark_path(), {writer.head_, flushed_rows_, boot_id_});
  return {};
}

Result<void> Store::write(Durability durability, const std::function<Result<void>(StoreWriter&)>& body) {
  const Database* database = TRY(writer());
  Result<void> done = run_transaction(*database, durability, body);
  if (!done) {
    // Closing forgets the transaction. What a failed commit left in the log is read again, as another process would.
    database_.reset();
    migrated_ = false;
  }
  return done;
}

}  // namespace favilla

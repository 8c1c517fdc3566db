// The lock, transactions, and queries.
#include "store/store.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

#include "base/sha256.h"
#include "store/schema.h"

namespace favilla {
namespace {

constexpr auto kLockWait = std::chrono::seconds(10);
constexpr int64_t kCommonWord = 500;  // facts that have it
constexpr auto kLockPoll = std::chrono::milliseconds(2);

constexpr const char* kEntryColumns =
    "SELECT a.id, a.at, a.body, b.event, b.body FROM journal a JOIN journal b ON b.seq = (SELECT max(seq) FROM journal "
    "c "
    "WHERE c.id = a.id) WHERE a.seq = a.id AND a.event <> 'break'";

// One string of the query's syntax, so that no word is an operator.
std::string quoted_for_search(std::string_view word) {
  std::string quoted = "\"";
  for (const char letter : word) quoted += letter == '"' ? std::string("\"\"") : std::string(1, letter);
  return quoted + "\"";
}

std::string sha256_hex(std::string_view content) {
  Sha256 hash;
  hash.update(std::as_bytes(std::span(content)));
  return hash.hex();
}

// Puts the sealed part's keys into the intent.
Result<void> unseal(const Database& database, JournalEntry& entry) {
  if (!entry.intent.is_object() || !entry.intent.contains("sealed")) return {};
  const auto text = TRY(database.find_text("SELECT content FROM sealed WHERE id = ?", {entry.id}));
  if (!text) {
    entry.intent["erased"] = true;
    entry.intent["reply"] = "(forgotten)";
    return {};
  }
  const Json part = TRY(parse_json(*text));
  if (!part.is_object()) return Error{ErrorKind::kCorrupt, "a sealed part is damaged"};
  entry.intent.update(part);
  entry.intent.erase("salt");
  entry.intent.erase("sealed");
  return {};
}

Result<JournalEntry> entry_of(const Database& database, const Statement& row) {
  JournalEntry entry;
  entry.id = row.integer(0);
  entry.at = Moment{std::chrono::milliseconds{row.integer(1)}};
  entry.intent = TRY(parse_json(row.text(2)));
  entry.state = row.text(3);
  entry.end = TRY(parse_json(row.text(4)));
  TRY(unseal(database, entry));
  return entry;
}

Result<std::vector<JournalEntry>> entries_of(const Database& database, Statement rows) {
  std::vector<JournalEntry> entries;
  while (TRY(rows.step())) {
    Result<JournalEntry> entry = entry_of(database, rows);
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

// The salt keeps what was erased from being guessed by its hash.
Result<int64_t> StoreWriter::begin_sealed(Moment at, Json intent, const SealedPart& part) {
  Json content = part.content;
  std::random_device random;
  content["salt"] = fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
  const std::string text = to_json_text(content);
  intent["sealed"] = sha256_hex(text);
  const int64_t id = TRY(begin(at, intent));
  TRY(database_.run("INSERT INTO sealed(id, content) VALUES(?, ?)", {id, std::string_view(text)}));
  for (const std::string& topic : part.topics) {
    TRY(database_.run("INSERT OR IGNORE INTO sealed_topic(topic, id) VALUES(?, ?)", {std::string_view(topic), id}));
  }
  return id;
}

Result<void> StoreWriter::set_erasure(std::string_view topic, std::optional<Moment> due) {
  if (!due) return database_.run("DELETE FROM erasure WHERE topic = ?", {topic});
  return database_.run("INSERT OR REPLACE INTO erasure(topic, due) VALUES(?, ?)",
                       {topic, int64_t{due->time_since_epoch().count()}});
}

Result<void> StoreWriter::set_memory_vector(std::string_view key, std::string_view model, std::string_view bytes) {
  return database_.run(
      "INSERT OR REPLACE INTO memory_vector(key, model, vector) SELECT CAST(key AS INTEGER), ?, ? FROM record WHERE "
      "collection = 'memory' AND key = ?",
      {model, SqlBlob{bytes}, key});
}

Result<void> StoreWriter::append(int64_t id, Moment at, std::string_view event, const Json& body) {
  TRY(append_row(database_, head_, id, at, event, body));
  return {};
}

Result<std::string> StoreWriter::put_blob(std::string_view content) {
  std::string hex = sha256_hex(content);
  TRY(database_.run("INSERT INTO blob(sha256, content) VALUES(?, ?) ON CONFLICT DO NOTHING",
                    {std::string_view(hex), SqlBlob{content}}));
  return hex;
}

Result<void> StoreWriter::set_record(std::string_view collection, std::string_view key,
                                     const std::optional<Json>& value) {
  if (collection == "memory") TRY(index_memory(key, value));
  if (!value) return database_.run("DELETE FROM record WHERE collection = ? AND key = ?", {collection, key});
  const std::string text = to_json_text(*value);
  return database_.run("INSERT OR REPLACE INTO record(collection, key, value) VALUES(?, ?, ?)",
                       {collection, key, std::string_view(text)});
}

// What is derived from a fact changes and goes with it. A trigger could not do it: in a trigger SQLite 3.40 takes
// json_extract for unsafe.
Result<void> StoreWriter::index_memory(std::string_view key, const std::optional<Json>& value) {
  TRY(database_.run("DELETE FROM memory_words WHERE rowid = CAST(? AS INTEGER)", {key}));
  TRY(database_.run("DELETE FROM memory_vector WHERE key = CAST(? AS INTEGER)", {key}));
  if (!value || !value->is_object() || !value->contains("text") || !(*value)["text"].is_string()) return {};
  return database_.run("INSERT INTO memory_words(rowid, text) VALUES(CAST(? AS INTEGER), ?)",
                       {key, std::string_view((*value)["text"].get_ref<const std::string&>())});
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
  std::vector<JournalEntry> found = TRY(entries_of(*database, std::move(rows)));
  if (found.empty()) return std::optional<JournalEntry>();
  return std::optional<JournalEntry>(std::move(found.front()));
}

Result<std::vector<JournalEntry>> Store::entries(const JournalQuery& query) const {
  const Database* database = TRY(reader());
  if (database == nullptr) return std::vector<JournalEntry>();
  const std::string sql = fmt::format("{} AND a.at >= ? AND a.id < ? ORDER BY a.id DESC LIMIT ?", kEntryColumns);
  const int64_t since_ms = query.since ? query.since->time_since_epoch().count() : INT64_MIN;
  Statement rows = TRY(database->prepare(sql.c_str(), {since_ms, query.before_id.value_or(INT64_MAX), query.limit}));
  return entries_of(*database, std::move(rows));
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

Result<bool> Store::has_due_erasure(Moment now) const {
  const Database* database = TRY(reader());
  if (database == nullptr || TRY(stored_schema_version(*database)) != schema_version()) return false;
  const int64_t now_ms = now.time_since_epoch().count();
  return TRY(database->find_integer("SELECT 1 FROM erasure WHERE due <= ? LIMIT 1", {now_ms})).has_value();
}

Result<void> Store::erase_due(Moment now) {
  if (!TRY(has_due_erasure(now))) return {};
  const int64_t now_ms = now.time_since_epoch().count();
  const Result<void> erased = write(Durability::kFlushed, [&](StoreWriter& writer) -> Result<void> {
    const Database& database = writer.database_;
    TRY(
        database.run("DELETE FROM sealed WHERE id IN (SELECT id FROM sealed_topic WHERE topic IN "
                     "(SELECT topic FROM erasure WHERE due <= ?))",
                     {now_ms}));
    TRY(database.run("DELETE FROM sealed_topic WHERE id NOT IN (SELECT id FROM sealed)"));
    // Removed rows leave their words in the index until it is made anew.
    return database.run("INSERT INTO memory_words(memory_words) VALUES('rebuild')");
  });
  if (!erased) return erased;
  // Pages keep old copies of rows that moved, so the file is written anew. Not through a temporary file on the disk.
  TRY(database_->run("PRAGMA temp_store = MEMORY"));
  TRY(database_->run("VACUUM"));
  if (TRY(database_->find_integer("PRAGMA wal_checkpoint(TRUNCATE)")).value_or(1) != 0) return {};  // a reader: later
  return write(Durability::kFlushed, [&](StoreWriter& writer) {
    return writer.database_.run("DELETE FROM erasure WHERE due <= ?", {now_ms});
  });
}

Result<bool> Store::has_memories() const {
  const Database* database = TRY(reader());
  if (database == nullptr) return false;
  return TRY(database->find_integer("SELECT 1 FROM record WHERE collection = 'memory' LIMIT 1")).has_value();
}

Result<std::vector<std::pair<std::string, Json>>> Store::memories_with_words(const std::vector<std::string>& words,
                                                                             size_t limit) const {
  std::vector<std::pair<std::string, Json>> found;
  if (words.empty() || !TRY(has_memories())) return found;
  const Database* database = TRY(reader());
  // To rank is to look at every match, so words that many facts have count only when there is no other; then newer
  // facts are better.
  std::string rare;
  std::string all;
  for (const std::string& word : words) {
    const std::string quoted = quoted_for_search(word);
    const std::string_view or_else = all.empty() ? "" : " OR ";
    all += fmt::format("{}{}", or_else, quoted);
    const auto matches = TRY(
        database->find_integer("SELECT count(*) FROM (SELECT 1 FROM memory_words WHERE memory_words MATCH ? LIMIT ?)",
                               {std::string_view(quoted), kCommonWord}));
    if (matches.value_or(0) < kCommonWord) rare += fmt::format("{}{}", rare.empty() ? "" : " OR ", quoted);
  }
  const std::string sql = fmt::format(
      "SELECT record.key, record.value FROM memory_words JOIN record ON record.collection = 'memory' AND record.key = "
      "CAST(memory_words.rowid AS TEXT) WHERE memory_words MATCH ? ORDER BY {} LIMIT ?",
      rare.empty() ? "memory_words.rowid DESC" : "bm25(memory_words)");
  Statement rows =
      TRY(database->prepare(sql.c_str(), {std::string_view(rare.empty() ? all : rare), static_cast<int64_t>(limit)}));
  while (TRY(rows.step())) {
    Json value = TRY(parse_json(rows.text(1)).context(fmt::format("record memory {}", rows.text(0))));
    found.emplace_back(rows.text(0), std::move(value));
  }
  return found;
}

Result<void> Store::read_memory_vectors(std::string_view model,
                                        const std::function<void(int64_t key, std::string_view bytes)>& take) const {
  if (!TRY(has_memories())) return {};
  const Database* database = TRY(reader());
  Statement rows = TRY(database->prepare("SELECT key, vector FROM memory_vector WHERE model = ?", {model}));
  while (TRY(rows.step())) take(rows.integer(0), rows.bytes(1));
  return {};
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

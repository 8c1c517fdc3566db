// Forward-only migrations: a step is never edited once it was released, only followed by another.
#include "store/schema.h"

#include <fmt/format.h>

#include <iterator>

namespace favilla {
namespace {

constexpr int64_t kApplicationId = 0x46415649;  // "FAVI", so that file(1) and other programs know whose file it is

// Each step is a list of statements that ends with nullptr.
constexpr const char* kFirstTables[] = {
    // Rows are only ever added. `id` is the seq of the intent that the row belongs to, `at` milliseconds since 1970,
    // `hash` chains the row to the one before (journal.h).
    "CREATE TABLE journal(seq INTEGER PRIMARY KEY, id INTEGER NOT NULL, at INTEGER NOT NULL, event TEXT NOT NULL, "
    "body TEXT NOT NULL, hash TEXT NOT NULL) STRICT",
    "CREATE INDEX journal_by_id ON journal(id, seq)",
    // Contents of files before and after a change.
    "CREATE TABLE blob(sha256 TEXT PRIMARY KEY, content BLOB NOT NULL) STRICT",
    // What has no open file format.
    "CREATE TABLE record(collection TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, "
    "PRIMARY KEY(collection, key)) STRICT, WITHOUT ROWID",
    // Intents whose end, or whose temporary files, recovery has to look at.
    "CREATE TABLE pending(id INTEGER PRIMARY KEY) STRICT", nullptr};

// What the owner tells to be remembered, so that it can be forgotten to the last byte.
constexpr const char* kMemoryTables[] = {
    // The part of an entry of the journal that can be erased: the journal's own row has only its hash. `topic` names a
    // record that the part is about.
    "CREATE TABLE sealed(id INTEGER PRIMARY KEY, content TEXT NOT NULL) STRICT",
    "CREATE TABLE sealed_topic(topic TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY(topic, id)) STRICT, WITHOUT ROWID",
    // Topics to erase, from milliseconds since 1970.
    "CREATE TABLE erasure(topic TEXT PRIMARY KEY, due INTEGER NOT NULL) STRICT",
    // The words of the facts, kept by StoreWriter::set_record. A fact's key is a number in digits, and the row's.
    "CREATE VIRTUAL TABLE memory_words USING fts5(text, tokenize = 'porter unicode61 remove_diacritics 2')",
    "CREATE TABLE memory_vector(key INTEGER PRIMARY KEY, model TEXT NOT NULL, vector BLOB NOT NULL) STRICT", nullptr};

constexpr const char* const* kMigrations[] = {kFirstTables, kMemoryTables};

Result<void> run_migrations(const Database& database, int64_t from) {
  for (int64_t step = from; step < schema_version(); ++step) {
    for (const char* const* sql = kMigrations[step]; *sql != nullptr; ++sql) TRY(database.run(*sql));
  }
  TRY(database.run(fmt::format("PRAGMA application_id = {}", kApplicationId).c_str()));
  return database.run(fmt::format("PRAGMA user_version = {}", schema_version()).c_str());
}

}  // namespace

int64_t schema_version() {
  return std::ssize(kMigrations);
}

Result<int64_t> stored_schema_version(const Database& database) {
  const int64_t version = TRY(database.find_integer("PRAGMA user_version")).value_or(0);
  const int64_t application = TRY(database.find_integer("PRAGMA application_id")).value_or(0);
  const bool is_new = version == 0 && TRY(database.find_integer("SELECT count(*) FROM sqlite_schema")).value_or(0) == 0;
  if (!is_new && application != kApplicationId) {
    return Error{ErrorKind::kCorrupt, "this is a database of another program"};
  }
  return version;
}

Result<void> migrate(const Database& database) {
  if (TRY(stored_schema_version(database)) == schema_version()) return {};
  TRY(database.run("BEGIN IMMEDIATE"));
  // Again inside the transaction: another process may have been faster.
  const Result<int64_t> version = stored_schema_version(database);
  Result<void> done = version ? Result<void>() : Result<void>(version.error());
  if (done && *version > schema_version()) {
    done =
        Error{ErrorKind::kUnsupported, fmt::format("it was written by a newer Favilla (schema {}, this one knows {}): "
                                                   "update Favilla to change anything",
                                                   *version, schema_version())};
  } else if (done) {
    done = run_migrations(database, *version);
  }
  if (done) done = database.run("COMMIT");
  if (!done) (void)database.run("ROLLBACK");  // the first error is the one to tell
  return done;
}

}  // namespace favilla

// store: favilla.db, which holds the journal, the records, and the contents of files before and after a change.
//
//   Store store({.file = paths.data / "favilla.db"});        // opens nothing yet
//   StoreLock lock = TRY(store.lock(cancel));                 // one process writes at a time
//   int64_t id = 0;
//   TRY(store.write(Durability::kFlushed, [&](StoreWriter& writer) -> Result<void> {
//     id = TRY(writer.begin(now, {{"tool", "lists"}}));
//     return writer.set_record("timer", "tea", Json{{"ends", 5}});
//   }));
//
// Reading needs no lock and no file: an absent database is an empty one. Thread rule: one thread at a time.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/result.h"
#include "store/journal.h"  // IWYU pragma: export
#include "store/sqlite.h"

namespace favilla {

struct StoreOptions {
  std::filesystem::path file;
  bool flush = true;  // false: only a running computer keeps what was written. For measuring and for tests.
};

// kFlushed: on the disk when write() returns. kSoon: a killed process loses nothing, a power failure may.
enum class Durability { kFlushed, kSoon };

// One entry of the journal: all rows with its id.
struct JournalEntry {
  int64_t id = 0;
  Moment at;
  // Body of its first row, with the sealed part; {"erased": true, ...} where that part has been erased.
  Json intent;
  std::string state;  // event of its last row: "intent", "calling", "done", "failed", "unsure", "undone"
  Json end;           // body of its last row
};

struct JournalQuery {
  std::optional<Moment> since = std::nullopt;
  std::optional<int64_t> before_id = std::nullopt;  // older entries only
  int64_t limit = 50;
};

// Held while an action is on its way, so that an entry without an end belongs to a process that died.
class StoreLock {
 private:
  friend class Store;
  explicit StoreLock(FileLock lock) : lock_(std::move(lock)) {}
  FileLock lock_;
};

// The part of an entry's intent that can be erased later. It lies beside the journal, whose row has only its hash, so
// that the chain still holds when the part is gone.
struct SealedPart {
  Json content = Json::object();    // its keys become keys of JournalEntry::intent
  std::vector<std::string> topics;  // what it is about: erasing one of them erases the part
};

// What a transaction may do.
class StoreWriter {
 public:
  Result<int64_t> begin(Moment at, const Json& intent);  // a new entry; returns its id
  Result<int64_t> begin_sealed(Moment at, Json intent, const SealedPart& part);
  Result<void> append(int64_t id, Moment at, std::string_view event, const Json& body);

  // Returns the content's sha256, under which Store::blob finds it.
  Result<std::string> put_blob(std::string_view content);

  // nullopt removes it.
  Result<void> set_record(std::string_view collection, std::string_view key, const std::optional<Json>& value);

  // From `due` on Store::erase_due erases the sealed parts about a topic. nullopt: not any more.
  Result<void> set_erasure(std::string_view topic, std::optional<Moment> due);

  // What a model makes of the fact with this key; nothing when there is no such fact. Goes with the fact.
  Result<void> set_memory_vector(std::string_view key, std::string_view model, std::string_view bytes);

  // Whether recovery has to look at the entry.
  Result<void> set_pending(int64_t id, bool pending);

 private:
  friend class Store;
  Result<void> index_memory(std::string_view key, const std::optional<Json>& value);
  StoreWriter(const Database& database, JournalHead head) : database_(database), head_(std::move(head)) {}
  const Database& database_;
  JournalHead head_;
};

class Store {
 public:
  explicit Store(StoreOptions options) : options_(std::move(options)) {}

  Result<std::optional<Json>> record(std::string_view collection, std::string_view key) const;
  Result<std::vector<std::pair<std::string, Json>>> records(std::string_view collection) const;

  Result<std::optional<JournalEntry>> entry(int64_t id) const;
  Result<std::vector<JournalEntry>> entries(const JournalQuery& query) const;  // newest first
  Result<std::vector<int64_t>> pending() const;                                // oldest first
  Result<std::string> blob(std::string_view sha256) const;                     // kNotFound
  Result<VerifyReport> verify() const;

  // Waits up to ten seconds for another process; kBusy after that, kCancelled when the flag is set.
  Result<StoreLock> lock(const CancelFlag& cancel) const;

  // Runs `body` in a transaction. The caller holds the lock. When the commit fails, what is in the file decides: ask
  // entry() before assuming that nothing was written.
  Result<void> write(Durability durability, const std::function<Result<void>(StoreWriter&)>& body);

  // Erases the sealed parts whose topics are due, and every trace of what was removed since: the database is written
  // anew and its log emptied, so no deleted byte is left in either. The caller holds the lock. Cheap when nothing is
  // due. When it fails the topics stay due.
  Result<void> erase_due(Moment now);
  Result<bool> has_due_erasure(Moment now) const;

  // The records of the collection "memory" that have one of the words, best first.
  Result<std::vector<std::pair<std::string, Json>>> memories_with_words(const std::vector<std::string>& words,
                                                                        size_t limit) const;

  // `bytes` is valid during the call only.
  Result<void> read_memory_vectors(std::string_view model,
                                   const std::function<void(int64_t key, std::string_view bytes)>& take) const;

  bool flushes() const { return options_.flush; }

 private:
  Result<const Database*> reader() const;  // nullptr: there is nothing to read
  Result<const Database*> writer();
  Result<bool> has_memories() const;
  Result<JournalHead> checked_head(const Database& database, Moment now);
  Result<void> run_transaction(const Database& database, Durability durability,
                               const std::function<Result<void>(StoreWriter&)>& body);
  std::filesystem::path mark_path() const;

  StoreOptions options_;
  mutable std::optional<Database> database_;  // opened by the first use
  bool migrated_ = false;
  int64_t flushed_rows_ = 0;
  std::string boot_id_;
};

}  // namespace favilla

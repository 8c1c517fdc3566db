// The journal's chain: rows that are only added, each with a hash over the one before.
//
//   hash = SHA-256(hash of the row before, "\n", {"seq":S,"id":I,"at":MS,"event":"E","body":BODY})   in lower-case hex
//
// where BODY is the stored text and the first row follows 64 zeros. So an edited, missing, inserted or reordered row is
// found by recomputing. A cut tail is found by the mark, a small file beside the database with the last row's number
// and hash.
// What this cannot notice: somebody who may write both files can compute a new chain. It is evidence against accidents,
// bugs and other programs, not against the owner.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "store/sqlite.h"

namespace favilla {

// The last row; `rows` 0 for an empty journal.
struct JournalHead {
  int64_t rows = 0;
  std::string hash = std::string(64, '0');
};

Result<JournalHead> read_head(const Database& database);

// Adds a row and moves `head` to it. `id` 0 makes the row the first of a new entry. Returns the entry's id.
Result<int64_t> append_row(const Database& database, JournalHead& head, int64_t id, Moment at, std::string_view event,
                           const Json& body);

// What the mark says. Rows up to `flushed` had reached the disk when it was written.
struct JournalMark {
  JournalHead head;
  int64_t flushed = 0;
  std::string boot;  // which start of the computer
};

// nullopt: no file, or an empty one. kCorrupt when it is not a mark.
Result<std::optional<JournalMark>> read_mark(const std::filesystem::path& path);

// In place, less than a sector and always the same size: a killed process or a power failure leaves an old or a new
// one.
Result<void> write_mark(const std::filesystem::path& path, const JournalMark& mark);

// Which start of the computer this is; empty when the system does not say.
std::string boot_id();

struct MarkVerdict {
  bool holds = true;
  std::string why;  // when it does not hold, or when there is something to add
};

// Compares the mark with the journal. Rows that were not flushed may be missing after the computer went down.
Result<MarkVerdict> check_mark(const Database& database, const std::optional<JournalMark>& mark);

struct VerifyReport {
  int64_t rows = 0;
  int64_t blobs = 0;
  std::string head_hash;              // to write down elsewhere: it names the whole history
  std::vector<std::string> problems;  // empty: the journal is whole
  std::vector<std::string> notes;
};

// Reads everything: the chain, the mark, the blobs, the list of pending entries. Stops at the first break of the chain.
Result<VerifyReport> verify_journal(const Database& database, const std::filesystem::path& mark_path);

}  // namespace favilla

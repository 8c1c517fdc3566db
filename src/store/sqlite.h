// SQLite without exceptions: one connection, and statements with their values bound.
//
//   Database database = TRY(Database::open(path, Database::Missing::kCreate));
//   TRY(database.run("INSERT INTO record VALUES(?, ?)", {"timer", int64_t{3}}));
//   Statement rows = TRY(database.prepare("SELECT key FROM record WHERE collection = ?", {"timer"}));
//   while (TRY(rows.step())) use(rows.text(0));
//
// Errors name the file: kExhausted for a full disk, kCorrupt for damaged bytes, kBusy when another process writes, kIo.
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace favilla {

struct SqlBlob {
  std::string_view bytes;
};

// Views must live until the statement has its values, which prepare() copies.
using SqlValue = std::variant<std::nullptr_t, int64_t, std::string_view, SqlBlob>;

class Statement {
 public:
  // True when there is a row; its columns are valid until the next step.
  Result<bool> step();

  int64_t integer(int column) const;
  std::string text(int column) const;        // of TEXT and BLOB
  std::string_view bytes(int column) const;  // the same without a copy: valid until the next step

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  std::string file_;
};

class Database {
 public:
  enum class Missing { kCreate, kFail };

  // In WAL mode. The connection never checkpoints when it closes: that would be a write outside of the store's lock.
  static Result<Database> open(const std::filesystem::path& file, Missing missing);

  Result<Statement> prepare(const char* sql, std::initializer_list<SqlValue> values = {}) const;

  // Steps a statement to its end and drops its rows.
  Result<void> run(const char* sql, std::initializer_list<SqlValue> values = {}) const;

  // The first column of the first row.
  Result<std::optional<int64_t>> find_integer(const char* sql, std::initializer_list<SqlValue> values = {}) const;
  Result<std::optional<std::string>> find_text(const char* sql, std::initializer_list<SqlValue> values = {}) const;

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  std::unique_ptr<sqlite3, Close> database_;
  std::string file_;
};

}  // namespace favilla

// The only file that includes sqlite3.h.
#include "store/sqlite.h"

#include <fmt/format.h>
#include <sqlite3.h>

namespace favilla {
namespace {

constexpr int kBusyTimeout_ms = 5000;
// Pages in the write-ahead log before a commit copies them into the database: 4 MiB, read again by each first start.
constexpr int64_t kCheckpointPages = 1000;

ErrorKind kind_of(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
      return ErrorKind::kExhausted;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorKind::kCorrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorKind::kBusy;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
      return ErrorKind::kPermission;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return ErrorKind::kIo;
    default:
      return ErrorKind::kInternal;
  }
}

Error sqlite_error(const std::string& file, sqlite3* database, int code) {
  const char* text = database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code);
  const ErrorKind kind = kind_of(code);
  if (kind == ErrorKind::kCorrupt) {
    return {kind,
            fmt::format("{} is damaged ({}): move it away and put back a copy, or start with a new one", file, text)};
  }
  return {kind, fmt::format("{}: {}", file, text)};
}

int bind(sqlite3_stmt* statement, int index, const SqlValue& value) {
  if (const auto* number = std::get_if<int64_t>(&value)) return sqlite3_bind_int64(statement, index, *number);
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    return sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  }
  if (const auto* blob = std::get_if<SqlBlob>(&value)) {
    if (blob->bytes.empty()) return sqlite3_bind_zeroblob(statement, index, 0);
    return sqlite3_bind_blob64(statement, index, blob->bytes.data(), blob->bytes.size(), SQLITE_TRANSIENT);
  }
  return sqlite3_bind_null(statement, index);
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

void Database::Close::operator()(sqlite3* database) const {
  sqlite3_close_v2(database);
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return sqlite_error(file_, sqlite3_db_handle(statement_.get()), code);
}

int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string Statement::text(int column) const {
  return std::string(bytes(column));
}

std::string_view Statement::bytes(int column) const {
  // Before the length, because asking for a blob may convert the value.
  const auto* start = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  const int count = sqlite3_column_bytes(statement_.get(), column);
  return start == nullptr ? std::string_view() : std::string_view(start, static_cast<size_t>(count));
}

Result<Database> Database::open(const std::filesystem::path& file, Missing missing) {
  Database opened;
  opened.file_ = file.string();
  const int flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (missing == Missing::kCreate ? SQLITE_OPEN_CREATE : 0);
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(opened.file_.c_str(), &handle, flags, nullptr);
  opened.database_.reset(handle);
  if (code != SQLITE_OK) return sqlite_error(opened.file_, handle, code);
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyTimeout_ms);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  // Views and triggers that somebody wrote into the file must not run functions with side effects.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  const auto mode = TRY(opened.find_text("PRAGMA journal_mode = WAL"));
  if (mode != "wal") {
    return Error{ErrorKind::kUnsupported, fmt::format("{}: its file system has no shared memory, which a database in "
                                                      "WAL mode needs; put the data folder on a local disk",
                                                      opened.file_)};
  }
  sqlite3_wal_autocheckpoint(handle, kCheckpointPages);
  return opened;
}

Result<Statement> Database::prepare(const char* sql, std::initializer_list<SqlValue> values) const {
  Statement prepared;
  prepared.file_ = file_;
  sqlite3_stmt* handle = nullptr;
  int code = sqlite3_prepare_v2(database_.get(), sql, -1, &handle, nullptr);
  prepared.statement_.reset(handle);
  int index = 0;
  for (const SqlValue& value : values) {
    if (code == SQLITE_OK) code = bind(handle, ++index, value);
  }
  if (code != SQLITE_OK) return sqlite_error(file_, database_.get(), code);
  return prepared;
}

Result<void> Database::run(const char* sql, std::initializer_list<SqlValue> values) const {
  Statement statement = TRY(prepare(sql, values));
  while (TRY(statement.step())) {
  }
  return {};
}

Result<std::optional<int64_t>> Database::find_integer(const char* sql, std::initializer_list<SqlValue> values) const {
  Statement statement = TRY(prepare(sql, values));
  if (!TRY(statement.step())) return std::optional<int64_t>();
  return std::optional<int64_t>(statement.integer(0));
}

Result<std::optional<std::string>> Database::find_text(const char* sql, std::initializer_list<SqlValue> values) const {
  Statement statement = TRY(prepare(sql, values));
  if (!TRY(statement.step())) return std::optional<std::string>();
  return std::optional<std::string>(statement.text(0));
}

}  // namespace favilla

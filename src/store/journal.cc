// The chain and its mark.
#include "store/journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.h"
#include "base/sha256.h"

namespace favilla {
namespace {

constexpr size_t kMarkBytes = 256;

std::string hash_of(std::string_view previous, int64_t seq, int64_t id, int64_t at_ms, std::string_view event,
                    std::string_view body) {
  const std::string text = fmt::format(R"({}{}{{"seq":{},"id":{},"at":{},"event":{},"body":{}}})", previous, '\n', seq,
                                       id, at_ms, to_json_text(Json(event)), body);
  Sha256 hash;
  hash.update(std::as_bytes(std::span(text)));
  return hash.hex();
}

// Walks the chain; the head is the last row that fits.
Result<JournalHead> verify_chain(const Database& database, VerifyReport& report) {
  Statement rows = TRY(database.prepare("SELECT seq, id, at, event, body, hash FROM journal ORDER BY seq"));
  JournalHead head;
  while (TRY(rows.step())) {
    const int64_t seq = rows.integer(0);
    const std::string event = rows.text(3);
    if (seq != head.rows + 1) {
      report.problems.push_back(
          fmt::format("row {} is missing: after row {} comes row {}", head.rows + 1, head.rows, seq));
      return head;
    }
    if (hash_of(head.hash, seq, rows.integer(1), rows.integer(2), event, rows.text(4)) != rows.text(5)) {
      report.problems.push_back(fmt::format("row {} was changed, or is not in its place", seq));
      return head;
    }
    head = {seq, rows.text(5)};
    if (event == "break") report.problems.push_back(fmt::format("row {} says: {}", seq, rows.text(4)));
  }
  return head;
}

Result<void> verify_blobs(const Database& database, VerifyReport& report) {
  Statement rows = TRY(database.prepare("SELECT sha256, content FROM blob ORDER BY rowid"));
  while (TRY(rows.step())) {
    const std::string content = rows.text(1);
    Sha256 hash;
    hash.update(std::as_bytes(std::span(content)));
    if (hash.hex() != rows.text(0)) {
      report.problems.push_back(fmt::format("the kept file content {} was changed", rows.text(0)));
    }
    ++report.blobs;
  }
  return {};
}

// A sealed part that is there is the one that the journal's row has the hash of.
Result<void> verify_sealed(const Database& database, VerifyReport& report) {
  if (!TRY(database.find_integer("SELECT 1 FROM sqlite_schema WHERE name = 'sealed'"))) return {};
  Statement rows = TRY(database.prepare(
      "SELECT sealed.id, sealed.content, json_extract(journal.body, '$.sealed') FROM sealed LEFT JOIN journal ON "
      "journal.seq = sealed.id ORDER BY sealed.id"));
  while (TRY(rows.step())) {
    const std::string content = rows.text(1);
    Sha256 hash;
    hash.update(std::as_bytes(std::span(content)));
    if (hash.hex() != rows.text(2)) {
      report.problems.push_back(fmt::format("the sealed part of entry {} was changed", rows.integer(0)));
    }
  }
  return {};
}

// An entry without an end that recovery does not know would stay unfinished for ever.
Result<void> verify_pending(const Database& database, VerifyReport& report) {
  Statement rows = TRY(database.prepare(
      "SELECT id FROM journal a WHERE seq = id AND event = 'intent' AND NOT EXISTS (SELECT 1 FROM "
      "journal b WHERE b.id = a.id AND b.seq > a.seq AND b.event <> 'calling') AND id NOT IN (SELECT id "
      "FROM pending)"));
  while (TRY(rows.step())) {
    report.problems.push_back(fmt::format("entry {} has no end, and recovery does not know it", rows.integer(0)));
  }
  return {};
}

}  // namespace

Result<JournalHead> read_head(const Database& database) {
  Statement row = TRY(database.prepare("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1"));
  if (!TRY(row.step())) return JournalHead{};
  return JournalHead{row.integer(0), row.text(1)};
}

Result<int64_t> append_row(const Database& database, JournalHead& head, int64_t id, Moment at, std::string_view event,
                           const Json& body) {
  const int64_t seq = head.rows + 1;
  if (id == 0) id = seq;
  const std::string text = to_json_text(body);
  const int64_t at_ms = at.time_since_epoch().count();
  const std::string hash = hash_of(head.hash, seq, id, at_ms, event, text);
  TRY(database.run("INSERT INTO journal(seq, id, at, event, body, hash) VALUES(?, ?, ?, ?, ?, ?)",
                   {seq, id, at_ms, event, std::string_view(text), std::string_view(hash)}));
  head = {seq, hash};
  return id;
}

std::string boot_id() {
  const Result<std::string> text = read_file("/proc/sys/kernel/random/boot_id", 100);
  return text ? text->substr(0, text->find('\n')) : std::string();
}

Result<std::optional<JournalMark>> read_mark(const std::filesystem::path& path) {
  Result<std::string> text = read_file(path, kMarkBytes);
  // Empty: a process that was killed, or a full disk, before the first row.
  const bool absent = text ? text->empty() : text.error().kind == ErrorKind::kNotFound;
  if (absent) return std::optional<JournalMark>();
  const Result<Json> json = parse_json(TRY(std::move(text)));
  const auto is = [&](const char* key, auto test) { return json->contains(key) && ((*json)[key].*test)(); };
  if (!json || !json->is_object() || !is("rows", &Json::is_number_integer) || !is("hash", &Json::is_string) ||
      !is("flushed", &Json::is_number_integer) || !is("boot", &Json::is_string)) {
    return Error{ErrorKind::kCorrupt, fmt::format("{} is not a mark of the journal", path.string())};
  }
  return std::optional<JournalMark>(JournalMark{{(*json)["rows"].get<int64_t>(), (*json)["hash"].get<std::string>()},
                                                (*json)["flushed"].get<int64_t>(),
                                                (*json)["boot"].get<std::string>()});
}

Result<void> write_mark(const std::filesystem::path& path, const JournalMark& mark) {
  const Json json{{"rows", mark.head.rows}, {"hash", mark.head.hash}, {"flushed", mark.flushed}, {"boot", mark.boot}};
  const std::string text = fmt::format("{:<{}}\n", to_json_text(json), kMarkBytes - 1);
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return errno_error("cannot open", path, errno);
  const ssize_t written = ::pwrite(fd, text.data(), text.size(), 0);
  const int error = errno;
  ::close(fd);
  if (written < 0) return errno_error("cannot write", path, error);
  return {};
}

Result<MarkVerdict> check_mark(const Database& database, const std::optional<JournalMark>& mark) {
  const JournalHead head = TRY(read_head(database));
  if (!mark) {
    if (head.rows == 0) return MarkVerdict{};
    return MarkVerdict{false, "the mark of the journal's end is gone, so rows may be missing at the end"};
  }
  if (mark->head.rows <= head.rows) {  // behind after a process was killed between the two writes
    const auto hash = TRY(database.find_text("SELECT hash FROM journal WHERE seq = ?", {mark->head.rows}));
    if (mark->head.rows == 0 || hash == mark->head.hash) return MarkVerdict{};
    return MarkVerdict{false, fmt::format("row {} is not the one that was written", mark->head.rows)};
  }
  const int64_t missing = mark->head.rows - head.rows;
  if (head.rows >= mark->flushed && mark->boot != boot_id()) {
    return MarkVerdict{true,
                       fmt::format("the last {} rows had not reached the disk when the computer went down", missing)};
  }
  return MarkVerdict{
      false, fmt::format("{} rows are missing at the end: {} of {} are there", missing, head.rows, mark->head.rows)};
}

Result<VerifyReport> verify_journal(const Database& database, const std::filesystem::path& mark_path) {
  VerifyReport report;
  const JournalHead head = TRY(verify_chain(database, report));
  report.rows = head.rows;
  report.head_hash = head.hash;
  if (const auto damage = TRY(database.find_text("PRAGMA quick_check(1)")); damage != "ok") {
    report.problems.push_back(fmt::format("SQLite finds: {}", damage.value_or("nothing")));
  }
  const Result<std::optional<JournalMark>> mark = read_mark(mark_path);
  if (!mark && mark.error().kind != ErrorKind::kCorrupt) return mark.error();
  const MarkVerdict verdict = mark ? TRY(check_mark(database, *mark)) : MarkVerdict{false, mark.error().message};
  if (!verdict.holds) report.problems.push_back(verdict.why);
  if (verdict.holds && !verdict.why.empty()) report.notes.push_back(verdict.why);
  TRY(verify_blobs(database, report));
  TRY(verify_sealed(database, report));
  TRY(verify_pending(database, report));
  return report;
}

}  // namespace favilla

// The only file that includes toml++. Its parser throws; nothing leaves this file but Result.
#include "catalog/manifest.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "base/file.h"
#include "catalog/names.h"

namespace favilla {
namespace {

constexpr size_t kManifestLimit_bytes = size_t{4} << 20;
constexpr std::string_view kHead =
    "# The models of favilla, written by `favilla pull`, `rm` and `cp`. Edits by hand are kept, comments are not.\n\n";

// Every complaint carries its line: the file is mended by hand.
Error corrupt(const toml::node& node, std::string_view what) {
  return {ErrorKind::kCorrupt, fmt::format("line {}: {}", node.source().begin.line, what)};
}

// Absent is empty; another type is an error. value_exact does not turn numbers into strings.
Result<std::string> text_of(const toml::table& table, std::string_view key) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return std::string();
  const std::optional<std::string> text = node->value_exact<std::string>();
  if (!text) return corrupt(*node, fmt::format("\"{}\" must be a string", key));
  return *text;
}

// Used for the row itself, which holds its first file, and for each of its splits.
Result<ModelFile> file_of(const toml::table& table) {
  ModelFile file{.file = TRY(text_of(table, "file")), .sha256 = TRY(text_of(table, "sha256"))};
  // A name with a folder in it could make `rm` delete anything.
  if (!is_plain_file_name(file.file)) return corrupt(table, "\"file\" must be a file name inside the models folder");
  if (!is_sha256(file.sha256)) return corrupt(table, "\"sha256\" must be 64 lower-case hex digits");
  const std::optional<int64_t> bytes = table["bytes"].value_exact<int64_t>();
  if (!bytes || *bytes < 0) return corrupt(table, "\"bytes\" must be the file's size");
  file.bytes = static_cast<uint64_t>(*bytes);
  return file;
}

Result<ModelRow> row_of(const toml::table& table) {
  ModelRow row{.name = TRY(text_of(table, "name")),
               .role = TRY(text_of(table, "role")),
               .licence = TRY(text_of(table, "licence")),
               .source = TRY(text_of(table, "source")),
               .accepted_terms = TRY(text_of(table, "accepted_terms")),
               .files = {TRY(file_of(table))}};
  if (!is_model_name(row.name)) return corrupt(table, "\"name\" must be a model name");
  const toml::node* splits = table.get("splits");
  if (splits == nullptr) return row;
  if (!splits->is_array()) return corrupt(*splits, "\"splits\" must be an array of tables");
  for (const toml::node& split : *splits->as_array()) {
    if (!split.is_table()) return corrupt(split, "\"splits\" must be an array of tables");
    row.files.push_back(TRY(file_of(*split.as_table())));
  }
  return row;
}

Result<std::vector<ModelRow>> rows_of(const toml::table& root) {
  std::vector<ModelRow> rows;
  std::set<std::string> names;
  const toml::node* models = root.get("model");
  if (models == nullptr) return rows;
  // toml++ does not call an empty array an array of tables.
  const bool is_empty = models->is_array() && models->as_array()->empty();
  if (!is_empty && !models->is_array_of_tables()) return corrupt(*models, "\"model\" must be written as [[model]]");
  for (const toml::node& model : *models->as_array()) {
    rows.push_back(TRY(row_of(*model.as_table())));
    if (!names.insert(rows.back().name).second) {
      return corrupt(model, fmt::format("the name {} stands twice", rows.back().name));
    }
  }
  std::sort(rows.begin(), rows.end(), [](const ModelRow& a, const ModelRow& b) { return a.name < b.name; });
  return rows;
}

// toml++ keeps keys sorted, so the same rows always give the same text.
toml::table table_of(const ModelFile& file) {
  return toml::table{{"file", file.file}, {"sha256", file.sha256}, {"bytes", static_cast<int64_t>(file.bytes)}};
}

}  // namespace

uint64_t ModelRow::bytes() const {
  uint64_t sum = 0;
  for (const ModelFile& file : files) sum += file.bytes;
  return sum;
}

// The one place where toml++ throws.
Result<std::vector<ModelRow>> parse_manifest(std::string_view toml) {
  try {
    return rows_of(toml::parse(toml));
  } catch (const toml::parse_error& error) {
    return Error{ErrorKind::kCorrupt, fmt::format("line {}: {}", error.source().begin.line, error.description())};
  }
}

std::string format_manifest(std::span<const ModelRow> rows) {
  toml::array models;
  for (const ModelRow& row : rows) {
    toml::table table = table_of(row.files.front());
    table.insert("name", row.name);
    table.insert("role", row.role);
    table.insert("licence", row.licence);
    table.insert("source", row.source);
    if (!row.accepted_terms.empty()) table.insert("accepted_terms", row.accepted_terms);
    if (row.files.size() > 1) {
      toml::array splits;
      for (const ModelFile& file : std::span(row.files).subspan(1)) splits.push_back(table_of(file));
      table.insert("splits", std::move(splits));
    }
    models.push_back(std::move(table));
  }
  std::ostringstream text;
  text << kHead;
  if (!models.empty()) text << toml::table{{"model", std::move(models)}} << '\n';
  return std::move(text).str();
}

// A machine without models has no file yet.
Result<std::vector<ModelRow>> read_manifest(const std::filesystem::path& path) {
  Result<std::string> text = read_file(path, kManifestLimit_bytes);
  if (!text && text.error().kind == ErrorKind::kNotFound) return std::vector<ModelRow>();
  return parse_manifest(TRY(std::move(text))).context(path.string());
}

}  // namespace favilla

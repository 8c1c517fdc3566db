// The only file besides the catalogue's manifest that includes toml++. Nothing it throws leaves this file.
#include "app/config.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <sstream>

#include "base/file.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

constexpr size_t kConfigLimit_bytes = size_t{1} << 20;

Json json_of(const toml::node& node) {
  if (const toml::table* table = node.as_table()) {
    Json object = Json::object();
    for (const auto& [key, value] : *table) object[std::string(key.str())] = json_of(value);
    return object;
  }
  if (const toml::array* array = node.as_array()) {
    Json list = Json::array();
    for (const toml::node& value : *array) list.push_back(json_of(value));
    return list;
  }
  if (const auto text = node.value_exact<std::string>()) return *text;
  if (const auto number = node.value_exact<int64_t>()) return *number;
  if (const auto number = node.value_exact<double>()) return *number;
  if (const auto flag = node.value_exact<bool>()) return *flag;
  std::ostringstream text;
  node.visit([&](const auto& value) { text << value; });
  return std::move(text).str();
}

Result<Settings> parse_settings(std::string_view toml) {
  try {
    return json_of(toml::parse(toml));
  } catch (const toml::parse_error& error) {
    return Error{ErrorKind::kCorrupt, fmt::format("line {}: {}", error.source().begin.line, error.description())};
  }
}

Result<fs::path> folder_of(const std::string& name, const Json& value, const fs::path& home) {
  const std::string text = value.is_string() ? value.get<std::string>() : "";
  if (text == "~") return home;
  if (text.starts_with("~/")) return home / text.substr(2);
  if (fs::path(text).is_absolute()) return fs::path(text);
  return Error{ErrorKind::kInvalidArgument,
               fmt::format("config.toml: data.{} must be a path that begins with / or ~/", name)};
}

}  // namespace

Result<Settings> read_settings(const fs::path& config_file) {
  Result<std::string> text = read_file(config_file, kConfigLimit_bytes);
  if (!text && text.error().kind == ErrorKind::kNotFound) return Settings(Json::object());
  return parse_settings(TRY(std::move(text))).context(config_file.string());
}

Result<DataFolders> data_folders(const Settings& settings, const Paths& paths, const fs::path& home) {
  std::error_code error;
  const char* mail = fs::is_directory(home / "Mail", error) ? "Mail" : "Maildir";
  DataFolders folders{
      paths.data / "calendars", paths.data / "contacts", paths.data / "notes", paths.data / "lists", home / mail, home};
  const std::pair<const char*, fs::path*> names[] = {{"calendars", &folders.calendars}, {"contacts", &folders.contacts},
                                                     {"notes", &folders.notes},         {"lists", &folders.lists},
                                                     {"mail", &folders.mail},           {"home", &folders.home}};
  const auto data = settings.find("data");
  if (data == settings.end()) return folders;
  if (!data->is_object()) return Error{ErrorKind::kInvalidArgument, "config.toml: data must be written as [data]"};
  for (const auto& [key, value] : data->items()) {
    fs::path* folder = nullptr;
    for (const auto& [name, target] : names) {
      if (key == name) folder = target;
    }
    if (folder == nullptr) {
      return Error{ErrorKind::kInvalidArgument, fmt::format("config.toml: there is no setting data.{}", key)};
    }
    *folder = TRY(folder_of(key, value, home));
  }
  return folders;
}

}  // namespace favilla

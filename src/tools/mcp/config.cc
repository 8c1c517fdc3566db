// Every key is checked before the first server is used; see the header for the format.
#include "tools/mcp/config.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>

#include "base/file.h"
#include "base/foreign_text.h"
#include "tools/mcp/hash.h"
#include "tools/net/net.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxConfig_bytes = size_t{1} << 20;
constexpr size_t kMaxServers = 64;
constexpr size_t kMaxName_bytes = 32;
constexpr size_t kMaxEntries = 100;
constexpr size_t kMaxText_bytes = size_t{16} << 10;

Error wrong(std::string what) {
  return {ErrorKind::kInvalidArgument, std::move(what)};
}

// Names become parts of function names ("notes__search"), of folders and of rules; "__" separates.
bool is_server_name(std::string_view name) {
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
  });
  return plain && !name.empty() && name.size() <= kMaxName_bytes && name.find("__") == std::string_view::npos &&
         name.front() != '_' && name.back() != '_';
}

bool is_one_line(std::string_view text) {
  return text.size() <= kMaxText_bytes && std::none_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
         });
}

Result<std::string> text_of(const SortedJson& value, std::string_view key) {
  if (value.is_string() && is_one_line(value.get_ref<const std::string&>())) return value.get<std::string>();
  return wrong(fmt::format("\"{}\" must be a text of one line", key));
}

// A member that may be missing.
Result<std::string> text_member(const SortedJson& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() ? std::string() : text_of(*found, key);
}

Result<std::vector<std::string>> list_member(const SortedJson& object, const char* key) {
  std::vector<std::string> list;
  const auto found = object.find(key);
  if (found == object.end()) return list;
  if (!found->is_array() || found->size() > kMaxEntries) {
    return wrong(fmt::format("\"{}\" must be a list of at most {} texts", key, kMaxEntries));
  }
  for (const SortedJson& each : *found) list.push_back(TRY(text_of(each, key)));
  return list;
}

Result<McpServer::Pairs> pairs_member(const SortedJson& object, const char* key, bool (*is_name)(std::string_view)) {
  McpServer::Pairs pairs;
  const auto found = object.find(key);
  if (found == object.end()) return pairs;
  if (!found->is_object() || found->size() > kMaxEntries) {
    return wrong(fmt::format("\"{}\" must be an object of at most {} texts", key, kMaxEntries));
  }
  for (const auto& [name, value] : found->items()) {
    if (!is_name(name)) return wrong(fmt::format("\"{}\": \"{}\" is not allowed there", key, shown_line(name, 100)));
    pairs.emplace_back(name, TRY(text_of(value, key)));
  }
  return pairs;
}

// The dynamic linker obeys LD_* before the sandbox is there; HOME is the sandbox's own.
bool is_variable(std::string_view name) {
  const bool plain = std::all_of(name.begin(), name.end(),
                                 [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; });
  return plain && !name.empty() && !name.starts_with("LD_") && name != "GLIBC_TUNABLES" && name != "HOME";
}

// What the protocol itself says in headers is not the owner's to set.
bool is_header(std::string_view name) {
  std::string low(name);
  std::transform(low.begin(), low.end(), low.begin(), [](unsigned char c) { return std::tolower(c); });
  const bool plain = std::all_of(low.begin(), low.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
  });
  constexpr std::string_view kOurs[] = {"host", "content-length", "content-type", "accept", "transfer-encoding"};
  return plain && !low.empty() && !low.starts_with("mcp-") &&
         std::find(std::begin(kOurs), std::end(kOurs), low) == std::end(kOurs);
}

Result<std::vector<std::string>> folders_member(const SortedJson& object, const char* key, const fs::path& home) {
  std::vector<std::string> folders = TRY(list_member(object, key));
  for (std::string& folder : folders) {
    if (folder.starts_with("~/")) folder = home / folder.substr(2);
    if (!fs::path(folder).is_absolute() || fs::path(folder).lexically_normal() == "/") {
      return wrong(fmt::format("\"{}\" must list folders that begin with / or ~/, and not the root", key));
    }
  }
  return folders;
}

Result<bool> flag_member(const SortedJson& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return false;
  if (found->is_boolean()) return found->get<bool>();
  return wrong(fmt::format("\"{}\" must be true or false", key));
}

Result<void> take_number(const SortedJson& object, const char* key, int most, int& number) {
  const auto found = object.find(key);
  if (found == object.end()) return {};
  const bool fits = found->is_number_integer() && *found >= 1 && *found <= most;
  if (!fits) return wrong(fmt::format("\"{}\" must be a whole number from 1 to {}", key, most));
  number = found->get<int>();
  return {};
}

// Tables of ours: a key that is not known is a misspelt limit.
Result<SortedJson> own_table(const SortedJson& object, const char* key, std::initializer_list<std::string_view> known) {
  const auto found = object.find(key);
  if (found == object.end()) return SortedJson::object();
  if (!found->is_object()) return wrong(fmt::format("\"{}\" must be an object", key));
  for (const auto& [name, value] : found->items()) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return wrong(fmt::format("\"{}\" has no \"{}\"", key, shown_line(name, 100)));
    }
  }
  return *found;
}

Result<void> check_url(const McpServer& server) {
  const Result<UrlParts> parts = parse_url(server.url);
  if (!parts || (parts->scheme != "https" && parts->scheme != "http")) {
    return wrong("\"url\" must be an address that begins with https:// or http://");
  }
  if (parts->has_user) return wrong("\"url\" holds a user name or a password: put them into \"headers\"");
  if (parts->scheme == "http" && !server.headers.empty() && !parts->is_loopback) {
    return wrong("\"headers\" would travel unencrypted: the url must begin with https://");
  }
  return {};
}

Result<McpServer> server_of(const std::string& name, const SortedJson& entry, const fs::path& home) {
  McpServer server;
  server.name = name;
  server.command = TRY(text_member(entry, "command"));
  server.args = TRY(list_member(entry, "args"));
  server.env = TRY(pairs_member(entry, "env", is_variable));
  server.url = TRY(text_member(entry, "url"));
  server.headers = TRY(pairs_member(entry, "headers", is_header));
  const SortedJson sandbox = TRY(own_table(entry, "sandbox", {"network", "read", "write"}));
  server.network = TRY(flag_member(sandbox, "network"));
  server.read = TRY(folders_member(sandbox, "read", home));
  server.write = TRY(folders_member(sandbox, "write", home));
  const SortedJson limits = TRY(own_table(entry, "limits", {"start_seconds", "call_seconds", "memory_megabytes"}));
  TRY(take_number(limits, "start_seconds", 600, server.limits.start_s));
  TRY(take_number(limits, "call_seconds", 3600, server.limits.call_s));
  TRY(take_number(limits, "memory_megabytes", 1 << 16, server.limits.memory_mb));
  if (server.command.empty() == server.url.empty()) return wrong("it needs either \"command\" or \"url\"");
  if (TRY(text_member(entry, "type")) == "sse") {
    return wrong(
        "\"sse\" is the transport of 2024, which is not supported: ask for the server's Streamable HTTP address");
  }
  if (server.command.starts_with("~/")) server.command = home / server.command.substr(2);
  if (!server.url.empty()) TRY(check_url(server));
  return server;
}

}  // namespace

Result<std::vector<McpServer>> parse_mcp_servers(std::string_view text, const fs::path& home) {
  const auto parse = [&]() -> Result<std::vector<McpServer>> {
    if (text.size() > kMaxConfig_bytes) return wrong("it is larger than 1 MiB");
    const SortedJson json = TRY(parse_sorted_json(text));
    const auto entries = json.find("mcpServers");
    if (!json.is_object() || entries == json.end() || !entries->is_object()) {
      return wrong("it must be {\"mcpServers\": {NAME: {\"command\" or \"url\": ...}}}");
    }
    if (entries->size() > kMaxServers) return wrong(fmt::format("it names more than {} servers", kMaxServers));
    std::vector<McpServer> servers;
    for (const auto& [name, entry] : entries->items()) {
      if (!is_server_name(name)) {
        return wrong(
            fmt::format("the name \"{}\" must be at most {} letters, digits, - and single _, without _ at the "
                        "ends",
                        shown_line(name, 100), kMaxName_bytes));
      }
      if (!entry.is_object()) return wrong(fmt::format("{}: it must be an object", name));
      if (TRY(flag_member(entry, "disabled").context(name))) continue;
      servers.push_back(TRY(server_of(name, entry, home).context(name)));
    }
    return servers;
  };
  return parse().context("mcp.json");
}

fs::path mcp_file(const ToolContext& context) {
  const auto table = context.settings.find("mcp");
  const bool there = table != context.settings.end() && table->is_object() && table->contains("file");
  return there && (*table)["file"].is_string() ? fs::path((*table)["file"].get<std::string>()) : fs::path();
}

Result<void> complete_mcp_settings(Settings& settings, const fs::path& standard, const fs::path& home) {
  Json& table = settings["mcp"];
  if (table.is_null()) table = Json::object();
  Json file;
  if (table.is_object()) file = table.contains("file") ? table["file"] : Json(standard.string());
  std::string path = file.is_string() ? file.get<std::string>() : "";
  if (path.starts_with("~/")) path = home / path.substr(2);
  if (!fs::path(path).is_absolute()) return wrong("config.toml: mcp.file must be a path that begins with / or ~/");
  table["file"] = path;
  return {};
}

Result<std::vector<McpServer>> read_mcp_servers(const ToolContext& context) {
  const fs::path file = mcp_file(context);
  struct stat info {};
  if (file.empty() || ::stat(file.c_str(), &info) != 0) return std::vector<McpServer>();
  if (!S_ISREG(info.st_mode) || (info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return Error{ErrorKind::kPermission,
                 fmt::format("{} must be a plain file that only you can write (chmod 600)", file.string())};
  }
  return parse_mcp_servers(TRY(read_file(file, kMaxConfig_bytes)), context.folders.home);
}

Result<void> edit_mcp_servers(const ToolContext& context, const std::string& name, const std::optional<Json>& entry) {
  const fs::path file = mcp_file(context);
  if (file.empty()) return Error{ErrorKind::kInternal, "the settings name no mcp.json"};
  TRY(read_mcp_servers(context));
  Result<std::string> text = read_file(file, kMaxConfig_bytes);
  if (!text && text.error().kind != ErrorKind::kNotFound) return text.error();
  Json json = text ? TRY(parse_json(*text)) : Json{{"mcpServers", Json::object()}};
  Json& entries = json["mcpServers"];
  if (entry) {
    entries[name] = *entry;
  } else if (entries.erase(name) == 0) {
    return Error{ErrorKind::kNotFound, fmt::format("mcp.json has no server \"{}\"", shown_line(name, 100))};
  }
  const std::string edited = json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  TRY(parse_mcp_servers(edited, context.folders.home));
  TRY(make_private_folder(file.parent_path()));
  return write_file_atomically(file, edited, Flush::kYes);
}

std::string identity_of(const McpServer& server) {
  return sha256_of(SortedJson{{"command", server.command},
                              {"args", server.args},
                              {"env", server.env},
                              {"url", server.url},
                              {"network", server.network},
                              {"read", server.read},
                              {"write", server.write}});
}

std::string told_start(const McpServer& server) {
  if (server.command.empty()) return server.url;
  std::string text = server.command;
  for (const std::string& word : server.args) text += " " + word;
  return shown_line(text, 1000);
}

}  // namespace favilla

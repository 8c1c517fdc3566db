// See remote_roles.h.
#include "app/remote_roles.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/config.h"
#include "tools/net/secret.h"

namespace favilla {
namespace {

constexpr const char* kRoles[] = {"chat", "tools", "embed"};
constexpr int kMaxTimeout_s = 3600;
constexpr int kMaxRetries = 10;
constexpr size_t kMaxName_bytes = 200;

// Each reads one setting into the role and returns what is expected where the value is something else.
using ReadSetting = std::string (*)(const Json& value, RemoteRole& role);

std::string read_url(const Json& value, RemoteRole& role) {
  role.server.url = value.is_string() ? value.get<std::string>() : "";
  Result<ServerAddress> address = parse_server_address(role.server.url);
  if (!address) return address.error().message;
  role.server.address = *std::move(address);
  return {};
}

std::string read_model(const Json& value, RemoteRole& role) {
  role.server.model = value.is_string() ? value.get<std::string>() : "";
  const bool fits = !role.server.model.empty() && role.server.model.size() <= kMaxName_bytes;
  return fits ? "" : "must be the name of one of the server's models";
}

std::string read_key(const Json& value, RemoteRole& role) {
  role.key = value.is_string() ? value.get<std::string>() : "";
  return is_secret_reference(role.key)
             ? ""
             : "must say where the key is: \"secret-service:favilla/NAME\", \"credential:NAME\" or \"file:/PATH\"";
}

std::string read_number(const Json& value, int low, int high, int& target) {
  if (!value.is_number_integer() || value < low || value > high) {
    return fmt::format("must be a whole number from {} to {}", low, high);
  }
  target = value.get<int>();
  return {};
}

std::string read_timeout(const Json& value, RemoteRole& role) {
  return read_number(value, 1, kMaxTimeout_s, role.server.timeout_s);
}

std::string read_retries(const Json& value, RemoteRole& role) {
  return read_number(value, 0, kMaxRetries, role.server.retries);
}

std::string read_allow(const Json& value, RemoteRole& role) {
  for (const Confidentiality level : {Confidentiality::kPublic, Confidentiality::kPersonal}) {
    if (value != name_of(level)) continue;
    role.may_read = level;
    return {};
  }
  return "must be \"public\" or \"personal\"";
}

struct Setting {
  const char* name;
  ReadSetting read;
};
constexpr Setting kSettings[] = {{"url", read_url},           {"model", read_model},     {"key", read_key},
                                 {"timeout_s", read_timeout}, {"retries", read_retries}, {"allow", read_allow}};

Error wrong(std::string_view role, std::string_view setting, std::string_view expected) {
  return {ErrorKind::kInvalidArgument, fmt::format("config.toml: models.{}.{} {}", role, setting, expected)};
}

Result<RemoteRole> parse_role(const std::string& name, const Json& table) {
  if (!table.is_object()) {
    return Error{ErrorKind::kInvalidArgument,
                 fmt::format("config.toml: models.{0} must be written as [models.{0}]", name)};
  }
  RemoteRole role;
  role.name = name;
  for (const auto& [key, value] : table.items()) {
    const auto setting =
        std::find_if(std::begin(kSettings), std::end(kSettings), [&](const Setting& one) { return key == one.name; });
    if (setting == std::end(kSettings)) {
      return Error{ErrorKind::kInvalidArgument,
                   fmt::format("config.toml: there is no setting models.{}.{}", name, key)};
    }
    if (const std::string expected = setting->read(value, role); !expected.empty()) return wrong(name, key, expected);
  }
  for (const char* needed : {"url", "model"}) {
    if (!table.contains(needed)) return wrong(name, needed, "is missing");
  }
  if (!role.key.empty() && !role.server.address.is_https && !role.server.address.is_loopback) {
    return wrong(name, "url", "must begin with https://, so that nobody reads the key on its way");
  }
  if (!table.contains("allow") && role.server.address.is_loopback) role.may_read = Confidentiality::kPersonal;
  return role;
}

}  // namespace

Result<std::vector<RemoteRole>> remote_roles(const Settings& settings) {
  std::vector<RemoteRole> roles;
  const auto models = settings.find("models");
  if (models == settings.end()) return roles;
  if (!models->is_object()) {
    return Error{ErrorKind::kInvalidArgument, "config.toml: models must be written as [models.chat]"};
  }
  for (const auto& [name, table] : models->items()) {
    if (std::find(std::begin(kRoles), std::end(kRoles), name) == std::end(kRoles)) {
      return Error{ErrorKind::kInvalidArgument, fmt::format("config.toml: there is no role models.{}; the roles are {}",
                                                            name, fmt::join(kRoles, ", "))};
    }
  }
  for (const char* name : kRoles) {
    if (models->contains(name)) roles.push_back(TRY(parse_role(name, (*models)[name])));
  }
  return roles;
}

Result<RemoteRole> find_remote_role(const Paths& paths, std::string_view name) {
  const Settings settings = TRY(read_settings(paths.config / "config.toml"));
  const std::vector<RemoteRole> roles = TRY(remote_roles(settings));
  for (const RemoteRole& role : roles) {
    if (role.name == name) return role;
  }
  return Error{ErrorKind::kNotFound,
               fmt::format("{} has no server for the role {}: it needs [models.{}] with url and model",
                           (paths.config / "config.toml").string(), name, name)};
}

Result<std::unique_ptr<RemoteModel>> open_remote_model(const RemoteRole& role,
                                                       std::function<void(std::string_view)> on_note,
                                                       const GetEnvironment& environment) {
  RemoteServer server = role.server;
  if (!role.key.empty()) {
    server.key = TRY(read_secret(role.key, environment).context(fmt::format("config.toml: models.{}.key", role.name)));
  }
  RemoteSurroundings surroundings = real_surroundings();
  surroundings.on_note = std::move(on_note);
  return std::make_unique<RemoteModel>(std::move(server), std::move(surroundings));
}

}  // namespace favilla

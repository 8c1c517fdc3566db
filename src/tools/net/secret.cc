// See secret.h.
#include "tools/net/secret.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "tools/net/keyring.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxSecret_bytes = 8192;

Result<std::string> read_private_file(std::string_view name, const GetEnvironment& environment) {
  const fs::path path = name.starts_with("~/") ? fs::path(environment("HOME").value_or("/")) / name.substr(2) : name;
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return errno_error("cannot read", path, errno);
  if (status.st_uid != ::geteuid() || (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Error{ErrorKind::kPermission,
                 fmt::format("{} must be yours and nobody else's to read: chmod 600 {}", path.string(), path.string())};
  }
  return read_file(path, kMaxSecret_bytes);
}

Result<std::string> read_credential(std::string_view name, const GetEnvironment& environment) {
  const std::optional<std::string> folder = environment("CREDENTIALS_DIRECTORY");
  if (!folder) {
    return Error{ErrorKind::kNotFound,
                 fmt::format("there is no credential {}: systemd gave none (LoadCredential=)", name)};
  }
  return read_file(fs::path(*folder) / name, kMaxSecret_bytes);
}

Result<std::string> read_from_keyring(std::string_view name, const GetEnvironment&) {
  const size_t slash = name.find('/');
  return read_keyring({std::string(name.substr(0, slash)), std::string(name.substr(slash + 1))});
}

bool has_two_parts(std::string_view name) {
  const size_t slash = name.find('/');
  return slash != std::string_view::npos && slash > 0 && slash + 1 < name.size();
}

// One kind of place. The table is in the order of the header's comment.
struct Place {
  std::string_view prefix;
  bool (*accepts)(std::string_view name);
  Result<std::string> (*read)(std::string_view name, const GetEnvironment& environment);
};
constexpr Place kPlaces[] = {
    {"secret-service:", has_two_parts, read_from_keyring},
    {"credential:", [](std::string_view name) { return !name.empty() && name.find('/') == std::string_view::npos; },
     read_credential},
    {"file:", [](std::string_view name) { return name.starts_with('/') || name.starts_with("~/"); }, read_private_file},
};

const Place* place_of(std::string_view reference) {
  for (const Place& place : kPlaces) {
    if (reference.starts_with(place.prefix) && place.accepts(reference.substr(place.prefix.size()))) return &place;
  }
  return nullptr;
}

}  // namespace

bool is_secret_reference(std::string_view reference) {
  return place_of(reference) != nullptr;
}

Result<std::string> read_secret(std::string_view reference, const GetEnvironment& environment) {
  const Place* place = place_of(reference);
  if (place == nullptr) return Error{ErrorKind::kInvalidArgument, "a secret is named in a way that is not known"};
  std::string secret = TRY(place->read(reference.substr(place->prefix.size()), environment));
  constexpr std::string_view kWhite = " \t\r\n";
  secret.erase(0, std::min(secret.find_first_not_of(kWhite), secret.size()));
  secret.resize(secret.find_last_not_of(kWhite) + 1);
  const bool is_visible = std::all_of(secret.begin(), secret.end(), [](char c) { return c > ' ' && c < '\x7F'; });
  if (!secret.empty() && is_visible) return secret;
  return Error{ErrorKind::kInvalidArgument,
               fmt::format("{} holds no key: one word of visible ASCII is expected", reference)};
}

}  // namespace favilla

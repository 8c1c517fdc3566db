// See keyring.h. Secrets cross the session bus in plain form ("plain"): it is private to the owner's processes, each of
// which may ask the keyring itself.
#include "tools/net/keyring.h"

#include <fmt/format.h>
#include <sdbus-c++/sdbus-c++.h>

#include <map>
#include <vector>

namespace favilla {
namespace {

constexpr uint64_t kTimeout_us = 5'000'000;
constexpr const char* kBusName = "org.freedesktop.secrets";
constexpr const char* kServicePath = "/org/freedesktop/secrets";
constexpr const char* kService = "org.freedesktop.Secret.Service";

using Path = sdbus::ObjectPath;
using Secret = sdbus::Struct<Path, std::vector<uint8_t>, std::vector<uint8_t>, std::string>;  // session, -, value, type

// The Secret Service API 0.2, as far as it is needed. Throws what sdbus-c++ throws.
class SecretService {
 public:
  SecretService()
      : connection_(sdbus::createSessionBusConnection()),
        service_(sdbus::createProxy(*connection_, kBusName, kServicePath)) {}

  Path open_session() {
    sdbus::MethodCall call = service_->createMethodCall(kService, "OpenSession");
    call << std::string("plain") << sdbus::Variant(std::string());
    sdbus::MethodReply reply = service_->callMethod(call, kTimeout_us);
    sdbus::Variant nothing;
    Path session;
    reply >> nothing >> session;
    return session;
  }

  struct Found {
    std::vector<Path> unlocked;
    std::vector<Path> locked;
  };
  Found search(const KeyringItem& item) {
    sdbus::MethodCall call = service_->createMethodCall(kService, "SearchItems");
    call << std::map<std::string, std::string>{{"service", item.service}, {"username", item.name}};
    sdbus::MethodReply reply = service_->callMethod(call, kTimeout_us);
    Found found;
    reply >> found.unlocked >> found.locked;
    return found;
  }

  // Those that could be unlocked without asking anybody.
  std::vector<Path> unlock(const std::vector<Path>& items) {
    sdbus::MethodCall call = service_->createMethodCall(kService, "Unlock");
    call << items;
    sdbus::MethodReply reply = service_->callMethod(call, kTimeout_us);
    std::vector<Path> unlocked;
    Path prompt;
    reply >> unlocked >> prompt;
    return unlocked;
  }

  std::string value_of(const Path& item, const Path& session) {
    const std::unique_ptr<sdbus::IProxy> proxy = sdbus::createProxy(*connection_, kBusName, item);
    sdbus::MethodCall call = proxy->createMethodCall("org.freedesktop.Secret.Item", "GetSecret");
    call << session;
    sdbus::MethodReply reply = proxy->callMethod(call, kTimeout_us);
    Secret secret;
    reply >> secret;
    const std::vector<uint8_t>& value = std::get<2>(secret);
    return {value.begin(), value.end()};
  }

 private:
  std::unique_ptr<sdbus::IConnection> connection_;
  std::unique_ptr<sdbus::IProxy> service_;
};

Error error_of(const sdbus::Error& error) {
  const std::string& name = error.getName();
  const bool is_silent = name.find("NoReply") != std::string::npos || name.find("Timeout") != std::string::npos;
  if (is_silent) return {ErrorKind::kNetwork, "the keyring does not answer"};
  return {ErrorKind::kNotFound, "there is no keyring: no desktop session, or none that has one"};
}

}  // namespace

Result<std::string> read_keyring(const KeyringItem& item) {
  try {
    SecretService service;
    const Path session = service.open_session();
    SecretService::Found found = service.search(item);
    if (found.unlocked.empty() && found.locked.empty()) {
      return Error{ErrorKind::kNotFound,
                   fmt::format("the keyring has no such key; secret-tool store --label \"Favilla: {1}\" service {0} "
                               "username {1} puts it there",
                               item.service, item.name)};
    }
    if (found.unlocked.empty()) found.unlocked = service.unlock(found.locked);
    if (found.unlocked.empty()) return Error{ErrorKind::kPermission, "the keyring is locked; unlock it, and ask again"};
    return service.value_of(found.unlocked.front(), session);
  } catch (const sdbus::Error& error) {
    return error_of(error);
  }
}

}  // namespace favilla

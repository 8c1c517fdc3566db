// The only file besides keyring.cc that includes sdbus-c++. It throws; nothing that it throws leaves this file.
#include "tools/net/dbus.h"

#include <fmt/format.h>
#include <sdbus-c++/sdbus-c++.h>

#include <algorithm>
#include <map>

namespace favilla {
namespace {

constexpr uint64_t kTimeout_us = 2'000'000;
constexpr const char* kProperties = "org.freedesktop.DBus.Properties";

Json json_of(const sdbus::Variant& variant);

template <class T>
Json value_of(const sdbus::Variant& variant) {
  return variant.get<T>();
}

Json dictionary_of(const sdbus::Variant& variant) {
  Json object = Json::object();
  for (const auto& [key, value] : variant.get<std::map<std::string, sdbus::Variant>>()) object[key] = json_of(value);
  return object;
}

Json path_of(const sdbus::Variant& variant) {
  return std::string(variant.get<sdbus::ObjectPath>());
}

Json paths_of(const sdbus::Variant& variant) {
  Json list = Json::array();
  for (const sdbus::ObjectPath& path : variant.get<std::vector<sdbus::ObjectPath>>()) list.push_back(std::string(path));
  return list;
}

struct Reader {
  std::string_view type;
  Json (*read)(const sdbus::Variant&);
};
constexpr Reader kReaders[] = {
    {"s", value_of<std::string>},
    {"o", path_of},
    {"b", value_of<bool>},
    {"y", value_of<uint8_t>},
    {"n", value_of<int16_t>},
    {"q", value_of<uint16_t>},
    {"i", value_of<int32_t>},
    {"u", value_of<uint32_t>},
    {"x", value_of<int64_t>},
    {"t", value_of<uint64_t>},
    {"d", value_of<double>},
    {"as", value_of<std::vector<std::string>>},
    {"ao", paths_of},
    {"a{sv}", dictionary_of},
};

Json json_of(const sdbus::Variant& variant) {
  const std::string type = variant.peekValueType();
  const auto reader =
      std::find_if(std::begin(kReaders), std::end(kReaders), [&](const Reader& one) { return one.type == type; });
  return reader == std::end(kReaders) ? Json() : reader->read(variant);
}

Error error_of(const sdbus::Error& error, const std::string& service) {
  const std::string& name = error.getName();
  constexpr std::string_view kAbsent[] = {"ServiceUnknown",   "NameHasNoOwner",  "UnknownObject",
                                          "UnknownInterface", "UnknownProperty", "UnknownMethod",
                                          "FileNotFound",     "NoServer",        "Spawn"};
  for (const std::string_view absent : kAbsent) {
    if (name.find(absent) != std::string::npos) {
      return {ErrorKind::kNotFound, fmt::format("{} is not there", service)};
    }
  }
  const bool silent = name.find("NoReply") != std::string::npos || name.find("Timeout") != std::string::npos;
  if (silent) return {ErrorKind::kNetwork, fmt::format("{} does not answer", service)};
  return {ErrorKind::kIo, fmt::format("{} refuses: {}", service, error.getMessage())};
}

sdbus::Variant variant_of(char type, const Json& value) {
  if (type == 'd') return sdbus::Variant(value.get<double>());
  if (type == 'b') return sdbus::Variant(value.get<bool>());
  return sdbus::Variant(value.get<std::string>());
}

void append(sdbus::MethodCall& message, char type, const Json& value) {
  if (type == 's') message << value.get<std::string>();
  if (type == 'o') message << sdbus::ObjectPath(value.get<std::string>());
  if (type == 'x') message << value.get<int64_t>();
  if (type == 'u') message << value.get<uint32_t>();
  if (type == 'b') message << value.get<bool>();
  if (type == 'd') message << value.get<double>();
}

}  // namespace

struct Bus::Connection {
  std::unique_ptr<sdbus::IConnection> connection;

  std::unique_ptr<sdbus::IProxy> proxy(const BusObject& object) const {
    return sdbus::createProxy(*connection, object.service, object.path);
  }
};

Bus::Bus(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
Bus::Bus(Bus&&) noexcept = default;
Bus& Bus::operator=(Bus&&) noexcept = default;
Bus::~Bus() = default;

Result<Bus> Bus::open(BusKind kind) {
  try {
    auto connection = std::make_unique<Connection>();
    connection->connection =
        kind == BusKind::kSession ? sdbus::createSessionBusConnection() : sdbus::createSystemBusConnection();
    return Bus(std::move(connection));
  } catch (const sdbus::Error&) {
    return Error{ErrorKind::kNotFound,
                 kind == BusKind::kSession ? "there is no desktop session (no session bus)" : "there is no system bus"};
  }
}

Result<std::vector<std::string>> Bus::names(std::string_view prefix) const {
  const BusObject bus{"org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus"};
  try {
    const auto proxy = connection_->proxy(bus);
    sdbus::MethodCall message = proxy->createMethodCall(bus.interface, "ListNames");
    sdbus::MethodReply reply = proxy->callMethod(message, kTimeout_us);
    std::vector<std::string> names;
    reply >> names;
    std::erase_if(names, [&](const std::string& name) { return !name.starts_with(prefix); });
    std::sort(names.begin(), names.end());
    return names;
  } catch (const sdbus::Error& error) {
    return error_of(error, bus.service);
  }
}

Result<Json> Bus::property(const BusObject& object, const std::string& name) const {
  try {
    const auto proxy = connection_->proxy(object);
    sdbus::MethodCall message = proxy->createMethodCall(kProperties, "Get");
    message << object.interface << name;
    sdbus::MethodReply reply = proxy->callMethod(message, kTimeout_us);
    sdbus::Variant value;
    reply >> value;
    return json_of(value);
  } catch (const sdbus::Error& error) {
    return error_of(error, object.service);
  }
}

Result<void> Bus::set_property(const BusObject& object, const std::string& name, char type, const Json& value) const {
  try {
    const auto proxy = connection_->proxy(object);
    sdbus::MethodCall message = proxy->createMethodCall(kProperties, "Set");
    message << object.interface << name << variant_of(type, value);
    proxy->callMethod(message, kTimeout_us);
    return {};
  } catch (const sdbus::Error& error) {
    return error_of(error, object.service);
  }
}

Result<void> Bus::call(const BusObject& object, const std::string& method, std::string_view types,
                       const std::vector<Json>& arguments) const {
  if (types.size() != arguments.size()) return Error{ErrorKind::kInternal, "a D-Bus call with a wrong signature"};
  try {
    const auto proxy = connection_->proxy(object);
    sdbus::MethodCall message = proxy->createMethodCall(object.interface, method);
    for (size_t i = 0; i < types.size(); ++i) append(message, types[i], arguments[i]);
    proxy->callMethod(message, kTimeout_us);
    return {};
  } catch (const sdbus::Error& error) {
    return error_of(error, object.service);
  }
}

}  // namespace favilla

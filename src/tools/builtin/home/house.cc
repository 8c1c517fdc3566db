// The server's REST API for states and services, its WebSocket for the registries.
#include "tools/builtin/home/house.h"

#include <fmt/format.h>

#include <map>

#include "base/file.h"
#include "tools/match.h"
#include "tools/net/net.h"
#include "tools/net/websocket.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kRegistryAge_s = 60;
constexpr size_t kMaxEntities = 20'000;
constexpr size_t kTokenLimit_bytes = 4096;

struct Server {
  std::string url;  // without a slash at its end
  std::string token;
};

std::string text_of(const Json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::vector<std::string> texts_of(const Json& object, const char* key) {
  std::vector<std::string> texts;
  const auto found = object.is_object() ? object.find(key) : object.end();
  if (found == object.end() || !found->is_array()) return texts;
  for (const Json& text : *found) {
    if (text.is_string() && !text.get_ref<const std::string&>().empty()) texts.push_back(text);
  }
  return texts;
}

const Json& list_of(const Json& object, const char* key) {
  static const Json kNothing = Json::array();
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found != object.end() && found->is_array() ? *found : kNothing;
}

Result<Server> server_of(const ToolContext& context) {
  const auto table = context.settings.find("home_assistant");
  const Json settings = table != context.settings.end() && table->is_object() ? *table : Json::object();
  Server server{text_of(settings, "url"), text_of(settings, "token")};
  if (!server.url.starts_with("http://") && !server.url.starts_with("https://")) {
    return Error{ErrorKind::kNotFound,
                 "No Home Assistant is set up: config.toml needs [home_assistant] with url and token_file."};
  }
  while (server.url.ends_with('/')) server.url.pop_back();
  std::string file = text_of(settings, "token_file");
  if (server.token.empty() && !file.empty()) {
    if (file.starts_with("~/")) file = (context.folders.home / file.substr(2)).string();
    server.token = TRY(read_file(file, kTokenLimit_bytes).context("the token of Home Assistant"));
    server.token.resize(server.token.find_last_not_of(" \r\n\t") + 1);
  }
  if (server.token.empty()) {
    return Error{ErrorKind::kNotFound, "Home Assistant needs a token: config.toml, [home_assistant] token_file."};
  }
  return server;
}

Result<Json> get(const ToolContext& context, const Server& server, const char* path) {
  const NetReply reply = TRY(http_request({.url = server.url + path, .bearer_token = server.token}, context.cancel));
  if (reply.status == 401 || reply.status == 403) {
    return Error{ErrorKind::kIo, "Home Assistant does not accept the token of config.toml."};
  }
  if (reply.status != 200) {
    return Error{ErrorKind::kNetwork, fmt::format("Home Assistant answers {} to {}.", reply.status, path)};
  }
  return parse_json(reply.body).context("Home Assistant's answer");
}

Result<Json> fetch_registry(const Server& server) {
  const WebsocketServer socket{"ws" + server.url.substr(4) + "/api/websocket", server.token};
  const Json lists[] = {{{"type", "config/area_registry/list"}},
                        {{"type", "config/entity_registry/list"}},
                        {{"type", "config/device_registry/list"}}};
  std::vector<Json> answers = TRY(websocket_commands(socket, lists));
  Json registry{{"areas", answers[0]}, {"entities", answers[1]}, {"devices", answers[2]}};
  // The list leaves out the aliases.
  Json ids = Json::array();
  for (const Json& entity : list_of(registry, "entities")) {
    if (const std::string id = text_of(entity, "entity_id"); !id.empty()) ids.push_back(id);
  }
  const Json entries[] = {{{"type", "config/entity_registry/get_entries"}, {"entity_ids", ids}}};
  registry["aliases"] = TRY(websocket_commands(socket, entries))[0];
  return registry;
}

Result<Json> load_registry(const ToolContext& context, const Server& server) {
  const fs::path file = context.cache.empty() ? fs::path() : context.cache / "home_assistant.json";
  const int64_t now_s =
      std::chrono::duration_cast<std::chrono::seconds>(context.clock.now().time_since_epoch()).count();
  if (!file.empty()) {
    const Result<std::string> text = read_file(file, kMaxReply_bytes);
    const Result<Json> kept = text ? parse_json(*text) : Result<Json>(text.error());
    if (kept && text_of(*kept, "url") == server.url && kept->contains("time_s") && (*kept)["time_s"].is_number()) {
      const int64_t age_s = now_s - (*kept)["time_s"].get<int64_t>();
      if (age_s >= 0 && age_s < kRegistryAge_s) return (*kept)["registry"];
    }
  }
  Json registry = TRY(fetch_registry(server));
  if (!file.empty() && make_private_folder(context.cache)) {
    const Json kept{{"url", server.url}, {"time_s", now_s}, {"registry", registry}};
    // A cache that cannot be written is no reason to leave the owner in the dark.
    (void)write_file_atomically(file, to_json_text(kept), Flush::kNo);
  }
  return registry;
}

std::map<std::string, const Json*> by_id(const Json& list, const char* key) {
  std::map<std::string, const Json*> found;
  for (const Json& item : list) {
    if (const std::string id = text_of(item, key); !id.empty()) found[id] = &item;
  }
  return found;
}

}  // namespace

const Area* House::area(std::string_view name) const {
  const Words asked(name);
  if (asked.all().empty()) return nullptr;
  for (const Area& one : areas) {
    if (Words(one.name).all() == asked.all() || one.id == name) return &one;
    for (const std::string& alias : one.aliases) {
      if (Words(alias).all() == asked.all()) return &one;
    }
  }
  return nullptr;
}

std::string House::area_name(const HomeEntity& entity) const {
  for (const Area& one : areas) {
    if (one.id == entity.area) return one.name;
  }
  return {};
}

House make_house(const Json& states, const Json& registry) {
  House house;
  for (const Json& item : list_of(registry, "areas")) {
    Area area{text_of(item, "area_id"), text_of(item, "name"), texts_of(item, "aliases")};
    if (!area.id.empty() && !area.name.empty()) house.areas.push_back(std::move(area));
  }
  const auto entries = by_id(list_of(registry, "entities"), "entity_id");
  const auto devices = by_id(list_of(registry, "devices"), "id");
  const Json empty = Json::object();
  const Json& aliases = registry.is_object() && registry.contains("aliases") ? registry["aliases"] : empty;
  if (!states.is_array()) return house;
  for (const Json& item : states) {
    HomeEntity entity;
    entity.id = text_of(item, "entity_id");
    entity.state = text_of(item, "state");
    const size_t dot = entity.id.find('.');
    if (dot == std::string::npos || house.entities.size() == kMaxEntities) continue;
    entity.domain = entity.id.substr(0, dot);
    if (item.contains("attributes") && item["attributes"].is_object()) entity.attributes = item["attributes"];
    entity.name = text_of(entity.attributes, "friendly_name");
    if (entity.name.empty()) entity.name = entity.id.substr(dot + 1);
    entity.device_class = text_of(entity.attributes, "device_class");
    if (const auto entry = entries.find(entity.id); entry != entries.end()) {
      if (!text_of(*entry->second, "hidden_by").empty()) continue;
      entity.area = text_of(*entry->second, "area_id");
      const auto device = devices.find(text_of(*entry->second, "device_id"));
      if (entity.area.empty() && device != devices.end()) entity.area = text_of(*device->second, "area_id");
    }
    if (aliases.is_object() && aliases.contains(entity.id)) entity.aliases = texts_of(aliases[entity.id], "aliases");
    house.entities.push_back(std::move(entity));
  }
  return house;
}

Result<House> load_house(const ToolContext& context) {
  const Server server = TRY(server_of(context));
  const Json states = TRY(get(context, server, "/api/states"));
  return make_house(states, TRY(load_registry(context, server)));
}

Result<void> call_service(const ToolContext& context, const Json& call) {
  const Server server = TRY(server_of(context));
  const std::string name = text_of(call, "domain") + "/" + text_of(call, "service");
  const NetReply reply = TRY(http_request({.url = server.url + "/api/services/" + name,
                                           .post = to_json_text(call.value("data", Json::object())),
                                           .bearer_token = server.token},
                                          context.cancel));
  if (reply.status >= 200 && reply.status < 300) return {};
  const Result<Json> said = parse_json(reply.body);
  const std::string reason = said ? text_of(*said, "message") : "";
  return Error{ErrorKind::kIo, fmt::format("Home Assistant refuses {}: {}", name,
                                           reason.empty() ? fmt::format("status {}", reply.status) : reason)};
}

}  // namespace favilla

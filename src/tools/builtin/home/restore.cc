// One function for each domain whose state can be brought back.
#include "tools/builtin/home/restore.h"

#include <algorithm>
#include <iterator>

namespace favilla {
namespace {

using Calls = std::vector<Json>;

const Json* attribute(const HomeEntity& entity, const char* name) {
  const auto found = entity.attributes.find(name);
  return found == entity.attributes.end() || found->is_null() ? nullptr : &*found;
}

Calls restore_switch(const HomeEntity& entity) {
  return {service_call(entity, is_on(entity) ? "turn_on" : "turn_off")};
}

Calls restore_light(const HomeEntity& entity) {
  if (!is_on(entity)) return {service_call(entity, "turn_off")};
  Json data = Json::object();
  if (const Json* brightness = attribute(entity, "brightness")) data["brightness"] = *brightness;
  const Json* mode = attribute(entity, "color_mode");
  const bool white = mode != nullptr && *mode == "color_temp";
  const Json* kelvin = attribute(entity, "color_temp_kelvin");
  const Json* color = attribute(entity, "hs_color");
  if (white && kelvin != nullptr) data["color_temp_kelvin"] = *kelvin;
  if (!white && color != nullptr) data["hs_color"] = *color;
  return {service_call(entity, "turn_on", data)};
}

Calls restore_fan(const HomeEntity& entity) {
  const Json* speed = attribute(entity, "percentage");
  if (!is_on(entity) || speed == nullptr) return restore_switch(entity);
  return {service_call(entity, "set_percentage", {{"percentage", *speed}})};
}

Calls restore_cover(const HomeEntity& entity) {
  if (const Json* position = attribute(entity, "current_position")) {
    return {service_call(entity, "set_" + entity.domain + "_position", {{"position", *position}})};
  }
  return {service_call(entity, (entity.state == "closed" ? "close_" : "open_") + entity.domain)};
}

Calls restore_climate(const HomeEntity& entity) {
  Calls calls{service_call(entity, "set_hvac_mode", {{"hvac_mode", entity.state}})};
  const Json* temperature = attribute(entity, "temperature");
  if (temperature != nullptr) calls.push_back(service_call(entity, "set_temperature", {{"temperature", *temperature}}));
  return calls;
}

Calls restore_media(const HomeEntity& entity) {
  Calls calls;
  if (!is_on(entity)) return {service_call(entity, "turn_off")};
  if (entity.state == "playing") calls.push_back(service_call(entity, "media_play"));
  if (entity.state == "paused") calls.push_back(service_call(entity, "media_pause"));
  if (calls.empty()) calls.push_back(service_call(entity, "turn_on"));
  if (const Json* volume = attribute(entity, "volume_level")) {
    calls.push_back(service_call(entity, "volume_set", {{"volume_level", *volume}}));
  }
  return calls;
}

Calls restore_lock(const HomeEntity& entity) {
  if (entity.state != "locked" && entity.state != "unlocked") return {};
  return {service_call(entity, entity.state == "locked" ? "lock" : "unlock")};
}

struct Restorer {
  std::string_view domain;
  Calls (*restore)(const HomeEntity&);
};
constexpr Restorer kRestorers[] = {
    {"light", restore_light},  {"switch", restore_switch},        {"fan", restore_fan},
    {"cover", restore_cover},  {"valve", restore_cover},          {"climate", restore_climate},
    {"lock", restore_lock},    {"input_boolean", restore_switch}, {"media_player", restore_media},
    {"siren", restore_switch}, {"humidifier", restore_switch},    {"automation", restore_switch},
    {"group", restore_switch},
};

}  // namespace

Json service_call(const HomeEntity& entity, std::string_view service, Json data) {
  data["entity_id"] = Json::array({entity.id});
  // Groups have no services of their own.
  return {{"domain", entity.domain == "group" ? "homeassistant" : entity.domain}, {"service", service}, {"data", data}};
}

std::vector<Json> restoring_calls(const HomeEntity& entity) {
  if (!entity.available()) return {};
  const auto row = std::find_if(std::begin(kRestorers), std::end(kRestorers),
                                [&](const Restorer& one) { return one.domain == entity.domain; });
  return row == std::end(kRestorers) ? Calls{} : row->restore(entity);
}

bool is_on(const HomeEntity& entity) {
  constexpr std::string_view kOff[] = {"off", "standby", "closed", "unavailable", "unknown"};
  return std::find(std::begin(kOff), std::end(kOff), entity.state) == std::end(kOff);
}

}  // namespace favilla

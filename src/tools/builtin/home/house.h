// What the server knows: rooms, devices, their names and states.
//
//   const House house = TRY(load_house(context));
//   house.area("kitchen")->name;
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/tool.h"

namespace favilla {

struct Area {
  std::string id;
  std::string name;
  std::vector<std::string> aliases;
};

struct HomeEntity {
  std::string id;      // "light.kitchen_ceiling"
  std::string domain;  // "light"
  std::string name;
  std::vector<std::string> aliases;
  std::string area;          // an Area's id; may be empty
  std::string device_class;  // may be empty
  std::string state;         // "on", "21.5", "unavailable"
  Json attributes = Json::object();

  bool available() const { return state != "unavailable" && state != "unknown"; }
};

struct House {
  std::vector<Area> areas;
  std::vector<HomeEntity> entities;

  // By name or alias, in any case; nullptr when there is none.
  const Area* area(std::string_view name) const;
  std::string area_name(const HomeEntity& entity) const;  // empty when it has none
};

// What /api/states and the registries say (an object with "areas", "entities", "devices", "aliases"). Entries that are
// not as they should be are left out.
House make_house(const Json& states, const Json& registry);

// States are asked for each time; names and rooms are kept in the cache folder for a minute. kNotFound when no server
// is set up; otherwise as http_request.
Result<House> load_house(const ToolContext& context);

// One call of a service of the server: {"domain", "service", "data"}.
Result<void> call_service(const ToolContext& context, const Json& call);

}  // namespace favilla

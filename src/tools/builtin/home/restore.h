// How to bring a device back to the state that it has now.
#pragma once

#include "base/json.h"
#include "tools/builtin/home/house.h"

namespace favilla {

// A call of a service for one device: {"domain", "service", "data"}.
Json service_call(const HomeEntity& entity, std::string_view service, Json data = Json::object());

// Calls that restore it; empty when nothing does, as after a scene or a next track.
std::vector<Json> restoring_calls(const HomeEntity& entity);

// Lit, playing, heating: not off.
bool is_on(const HomeEntity& entity);

}  // namespace favilla

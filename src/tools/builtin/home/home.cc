// The table of `home`.
#include "tools/builtin/home/home.h"

#include <array>

#include "tools/builtin/home/actions.h"

namespace favilla {

extern const char kHomeSentences[];

namespace {

constexpr Declared kOrders = commands(kFromDevices, Sends::kOwnServer);

// What names a device, the same for every action.
#define FAVILLA_HOME_TARGET                                                                          \
  R"("id": {"type": "string", "maxLength": 300, "description": "an entity's, such as light.desk"},)" \
  R"("name": {"type": "string", "maxLength": 200, "description": "'desk lamp', 'all the lights'"},)" \
  R"("area": {"type": "string", "maxLength": 100, "description": "a room, or 'here'"},)"             \
  R"("kind": {"type": "string", "maxLength": 40, "description": "a word behind the name: 'blinds'"})"

constexpr const char* kTarget =
    R"({"type": "object", "properties": {)" FAVILLA_HOME_TARGET R"(}, "required": [], "additionalProperties": false})";

constexpr const char* kSet = R"({"type": "object", "properties": {)" FAVILLA_HOME_TARGET R"(,
     "brightness": {"description": "percent, 'up' or 'down'"},
     "color": {"type": "string", "maxLength": 40, "description": "'red', 'warm white'"},
     "temperature": {"description": "degrees, 'up' or 'down'"},
     "position": {"description": "percent open"},
     "volume": {"description": "percent, 'up' or 'down'"},
     "fan_speed": {"description": "percent, 'up' or 'down'"},
     "level": {"description": "percent of whatever the device has: brightness, position, speed, volume"}
   }, "required": [], "additionalProperties": false})";

constexpr const char* kMedia = R"({"type": "object", "properties": {)" FAVILLA_HOME_TARGET R"(,
     "command": {"type": "string", "enum": ["play", "pause", "stop", "next", "previous"]}
   }, "required": ["command"], "additionalProperties": false})";

constexpr const char* kVacuum = R"({"type": "object", "properties": {)" FAVILLA_HOME_TARGET R"(,
     "command": {"type": "string", "enum": ["start", "return"]}
   }, "required": ["command"], "additionalProperties": false})";

constexpr const char* kState = R"({"type": "object", "properties": {)" FAVILLA_HOME_TARGET R"(,
     "state": {"type": "string", "enum": ["on", "off", "open", "closed", "locked", "unlocked"],
               "description": "when asked whether it is so"},
     "which": {"type": "string", "enum": ["is", "any", "all", "which", "how_many"]}
   }, "required": [], "additionalProperties": false})";

constexpr const char* kMeasure = R"({"type": "object", "properties": {)" FAVILLA_HOME_TARGET R"(,
     "what": {"type": "string", "enum": ["temperature", "humidity", "battery", "power", "energy", "brightness",
                                         "pressure", "co2", "moisture", "air quality"]}
   }, "required": ["what"], "additionalProperties": false})";

constexpr const char* kList = R"({"type": "object", "properties": {
     "area": {"type": "string", "maxLength": 100},
     "domain": {"type": "string", "maxLength": 40, "description": "'light', 'sensor'"}
   }, "required": [], "additionalProperties": false})";

#undef FAVILLA_HOME_TARGET

constexpr std::array<Action, 14> kActions{{
    {"turn_on", "Turn on lights, switches, fans, heating, players.", Effect::kIdempotent, kOrders, kTarget,
     plan_home_turn_on, perform_home_calls},
    {"turn_off", "Turn them off.", Effect::kIdempotent, kOrders, kTarget, plan_home_turn_off, perform_home_calls},
    {"toggle", "Turn on what is off, and off what is on.", Effect::kIdempotent, kOrders, kTarget, plan_home_toggle,
     perform_home_calls},
    {"set", "Set brightness, colour, temperature, position, volume or speed.", Effect::kIdempotent, kOrders, kSet,
     plan_home_set, perform_home_calls},
    {"open", "Open blinds, curtains, valves; a door, gate or garage needs approval.", Effect::kIdempotent, kOrders,
     kTarget, plan_home_open, perform_home_calls},
    {"close", "Close them.", Effect::kIdempotent, kOrders, kTarget, plan_home_close, perform_home_calls},
    {"lock", "Lock a lock.", Effect::kIdempotent, kOrders, kTarget, plan_home_lock, perform_home_calls},
    {"unlock", "Unlock a lock.", Effect::kIdempotent, commands(kFromDevices, Sends::kOwnServer, Asks::kAlways), kTarget,
     plan_home_unlock, perform_home_calls},
    {"activate", "Start a scene or a script of the server.", Effect::kAtMostOnce, kOrders, kTarget, plan_home_activate,
     perform_home_calls},
    {"media", "Play, pause, stop or skip on a player of the house.", Effect::kAtMostOnce, kOrders, kMedia,
     plan_home_media, perform_home_calls},
    {"vacuum", "Start a vacuum cleaner or send it back.", Effect::kIdempotent, kOrders, kVacuum, plan_home_vacuum,
     perform_home_calls},
    {"state", "Tell the state of devices.", Effect::kPure, reads(kFromDevices), kState, plan_home_state, nullptr},
    {"measure", "Tell what sensors measure.", Effect::kPure, reads(kFromDevices), kMeasure, plan_home_measure, nullptr},
    {"list", "List the devices.", Effect::kPure, reads(kFromDevices), kList, plan_home_list, nullptr},
}};

}  // namespace

const Tool kHomeTool{"home", "Lights, blinds, locks, heating and sensors of Home Assistant.", kActions, kHomeSentences};

}  // namespace favilla
